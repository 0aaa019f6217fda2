"""Whatever is wrong with an argument, the core says which one and where; nothing that Python can pass ends the process."""

import numpy as np
import pytest

from ext.allocation import Allocator

GRID = np.ones((2, 3), np.int64)
COST = np.ones((2, 4))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stock": np.array([[1, 2, 3], [4, -5, 6]])}, r"stock\[1, 1\] is -5"),
        ({"stock": GRID.astype(np.int32)}, "stock must be an array of int64, found int32"),
        ({"stock": [[1]]}, "stock must be an array of int64, found list"),
        ({"stock": np.ones((2, 6), np.int64)[:, ::2]}, "stock must be C-contiguous"),
        ({"stock": np.zeros((0, 3), np.int64)}, "stock must hold a location"),
        ({"ship_cost": np.array([[1, 1, np.nan, 1], [1, 1, 1, 1]])}, r"ship_cost\[0, 2\] is nan"),
        ({"ship_cost": np.ones((3, 4))}, r"ship_cost must have shape \(2, any\), found \(3, 4\)"),
        ({"candidates": np.array([[0, 1], [1, 2], [0, 1], [0, 1]], np.int32)}, r"candidates\[1, 1\] is 2"),
        (
            {"candidates": np.array([[0, 1], [1, 1], [0, 1], [0, 1]], np.int32)},
            r"candidates\[1\] names a location twice",
        ),
        ({"candidates": np.zeros((4, 0), np.int32)}, "candidates must have at least one column"),
        ({"reserved": -GRID}, r"reserved\[0, 0\] is -1"),
        ({"safety_stock": GRID[:1]}, "safety_stock must have shape"),
        ({"protected_share": np.array([0.5, 1.5])}, r"protected_share\[1\] is 1.5"),
        ({"capacity": np.array([3, -1])}, r"capacity\[1\] is -1"),
        ({"parcel_cost": np.array([1.0, np.inf])}, r"parcel_cost\[1\] is inf"),
        ({"balance": np.array([np.nan, 0.0])}, r"balance\[0\] is nan"),
        ({"markdown": np.array([1.0])}, "markdown must have shape"),
        ({"price": np.full((2, 3), np.nan), "policy": "priced"}, r"price\[0, 0\] is nan"),
        ({"policy": "priced"}, "price must be given"),
        ({"policy": "random"}, "policy must be one of"),
        ({"max_parcels": -1}, "max_parcels must be at least 0"),
    ],
)
def test_a_bad_network_is_refused_by_name_and_index(change, words):
    with pytest.raises(ValueError, match=words):
        Allocator(**({"stock": GRID.copy(), "ship_cost": COST} | change))


def test_a_read_only_stock_is_refused():
    stock = GRID.copy()
    stock.flags.writeable = False
    with pytest.raises(ValueError, match="stock must be writeable"):
        Allocator(stock, COST)


BATCH = {
    "order_start": np.array([0, 1, 2]),
    "line_sku": np.array([0, 2], np.int32),
    "line_quantity": np.array([1, 1], np.int32),
    "zone": np.array([0, 3], np.int32),
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order_start": np.array([0, 2, 1, 2]), "zone": np.zeros(3, np.int32)}, "order_start.* must not fall"),
        ({"order_start": np.array([0, 1, 3])}, "order_start must run from 0 to 2"),
        ({"order_start": np.array([], np.int64)}, "order_start must run from 0"),
        ({"line_sku": np.array([0, 3], np.int32)}, r"line_sku\[1\] is 3: must be at most 2"),
        ({"line_sku": np.array([-1, 0], np.int32)}, r"line_sku\[0\] is -1"),
        ({"line_quantity": np.array([1, 0], np.int32)}, r"line_quantity\[1\] is 0"),
        ({"line_quantity": np.array([1], np.int32)}, "line_quantity must have shape"),
        ({"zone": np.array([0, 4], np.int32)}, r"zone\[1\] is 4"),
        ({"zone": np.array([0, 1])}, "zone must be an array of int32, found int64"),
        ({"priority": np.array([0, 2], np.uint8)}, r"priority\[1\] is 2"),
        ({"ship_complete": np.array([0, 1])}, "ship_complete must be an array of bool"),
    ],
)
def test_a_bad_batch_is_refused_by_name_and_index(change, words):
    allocator = Allocator(GRID.copy(), COST, protected_share=np.array([0.0, 1.0]), safety_stock=GRID)
    with pytest.raises(ValueError, match=words):
        allocator.source_orders(**(BATCH | change))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ((3, 1, 0), r"skus?(\[1\])? is 3"),
        ((-1, 1, 0), r"skus?(\[1\])? is -1"),
        ((2**40, 1, 0), r"skus?(\[1\])? is 1099511627776"),
        ((0, 0, 0), r"quantit(y|ies\[1\]) is 0"),
        ((0, 2**31, 0), r"quantit(y|ies\[1\]) is 2147483648"),
        ((0, 1, 4), "zone is 4"),
        ((0, 1, 0, 2), "priority is 2"),
    ],
)
def test_a_bad_line_is_refused(order, words):
    allocator = Allocator(GRID.copy(), COST, protected_share=np.array([0.0, 1.0]), safety_stock=GRID)
    with pytest.raises(ValueError, match=words):
        allocator.source_line(*order)
    with pytest.raises(ValueError, match=words):
        allocator.source_basket([0, order[0]], [1, order[1]], *order[2:])


def test_a_basket_of_another_type_is_refused():
    allocator = Allocator(GRID.copy(), COST)
    with pytest.raises(ValueError, match="skus must be an array of int32, found int64"):
        allocator.source_basket(np.array([0]), [1], 0)
    with pytest.raises(ValueError, match=r"quantities must have shape \(2,\), found \(1,\)"):
        allocator.source_basket([0, 1], np.array([1], np.int32), 0)
    with pytest.raises(TypeError):
        allocator.source_basket([0.5], [1], 0)


def test_an_object_that_was_never_given_its_arrays_cannot_be_made():
    with pytest.raises(TypeError):
        Allocator.__new__(Allocator)
    with pytest.raises(TypeError):
        Allocator(GRID.copy(), COST).__reduce__()


def test_a_list_that_grows_while_it_is_read_does_no_harm():
    """Python code runs while a list of ints is read: it may do anything."""
    quantities = [1]

    class Sku:
        def __index__(self):
            quantities.extend([1] * 10_000)
            return 0

    allocator = Allocator(GRID.copy(), COST)
    assert allocator.source_basket([Sku()], quantities, 0) == [(0, 0, 1)]
