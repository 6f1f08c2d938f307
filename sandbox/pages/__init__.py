"""The sandbox's web pages: a small GitHub to look at and play with, plain HTML that works without a line of script."""
