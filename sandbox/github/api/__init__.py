"""GitHub's REST API: the list of routes, the door every request goes through, and one module of answers per kind of thing."""
