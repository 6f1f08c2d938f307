"""One job of a workflow run that waits for Tagboat's rule on its environment: may it start?"""
