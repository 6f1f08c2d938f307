"""Prices in whole cents: what a basket costs, with taxes."""

TAX_PERCENT = 19


def net(basket: dict[str, int], prices: dict[str, int]) -> int:
    """The sum of a basket (product → how many) without taxes."""
    return sum(prices[product] * count for product, count in basket.items())


def gross(basket: dict[str, int], prices: dict[str, int]) -> int:
    """The sum with taxes."""
    return net(basket, prices) * (100 + TAX_PERCENT) // 100
