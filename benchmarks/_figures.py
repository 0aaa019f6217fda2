"""The common end of every benchmark: its figures as one JSON object, where `python -m benchmarks` reads them."""

import json
from pathlib import Path
from typing import Any


def write(figures: Any, path: Path | str | None) -> None:
    """Write the figures to a file; nothing where no path was given."""
    if path:
        Path(path).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
