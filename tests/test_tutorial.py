"""docs/tutorial.md can be followed to the letter: its commands run in their order, with a free port and fewer days of tickets."""

import contextlib
import re
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from .followed import DOCS, commands, ran

PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder in which the page was followed, and exit status and output of each command."""
    folder = tmp_path_factory.mktemp("reader")
    ended = {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as shops:
        patch.chdir(folder)
        for line, words in commands(PAGE.replace("8080", port), "60", patch):
            if words[-1] == "&":
                shops.callback(ended_shop, serving(words[:-1]))
            else:
                ended[line] = ran(words)
    return folder, ended


def serving(words):
    """A shop as a process of its own, once it prints its address and answers there."""
    program = f"from sim.cli.app import main; main({words!r})"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    address = re.search(r"http://[\d.:]+", process.stdout.readline())[0]
    urlopen(f"{address}/docs").close()
    return process


def ended_shop(process):
    process.terminate()
    process.communicate()


def test_every_command_of_the_tutorial_ends_well(followed):
    """Two minutes of traffic are too few to decide, and a busy machine sends late, as the page says: the replay may end either way but in a fail."""
    _, ended = followed
    assert len(ended) == 10
    replayed = {code for line, (code, _) in ended.items() if line.startswith("retail-lab replay")}
    assert {line: code for line, (code, _) in ended.items() if code and "retail-lab replay" not in line} == {}
    assert replayed <= {0, 2, 3}


def test_the_week_of_ones_own_takes_its_traffic_from_the_log(followed):
    _, ended = followed
    (output,) = (said for line, (_, said) in ended.items() if "own/mine.yaml" in line)
    assert "traffic.weekday_factors =" not in output
    assert "trading.item_s" in output


def test_the_tutorial_leaves_pages_to_open(followed):
    folder, _ = followed
    assert (folder / "page.html").is_file()
    assert (folder / "verdict.html").is_file()
