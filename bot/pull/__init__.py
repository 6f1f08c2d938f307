"""One pull request: its living comment, made of the sections that others show, its checklist, and the moment it is merged."""
