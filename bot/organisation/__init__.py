"""One organisation's file, `tagboat.yml` in its `.github` repository: which version of it holds in the repositories below, and what is wrong."""
