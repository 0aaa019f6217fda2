"""A page of the docs followed to the letter: its files are written and its commands run, in their order."""

import contextlib
import io
import re
import runpy
import shlex
import sys
from pathlib import Path

from sim.cli.app import status

DOCS = Path(__file__).parents[1] / "docs"


def commands(text, days, patch):
    """Yields each `retail-lab` line with its words, in the folder and with the environment that the page asks for. What stands between them is done:
    files are written, and Python programs run with so many days of tickets in place of 15 months."""
    for kind, block in re.findall(r"^```(sh|yaml)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if kind == "yaml":
            Path(re.match(r"# (\S+)", block)[1]).write_text(block, encoding="utf-8")
            continue
        for line in block.splitlines():
            name, *words = shlex.split(line)
            if name == "cd":
                patch.chdir(words[0])
            elif name == "export":
                patch.setenv(*words[0].split("="))
            elif name == "python":
                patch.setattr(sys, "argv", [*words, days])
                runpy.run_path(str(DOCS.parent / words[0]), run_name="__main__")
            else:
                assert name == "retail-lab"
                yield line, [at for word in words for at in (map(str, Path().glob(word)) if "*" in word else [word])]


def ran(words):
    """Exit status and output of a command."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        code = status(words)
    return code, output.getvalue()
