from shop.prices import gross, net

PRICES = {"rope": 1250, "anchor": 9900}


def test_net_sums_the_basket() -> None:
    assert net({"rope": 2, "anchor": 1}, PRICES) == 12_400


def test_gross_adds_taxes() -> None:
    assert gross({"rope": 2, "anchor": 1}, PRICES) == 14_756
