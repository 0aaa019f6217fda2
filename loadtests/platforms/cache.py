"""Where platforms are installed: once, in the user's cache folder, outside the repository; every start copies the stocked database."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from loadtests.platforms.goods import LOCATIONS, goods

HERE = Path(__file__).parent


def home() -> Path:
    """`$XDG_CACHE_HOME/retail-lab/platforms`, in ~/.cache where that is not set."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "retail-lab" / "platforms"


def installed(name: str) -> bool:
    """Whether a platform is installed from the present version of its files."""
    return (_place(name) / "whole").exists()


def install(name: str, fill: Callable[[Path, Path], None]) -> Path:
    """The platform's folder, with `app/` and the stopped database cluster `data/`; made by `fill(app, data)` where it is missing.

    Another version's folder is removed. A lock makes concurrent processes wait for the one that installs.
    """
    place = _place(name)
    with _lock(name):
        if not installed(name):
            for old in home().glob(f"{name}-*"):
                shutil.rmtree(old)
            shutil.copytree(HERE / f"{name}_app", place / "app", ignore=shutil.ignore_patterns("__pycache__"))
            (place / "app" / "goods.json").write_text(_stock(), encoding="utf-8")
            fill(place / "app", place / "data")
            (place / "whole").touch()
    return place


def scratch() -> tempfile.TemporaryDirectory:
    """A temporary folder for the files of one start of a platform."""
    return tempfile.TemporaryDirectory(prefix="retail-lab-platform-")


def _place(name: str) -> Path:
    digest = hashlib.sha256(_stock().encode())
    for path in sorted((HERE / f"{name}_app").iterdir()):
        if path.is_file():
            digest.update(path.read_bytes())
    return home() / f"{name}-{digest.hexdigest()[:10]}"


def _stock() -> str:
    return json.dumps({"locations": LOCATIONS, "goods": goods()})


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
