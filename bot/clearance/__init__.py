"""One repository's clearance: what each environment says to commits that want in, as commit statuses that rules of a branch may require."""
