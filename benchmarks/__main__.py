"""Runs every benchmark and writes what they measured to benchmarks/results.json, each with the facts of the machine that it ran on.

python -m benchmarks            all of them, whole
python -m benchmarks --quick    small sizes: shows that they run, says nothing about speed
python -m benchmarks allocation one of them
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("numpy", "scipy", "simpy", "cython", "pyarrow", "locust")


def machine() -> dict[str, object]:
    """What a reader needs to place the figures."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=False).stdout.splitlines()
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "compiler": compiler[0] if compiler else "none",
        **{package: version(package) for package in PACKAGES},
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def measure(benchmark: Path, quick: bool) -> dict[str, dict]:
    """Run one benchmark as a program of its own; its table goes to the terminal, its figures come back."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [sys.executable, str(benchmark), "--json", str(out), *(["--quick"] if quick else [])]
        subprocess.run(command, check=True)
        return json.loads(out.read_text())


def main() -> None:
    known = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(known):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    figures = {name: measure(HERE / f"{name}.py", asked.quick) for name in asked.names or known}
    if not asked.quick:
        results = HERE / "results.json"
        before = json.loads(results.read_text()) if results.exists() else {}
        here = machine()
        measured = {name: {"machine": here, "figures": of} for name, of in figures.items()}
        results.write_text(json.dumps(before | measured, indent=1) + "\n")
        print(f"written to {results}")


if __name__ == "__main__":
    main()
