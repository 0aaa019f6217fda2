"""Output of a finding: lines, files, its sentence last, and an exit status."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli import report_files
from sim.cli.exports import Exports

if TYPE_CHECKING:
    from sim.report.exports.result import Result
    from sim.report.languages import Language


@dataclass(frozen=True)
class Ways:
    """The values of the exports, `--junit`, `--html`, `--quiet`, `--inconclusive-ok` and `--lang`."""

    exports: Exports
    junit: Path | None
    html: Path | None
    quiet: bool
    inconclusive_ok: bool
    lang: Language

    def admit(self, source: Path | str) -> None:
        """Refuse a file that cannot be written, or that is the `source` of the command, before anything else is done."""
        self.exports.admit(source, {"--junit": self.junit, "--html": self.html})

    def leave(
        self,
        record: Any,
        lines: Sequence[str],
        finding: str,
        junit: Callable[[Any, Path, bool], None],
        page: Callable[[Any, Path, Language], None],
        result: Callable[[Any, Language], Result],
    ) -> int:
        """Print and write a record that has a `decision`, its finding last; the exit status. `result` makes of it what exports take.

        Raises `Refusal` for a file that could not be written, after all else was printed and written.
        """
        from sim.records.verdict import EXIT_STATUS
        from sim.report.languages import recorded

        if not self.quiet:
            typer.echo("\n".join(recorded(line, self.lang) for line in lines))
        written = {
            **self.exports.writers(lambda lang: result(record, lang), record),
            "--junit": (self.junit, lambda path: junit(record, path, self.inconclusive_ok)),
            "--html": (self.html, lambda path: page(record, path, self.lang)),
        }
        try:
            report_files.write(written, self.quiet, self.lang)
        finally:
            typer.echo(recorded(finding, self.lang))
        return 0 if record.decision == "inconclusive" and self.inconclusive_ok else EXIT_STATUS[record.decision]
