"""Files and folders that options and arguments name: checks before a command begins, so that no result is lost, and the record of `--json`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.load_run import Record


def file_to_read(parameter: typer.CallbackParam, value: Any) -> Any:
    """Callback of an option or argument that names files to read: a folder is refused. A file that is missing is left to its reader."""
    for path in _paths(value):
        if _kind(parameter, path) == "a folder":
            raise _refusal(parameter, path, "a file", "a folder")
    return value


def folder_to_read(parameter: typer.CallbackParam, value: Any) -> Any:
    """Callback of one that names folders to read: anything else that stands there is refused."""
    for path in _paths(value):
        if (found := _kind(parameter, path)) not in ("", "a folder"):
            raise _refusal(parameter, path, "a folder", found)
    return value


def file_to_write(parameter: typer.CallbackParam, value: Any) -> Any:
    """Callback of one that names a file to write, in a folder that is there or can be made."""
    for path in _paths(value):
        if (found := _kind(parameter, path)) not in ("", "a file"):
            raise _refusal(parameter, path, "a file", found)
        _check_folder(parameter, path, path.absolute().parent)
    return value


def folder_to_write(parameter: typer.CallbackParam, value: Any) -> Any:
    """Callback of one that names a folder to write into, which is there or can be made."""
    for path in _paths(value):
        if (found := _kind(parameter, path)) not in ("", "a folder"):
            raise _refusal(parameter, path, "a folder", found)
        _check_folder(parameter, path, path.absolute())
    return value


def write_record(record: Record, json: Path | None) -> None:
    """Write a record where `--json` asks for it, and print where."""
    if json:
        record.write(json)
        typer.echo(f"written to {json}")


def _paths(value: Any) -> list[Path]:
    """The paths of an option, which may be repeated, absent or empty."""
    values = value if isinstance(value, list | tuple) else [value]
    return [Path(each) for each in values if each is not None and str(each)]


def _kind(parameter: typer.CallbackParam, path: Path) -> str:
    """The kind of what is at a path; empty where nothing is."""
    try:
        if path.is_dir():
            return "a folder"
        return "a file" if path.is_file() else "a pipe or a device" if path.exists() else ""
    except OSError as error:
        raise _refusal(parameter, path, "a path that can be used", os.strerror(error.errno or 0)) from None


def _check_folder(parameter: typer.CallbackParam, path: Path, folder: Path) -> None:
    """Refuse a `folder` that can neither be written nor be made: something above it is no folder, or may not be written."""
    there = next(place for place in (folder, *folder.parents) if _kind(parameter, place))
    if not there.is_dir():
        raise _refusal(parameter, path, f"a folder at {there}", _kind(parameter, there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise _refusal(parameter, path, f"a folder that can be written at {there}", "one that cannot")


def _refusal(parameter: typer.CallbackParam, path: Path, expected: str, found: str) -> Refusal:
    """Named by the option; an argument by what it names."""
    option = parameter.opts[0]
    return Refusal(option, path, expected, found) if option.startswith("-") else Refusal(path, "", expected, found)
