import pytest

from shop.orders import place

PRICES = {"rope": 1250}


def test_an_order_knows_its_total() -> None:
    assert place("ada", {"rope": 4}, PRICES).total == 5950


def test_nothing_is_no_order() -> None:
    with pytest.raises(ValueError, match="something in it"):
        place("ada", {}, PRICES)
