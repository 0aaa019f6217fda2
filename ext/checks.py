"""The door of the compiled core: every array is looked at once here, so that no kernel meets a bad index or a negative count."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def checked(
    name: str,
    array: Any,
    dtype: DTypeLike,
    shape: Sequence[int | None],
    lowest: float | None = None,
    highest: float | None = None,
) -> np.ndarray:
    """The array itself, if it is C-contiguous, of this dtype and shape and within [lowest, highest].

    A shape's entry may be None (any length). Raises ValueError naming the argument and the first bad index.
    """
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{name} must be an array of {np.dtype(dtype)}, found {found}")
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{name} must have shape ({wanted}), found {array.shape}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name} must be C-contiguous")
    if array.size:
        if lowest is not None and not array.min() >= lowest:
            refuse(name, array, ~(array >= lowest), f"must be at least {lowest}")
        if highest is not None and not array.max() <= highest:
            refuse(name, array, ~(array <= highest), f"must be at most {highest}")
    return array


def changeable(name: str, array: np.ndarray) -> np.ndarray:
    """The array itself, if it may be written to."""
    if not array.flags.writeable:
        raise ValueError(f"{name} must be writeable: it is changed in place")
    return array


def finite(name: str, array: np.ndarray) -> np.ndarray:
    """The array itself, if it holds neither NaN nor infinity."""
    if not np.isfinite(array).all():
        refuse(name, array, ~np.isfinite(array), "must be finite")
    return array


def refuse(name: str, array: np.ndarray, bad: np.ndarray, rule: str) -> None:
    """Raise ValueError for the first True of `bad`."""
    index = np.unravel_index(np.argmax(bad), array.shape)
    place = ", ".join(str(int(i)) for i in index)
    raise ValueError(f"{name}[{place}] is {array[index]}: {rule}")
