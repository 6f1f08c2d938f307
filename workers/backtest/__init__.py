"""`tagboat backtest`: how often the criteria of a policy would have fired in the past, how often they could not tell, and the smallest
regression that they can see at the traffic there is.
"""
