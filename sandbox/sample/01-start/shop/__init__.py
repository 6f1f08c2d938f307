"""The web shop of Harbour."""
