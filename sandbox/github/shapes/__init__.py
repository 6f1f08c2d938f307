"""What GitHub's JSON looks like: one module per kind of thing, each the only place where that thing is rendered."""
