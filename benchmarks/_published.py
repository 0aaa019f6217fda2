"""What is published of supermarkets: a key figure, its range, and who measured what. `validation.py` and tests/validation hold `chain-50` to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A range for one of the measures in `_measured.py`, and where it comes from."""

    measure: str
    """Of `_measured.MEASURES`, or the name of a key figure."""
    meaning: str
    low: float
    high: float
    """In the measure's unit; shares between 0 and 1."""
    unit: str
    sources: tuple[str, ...]
    """Author, year, where published, and the figure."""
    measured: str
    """What was measured, and in what it differs from ours."""


PUBLISHED: tuple[Published, ...] = (
    Published(
        "missing_share",
        "SKUs missing from the shelf",
        0.05,
        0.10,
        "share",
        (
            "Gruen, Corsten & Bharadwaj 2002, *Retail Out-of-Stocks* (Grocery Manufacturers of America): 8.3 % worldwide, most studies 5 to 10 %",
            "Corsten & Gruen 2003, *Int. J. Retail & Distr. Management* 31(12), 605–617: the same studies",
        ),
        "audits of shelves, mostly of fast-moving categories; ours looks at every SKU of every store once a day",
    ),
    Published(
        "missing_in_store_share",
        "of them, caused in the store (ordering, records, shelf filling)",
        0.70,
        0.90,
        "share of missing SKUs",
        (
            "Gruen, Corsten & Bharadwaj 2002: 72 % (ordering and forecasting 47, shelf filling 25)",
            "Corsten & Gruen 2003, ECR Europe 2003, after Aastrup & Kotzab 2009, *Int. J. Retail & Distr. Management* 37(9), 765–789: 70 to 90 %",
        ),
        "causes were asked for or traced store by store; ours are what a look at the back room, the record and the source shows",
    ),
    Published(
        "missing_filling_share",
        "of them, with units in the back room",
        0.17,
        0.33,
        "share of missing SKUs",
        ("Gruen, Corsten & Bharadwaj 2002: 25 %",),
        "one figure; that it may be a third smaller or larger is the lab's own assumption",
    ),
    Published(
        "missing_ordering_share",
        "of them, made by ordering, forecasts and records",
        0.31,
        0.63,
        "share of missing SKUs",
        ("Gruen, Corsten & Bharadwaj 2002: 47 %",),
        "one figure; that it may be a third smaller or larger is the lab's own assumption",
    ),
    Published(
        "lost_sales_share",
        "sales lost for want of goods on the shelf",
        0.023,
        0.047,
        "share of value demanded",
        ("Gruen, Corsten & Bharadwaj 2002: 3.9 % of sales, where 8.3 % of SKUs were missing",),
        "asked of customers; the range is 3.9 % scaled to 5 and 10 % of SKUs missing",
    ),
    Published(
        "wrong_records_stores",
        "records of stores that are not what is on hand",
        0.49,
        0.65,
        "share of records",
        (
            "DeHoratius & Raman 2008, *Management Science* 54(4), 627–641: 65 % of 370,000 records, 37 stores",
            "Kang & Gershwin 2005, *IIE Transactions* 37(9), 843–859: 49 % on average over a retailer's stores",
            "Rekik, Syntetos & Glock 2019, *Inventory Inaccuracy in Retailing* (ECR Retail Loss): 60 % of a million SKUs, seven retailers",
        ),
        "seen at a full count, when a record is as old as it gets; ours is the mean over all days",
    ),
    Published(
        "shrinkage_value",
        "shrinkage",
        0.014,
        0.016,
        "share of sales",
        (
            "National Retail Federation, *National Retail Security Survey*: 1.47 % in 2012, 1.44 % in 2021, 1.6 % in 2022",
        ),
        "American retailers of all kinds, at retail price",
    ),
    Published(
        "inventory_turns",
        "inventory turns of stores and warehouses together",
        8.6,
        14.0,
        "turns/year",
        (
            "Gaur, Fisher & Raman 2005, *Management Science* 51(2), 181–194: food stores 10.8 on average, 1987 to 2000",
            "annual reports for 2018, cost of goods sold over mean stock: Ingles 8.6, Kroger 11.9, Sprouts 14.0",
        ),
        "American chains, at cost",
    ),
    Published(
        "written_off_share_perishables",
        "write-off of perishable goods",
        0.013,
        0.048,
        "share of cost of sales",
        (
            "Eriksson, Strid & Hansson 2012, *Resources, Conservation and Recycling* 68, 14–20: fruit and vegetables, 1.3 % in the store",
            "Buzby and others 2015, *Agriculture* 5(3), 626–648, after the Food Marketing Institute: produce 4.8 % of sales",
        ),
        "Swedish and American supermarkets, by weight and by sales value",
    ),
    Published(
        "self_checkout_share",
        "tickets at self-checkouts",
        0.23,
        0.55,
        "share of tickets",
        (
            "FMI, The Food Industry Association: 23 % in 2019, nearly 30 % in 2020",
            "VideoMining 2023, *Front End MegaStudy*: 55 % in 2022",
        ),
        "American food retailers",
    ),
    Published(
        "mean_wait_s",
        "mean wait at the tills",
        26,
        300,
        "s",
        (
            "Kroger 2013 (*InformationWeek* Elite 100, 2014): 26 s with sensors over its lines, four minutes before",
            "*The Grocer* 2012: 171 to 232 s at five British chains",
            "*Wall Street Journal*, 19 August 2009: five minutes on average in 25 American cities",
        ),
        "reports of companies and of mystery shoppers, who come at busy hours",
    ),
    Published(
        "lines_per_ticket",
        "lines on a ticket",
        6.8,
        10.3,
        "lines/ticket",
        (
            "Ta-Feng supermarket, Taiwan, 2000–2001 (public data): 817,741 lines of 119,578 baskets, 6.8",
            "Brijs and others 1999, *KDD* (Belgian supermarket, public data): 10.3",
            "dunnhumby 2014, *The Complete Journey* (public data): 9.4",
        ),
        "frequent shoppers in the last of them",
    ),
    Published(
        "units_per_line",
        "units of a line",
        1.24,
        1.52,
        "units/line",
        ("Ta-Feng supermarket, Taiwan, 2000–2001 (public data): 1,129,939 units on 817,741 lines, 1.38",),
        "one figure; that it may be a tenth smaller or larger is the lab's own assumption",
    ),
    Published(
        "slow_half_share",
        "units sold of the slower half of the SKUs",
        0.0,
        0.15,
        "share of units sold",
        (
            "KOM International at the FMI/GMA Supply Chain Conference 2011 (*Supermarket News*, 31 January 2011): less than 15 %",
        ),
        "cases that warehouses of American retailers and wholesalers shipped",
    ),
)


@dataclass(frozen=True)
class Unpublished:
    """A figure for which a range was looked for and not found, or none of what ours measures: it is printed all the same."""

    meaning: str
    kpis: tuple[tuple[str, str], ...]
    """Names of key figures, each with its unit."""
    there_is: str


UNPUBLISHED: tuple[Unpublished, ...] = (
    Unpublished(
        "days of cover in stores and in warehouses, each",
        (("days_of_cover_stores", "d"), ("days_of_cover_warehouses", "d")),
        "annual reports give the stock of both together",
    ),
    Unpublished(
        "customers who leave the line",
        (("abandonment", "share"),),
        "surveys ask what people say that they would do; no count was found",
    ),
    Unpublished("waits above five minutes", (("waits_over_target", "share"),), "means were published, no distribution"),
    Unpublished(
        "value of a ticket",
        (("value_per_ticket", "CNY"),),
        "科脉 2023: 24 to 30 CNY in 10,000 Chinese stores of all sizes, without fresh goods; no figure with them",
    ),
    Unpublished(
        "goods brought back",
        (("returned_units", "share"),),
        "National Retail Federation: 10.6 % of sales (2020) over all kinds of retail; none for groceries",
    ),
    Unpublished(
        "write-off of all goods",
        (("written_off_share", "share"),),
        "published by kind of goods, and for waste of food by weight",
    ),
)
