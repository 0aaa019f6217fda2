"""The options by which every command exports its result: `--xlsx`, `--csv`, `--json`, `--pdf`, `--png`, and `--lang`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from sim.cli import report_files
from sim.cli.files import file_to_write, folder_to_write
from sim.cli.options import Json, Lang

if TYPE_CHECKING:
    from sim.records.load_run import Record
    from sim.report.exports.result import Result
    from sim.report.languages import Language


def _csv_to_write(parameter: typer.CallbackParam, value: Any) -> Any:
    """Callback of `--csv`: a file where its name ends in .csv, else a folder."""
    to_write = file_to_write if value and Path(value).suffix.lower() == ".csv" else folder_to_write
    return to_write(parameter, value)


@dataclass(frozen=True)
class Exports:
    """The files that a command is asked to write its result to; those not asked for are None."""

    xlsx: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="Write the result as a workbook, a sheet a table.")
    ] = None
    csv: Annotated[
        Path | None,
        typer.Option(callback=_csv_to_write, help="Write its tables as CSV: a folder, or a .csv for the main table with others beside it."),
    ] = None  # fmt: skip
    json: Json = None
    pdf: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="Write it as a PDF (extra: retail-lab[pdf]).")
    ] = None
    png: Annotated[
        Path | None, typer.Option(callback=folder_to_write, help="Folder for its figures as slides, 1920 × 1080.")
    ] = None
    lang: Lang = "en"

    @property
    def paths(self) -> dict[str, Path | None]:
        """What is asked for, by flag."""
        return {f"--{name}": value for name, value in vars(self).items() if name != "lang"}

    def admit(self, source: Path | str, others: Mapping[str, Path | None] | None = None) -> None:
        """Refuse what cannot be written, before anything else is done: `source` is what the command reads, `others` are its further files by flag.

        Raises `Refusal`, and `ModuleNotFoundError` for a PDF without its extra.
        """
        report_files.admit(self.paths | dict(others or {}), Path(source))
        if self.pdf:
            from sim.report.exports.pdf import writer

            writer()

    def writers(
        self, result: Callable[[Language], Result], record: Record | None = None
    ) -> dict[str, tuple[Path | None, Callable[[Path], object]]]:
        """Path and writer by flag, as `report_files.write` takes them; `result` is called once, and not before it is needed.

        `--json` writes the `record` where there is one.
        """
        if not any(self.paths.values()):
            return {}
        made = functools.cache(lambda: result(self.lang))

        def xlsx(path: Path) -> None:
            from sim.report.exports.workbook import write_workbook

            write_workbook(made(), path)

        def csv(path: Path) -> None:
            from sim.report.exports.csv_files import write_csv

            write_csv(made(), path)

        def json(path: Path) -> None:
            from sim.report.exports.json_file import write_document

            record.write(path) if record else write_document(made(), path)

        def pdf(path: Path) -> None:
            from sim.report.exports.pdf import write_pdf

            write_pdf(made(), path)

        def png(path: Path) -> None:
            from sim.report.exports.slides import write_slides

            write_slides(made(), path)

        writing = {"--xlsx": xlsx, "--csv": csv, "--json": json, "--pdf": pdf, "--png": png}
        return {flag: (path, writing[flag]) for flag, path in self.paths.items()}

    def write(self, result: Callable[[Language], Result], quiet: bool = False) -> None:
        """Write what is asked for. Raises the first `Refusal` only after all others are written."""
        report_files.write(self.writers(result), quiet, self.lang)


NONE_ASKED = Exports()


def exporting(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose parameter `exports: Exports` stands on the command line as its options; a `lang` of its own is theirs too."""
    own, hints = inspect.signature(command, eval_str=True), inspect.get_annotations(Exports, eval_str=True)
    others = [each for each in own.parameters.values() if each.name != "exports"]
    named = {each.name for each in others}
    options = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name])
        for each in fields(Exports)
        if each.name not in named
    ]

    @functools.wraps(command)
    def bundled(*positional: Any, **given: Any) -> Any:
        asked = {each.name: given.pop(each.name) for each in options if each.name in given}
        asked |= {"lang": given["lang"]} if "lang" in given else {}
        return command(*positional, exports=Exports(**asked), **given)

    more = [each for each in others if each.kind == each.VAR_KEYWORD]
    kept = [each for each in others if each.kind != each.VAR_KEYWORD]
    cast(Any, bundled).__signature__ = own.replace(parameters=[*kept, *options, *more])
    return bundled
