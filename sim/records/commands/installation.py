"""The record of an installation of the lab: what is installed, what the machine has, and what is broken."""

from __future__ import annotations

from typing import Final

from sim.records.load_run import Record

FORMAT: Final = 1


class Package(Record):
    """A distribution that the lab requires."""

    name: str
    required: str
    """Version specifier, such as `>=3.9`; empty for any version."""
    installed: str
    """Its version; empty where it is not installed."""
    suits: bool
    """Whether it is installed in a version that is required."""


class Extra(Record):
    """An extra of the lab, or its base."""

    name: str
    """Empty for the base."""
    packages: list[Package]
    serves: list[str]
    """Commands that need it, and options that do."""
    get: str
    """The command line that installs it."""

    @property
    def missing(self) -> list[str]:
        """Names of packages that are not installed."""
        return [each.name for each in self.packages if not each.installed]

    @property
    def unsuited(self) -> list[str]:
        """Packages whose version is not one that is required: `numpy 1.26.0, not >=2.0`."""
        return [f"{each.name} {each.installed}, not {each.required}" for each in self.packages if each.installed and not each.suits]  # fmt: skip


class Kernel(Record):
    """A compiled extension module."""

    name: str
    fault: str
    """Why it cannot be imported; empty where it can."""


class Installation(Record):
    """What `retail-lab doctor` found."""

    format: int = FORMAT
    lab: str
    """Version of the lab."""
    python: str
    """Version of Python."""
    python_required: str
    """Version specifier."""
    executable: str
    base: Extra
    extras: list[Extra]
    kernels: list[Kernel]
    cores: int
    """Cores that this process may use."""
    memory_available_bytes: float | None
    """None where it is not known."""
    runs: str
    """Folder in which runs are made."""
    runs_fault: str
    """Why the folder cannot be written; empty where it can."""
    disk_free_bytes: float | None
    """Free space there; None where it is not known."""
    open_files: int | None
    """Files and connections that a process may hold open once it raises its own limit; None where there is no such limit."""
    compiler: str
    """Path of the C compiler; empty without one."""
    headers: bool
    """Whether the headers of Python are there, which the extensions are compiled with."""
    pdf_fault: str
    """What libraries of the system `--pdf` lacks; empty where it lacks none, and without its extra."""
    broken: list[str]
    """What a command needs and finds broken, each with the line that mends it."""
