"""The numbers that the README quotes, each against a peer or a floor measured in the same run."""
