"""Prices in whole cents: what a basket costs, with taxes and shipping."""

TAX_PERCENT = 19
SHIPPING = 490
FREE_SHIPPING_FROM = 5_000


def net(basket: dict[str, int], prices: dict[str, int]) -> int:
    """The sum of a basket (product → how many) without taxes."""
    return sum(prices[product] * count for product, count in basket.items())


def gross(basket: dict[str, int], prices: dict[str, int]) -> int:
    """The sum with taxes, half a cent rounded up."""
    return (net(basket, prices) * (100 + TAX_PERCENT) + 50) // 100


def shipping(basket: dict[str, int], prices: dict[str, int]) -> int:
    """What sending the basket costs: nothing from 50 € on."""
    return 0 if gross(basket, prices) >= FREE_SHIPPING_FROM else SHIPPING
