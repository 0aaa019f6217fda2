"""Fills an empty database: a country, the goods of goods.json with a partner for each location, and customers who may log in."""

import csv
import json
from pathlib import Path

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  (models can be loaded only now)
from django.contrib.auth.hashers import make_password  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402


def fill(stock: dict, accounts: list[dict]) -> None:
    """Fill an empty database with products, their stock by code, and accounts."""
    get_model("address", "Country").objects.create(
        iso_3166_1_a2="CN",
        iso_3166_1_a3="CHN",
        iso_3166_1_numeric="156",
        name="China",
        printable_name="China",
        is_shipping_country=True,
    )
    kind = get_model("catalogue", "ProductClass").objects.create(name="Goods")
    partners = [get_model("partner", "Partner").objects.create(name=place) for place in stock["locations"]]
    for good in stock["goods"]:
        product = get_model("catalogue", "Product").objects.create(
            product_class=kind, upc=good["sku"], title=good["name"]
        )
        for place, (partner, units) in enumerate(zip(partners, good["units"], strict=True)):
            if place and not units:
                continue  # django-oscar sells from whichever record the database returns first: an empty second one may hide the first
            get_model("partner", "StockRecord").objects.create(
                product=product,
                partner=partner,
                partner_sku=f"{good['sku']}/{place}",
                price_currency="CNY",
                price=good["price_cents"] / 100,
                num_in_stock=units,
            )
    users, password = get_user_model(), make_password(accounts[0]["password"])
    users.objects.bulk_create(
        users(username=each["user"], email=f"{each['user']}@example.com", password=password) for each in accounts
    )


fill(
    json.loads(Path("goods.json").read_text(encoding="utf-8")),
    list(csv.DictReader(Path("accounts.csv").read_text(encoding="utf-8").splitlines())),
)
