"""One repository's first day: what is found in it, a policy file made from that, and the one issue that offers to propose it."""
