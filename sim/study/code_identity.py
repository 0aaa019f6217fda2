"""The identity of the code that computes: what is kept of one run may serve another only where the same code would compute it."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("retail-lab", "numpy", "scipy", "simpy", "pyarrow")

_ROOT = Path(__file__).parents[2]
_SUFFIXES = (".py", ".pyx", ".pxd", *EXTENSION_SUFFIXES)


@cache
def digest(root: Path = _ROOT) -> str:
    """The first 16 hexadecimal digits of a SHA-256 over the sources of `sim` and `ext` and the compiled modules.

    It depends on names below `root` and on contents, neither on where the code lies nor on when it was written. Read once a process.
    """
    sha256 = hashlib.sha256()
    files = (
        file for package in ("sim", "ext") for file in (root / package).rglob("*") if file.name.endswith(_SUFFIXES)
    )
    for name, file in sorted((file.relative_to(root).as_posix(), file) for file in files):
        sha256.update(f"{name}\0".encode())
        sha256.update(hashlib.sha256(file.read_bytes()).digest())
    return sha256.hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """By package: what else than scenario and seed may change a result. Read once a process."""
    return {package: version(package) for package in PACKAGES} | {"python": platform.python_version()}


def stamp() -> str:
    """What a kept result was computed by: other library versions, or other code of the lab, may compute another."""
    return "\n".join(f"{name} {found}" for name, found in sorted((versions() | {"code": digest()}).items()))
