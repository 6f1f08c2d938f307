"""A small GitHub over HTTP: a playground for people and the GitHub that the tests run against.

It holds a whole little world in memory (people, repositories, commits, pull requests, checks, deployments, Apps), answers the REST
requests that a GitHub App makes, and sends it signed webhooks. Nothing here is imported by the program it plays GitHub for.
"""
