"""One feature flag: what its file says of it, the smallest edit that changes its share, and the pull request that proposes that."""
