"""Orders as they are kept: one row each, never changed, only added to."""

from dataclasses import dataclass

from shop.prices import gross


@dataclass(frozen=True)
class Order:
    customer: str
    basket: dict[str, int]
    total: int


def place(customer: str, basket: dict[str, int], prices: dict[str, int]) -> Order:
    """An order of what there is. KeyError for a product that there is not."""
    if not basket or any(count < 1 for count in basket.values()):
        raise ValueError("an order needs something in it")
    return Order(customer, dict(basket), gross(basket, prices))
