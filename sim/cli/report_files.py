"""Report files of a command: checked before it begins, written after it has ended; one that fails does not keep the others from being written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.report.languages import Language


def admit(reports: Mapping[str, Path | None], source: Path) -> None:
    """Refuse a report that cannot be written, before anything else is done. `reports` holds paths by flag, None where none is asked for;
    `source` is what the command reads.

    A folder that is missing is made; a file that stands there stays as it is until its report replaces it. Raises `Refusal`.
    """
    asked = {flag: path for flag, path in reports.items() if path}
    for flag, path in asked.items():
        other = next(name for name in asked if asked[name].absolute() == path.absolute())
        if other != flag:
            raise Refusal(flag, path, f"another file than {other}'s")
        if path.absolute() == source.absolute():
            raise Refusal(flag, path, "another file than the one that is read")
        trial = path.with_name(f".{path.name}.trial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            trial.touch()
            trial.unlink()
        except OSError as error:
            raise Refusal(flag, path, "a file that can be written", error.strerror) from None


def write(
    reports: Mapping[str, tuple[Path | None, Callable[[Path], object]]], quiet: bool, lang: Language = "en"
) -> None:
    """Write each report that is asked for, and print its path. Raises the first `Refusal` only after all others are written."""
    from sim.report.languages import text

    refused: list[Refusal] = []
    for flag, (path, put) in reports.items():
        if not path:
            continue
        try:
            put(path)
        except OSError as error:
            refused.append(Refusal(flag, path, "a file that can be written", error.strerror))
        except Refusal as refusal:
            refused.append(refusal)
        else:
            if not quiet:
                typer.echo(text("written to {path}", lang, path=path))
    if refused:
        raise refused[0]
