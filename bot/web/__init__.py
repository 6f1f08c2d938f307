"""The rooms that HTTP enters by: webhooks from GitHub, health and metrics for operators, pages for people. None of them calls GitHub."""
