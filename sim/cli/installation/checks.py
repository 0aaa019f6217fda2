"""Checks of an installation: packages, kernels, and what the machine has. Every check works where the kernels are not built."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from platform import python_version

from packaging.specifiers import SpecifierSet

from sim.cli.help.examples import install_line
from sim.cli.installation.requirements import DEVELOPMENT, LAB, Required, required
from sim.records.commands.installation import Extra, Installation, Kernel, Package
from sim.records.refusal import Refusal

OPEN_FILES = 10_000
"""Files and connections that Locust asks the system for at its start."""
_EXTENSIONS = Path(__file__).parents[3] / "ext"


def installation(serves: Mapping[str, Sequence[str]], runs: Path) -> Installation:
    """Look at everything. `serves`: commands and options by the extra that they need; `runs`: the folder in which runs are made."""
    about = metadata.metadata(LAB)
    base, *extras = (_extra(name, packages, serves) for name, packages in required().items() if name != DEVELOPMENT)
    kernels = [_kernel(name) for name in kernel_names(_EXTENSIONS)]
    runs_fault, disk_free_bytes = _folder(runs)
    headers = Path(sysconfig.get_path("include"), "Python.h").is_file()
    pdf_fault = _pdf_fault(extras)
    found = Installation(
        lab=about["Version"],
        python=python_version(),
        python_required=about["Requires-Python"],
        executable=sys.executable,
        base=base,
        extras=extras,
        kernels=kernels,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_available_bytes=None if any(each.fault for each in kernels) else _memory_available_bytes(),
        runs=str(runs),
        runs_fault=runs_fault,
        disk_free_bytes=disk_free_bytes,
        open_files=_open_files(),
        compiler=_compiler(),
        headers=headers,
        pdf_fault=pdf_fault,
        broken=[],
    )
    return found.model_copy(update={"broken": broken(found)})


def broken(found: Installation) -> list[str]:
    """What a command needs and finds broken. An extra that is not installed is not broken, nor is a compiler that nothing waits for."""
    faults = []
    if not SpecifierSet(found.python_required).contains(found.python, prereleases=True):
        faults.append(f"Python {found.python}, not {found.python_required}: install that, and the lab into it")
    for extra in (found.base, *found.extras):
        lacking = [f"{name}, which is not installed" for name in extra.missing] if extra is found.base else []
        faults += [f"{fault}: {extra.get}" for fault in (*lacking, *extra.unsuited)]
    unbuilt = [kernel for kernel in found.kernels if kernel.fault]
    if unbuilt:
        named = ", ".join(kernel.name for kernel in unbuilt)
        faults.append(f"kernels that cannot be imported ({named}): {build_line(found)}")
    if found.runs_fault:
        faults.append(f"{found.runs}: {found.runs_fault}: go to a folder that you may write, or name one with --out")
    if found.pdf_fault:
        faults.append(f"--pdf lacks {found.pdf_fault}")
    return faults


def build_line(found: Installation) -> str:
    """How kernels are built on this machine."""
    first = [] if found.compiler and found.headers else ["apt-get install gcc python3-dev"]
    checkout = (_EXTENSIONS.parent / "setup.py").is_file()
    build = f"{found.executable} setup.py build_ext --inplace" if checkout else install_line()
    return " && ".join([*first, build if not checkout else f"cd {_EXTENSIONS.parent} && {build}"])


def kernel_names(folder: Path) -> list[str]:
    """The names of the extension modules: from sources in a checkout, from stubs and compiled files where a wheel is installed."""
    files = [file for end in ("pyx", "pyi", "so", "pyd") for file in folder.glob(f"*.{end}")]
    return sorted({file.name.partition(".")[0] for file in files})


def _kernel(name: str) -> Kernel:
    try:
        import_module(f"ext.{name}")
    except Exception as error:  # a library of another machine or of another Python ends in more than an ImportError
        return Kernel(name=name, fault=" ".join(str(error).split()) or type(error).__name__)
    return Kernel(name=name, fault="")


def _extra(name: str, packages: Sequence[Required], serves: Mapping[str, Sequence[str]]) -> Extra:
    listed = [Package(name=each.name, required=each.specifier, installed=each.installed, suits=each.suits) for each in packages]  # fmt: skip
    return Extra(name=name, packages=listed, serves=list(serves.get(name, ())), get=install_line(name))


def _pdf_fault(extras: Sequence[Extra]) -> str:
    if any(each.name == "pdf" and each.missing for each in extras):
        return ""
    from sim.report.exports.pdf import writer

    try:
        writer()
    except Refusal as refusal:
        return refusal.expected
    except ImportError as error:
        return str(error)
    return ""


def _memory_available_bytes() -> float | None:
    from math import isfinite

    from sim.study.cost import available_memory_bytes

    found = available_memory_bytes()
    return found if isfinite(found) else None


def _folder(runs: Path) -> tuple[str, float | None]:
    """Why a folder, or the one in which it would be made, cannot be written, empty where it can; and the free space there, bytes."""
    there = next(place for place in (runs.absolute(), *runs.absolute().parents) if place.exists())
    free = float(shutil.disk_usage(there).free)
    if not there.is_dir():
        return f"{there} is no folder", free
    return ("" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written"), free


def _open_files() -> int | None:
    """The hard limit, up to which Locust raises its own; None on a system without one."""
    try:
        import resource
    except ModuleNotFoundError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return None if limit == resource.RLIM_INFINITY else limit


def _compiler() -> str:
    named = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "").split()[:1]
    return next((path for name in (*named, "cc", "gcc", "clang") if (path := shutil.which(name))), "")
