"""No number on the command line ends in anything but work or one line with status 64: every option of every command is tried."""

import math
import typing

import pytest
import typer

from sim.cli.app import USAGE, app, status

SOUND = {
    "run": ["scenarios/none.yaml"],
    "film": ["none"],
    "dashboard": ["none"],
    "new": ["mine"],
    "import": ["none.xlsx"],
    "compare": ["a.yaml", "b.yaml"],
    "process": ["none.yaml", "none.bpmn", "--scenario", "none.yaml"],
    "replenish": ["none.yaml"],
    "drill": ["none.yaml"],
    "study": ["none.yaml"],
    "validate": ["none.yaml", "--actual", "none.csv"],
    "shop": ["none.parquet"],
    "replay": ["none.parquet", "--host", "http://127.0.0.1:9"],
    "verdict": ["none"],
    "capacity": ["--scenario", "none.yaml", "--host", "http://127.0.0.1:9"],
    "poc": ["--adapter", "shop", "--scenario", "none.yaml", "--host", "http://127.0.0.1:9"],
    "trace": ["--out", "{out}"],
    "rollout": ["none.yaml"],
    "oversell": ["--adapter", "shop", "--host", "http://127.0.0.1:9"],
    "pilot design": ["none.csv"],
    "pilot analyse": ["none.csv"],
    "adapter check": ["shop", "--host", "http://127.0.0.1:9"],
}
"""Arguments of each command that has an option with a number; the files do not exist, so that nothing is played."""
ABSURD = ("nan", "inf", "-inf", "1e308", "1e999", "-1e308", "-1", str(10**30), "true", "", "苹果")


def numeric(command, path=()):
    """Path of the command and option, of each that takes a number."""
    for inner in getattr(command, "commands", {}).values():
        yield from numeric(inner, (*path, inner.name))
    for option in getattr(command, "params", ()):
        kind = option.type_descriptor.annotation if hasattr(option, "type_descriptor") else None
        if {kind, *typing.get_args(kind)} & {int, float}:
            yield " ".join(path), option


OPTIONS = list(numeric(typer.main.get_command(app)))


def test_every_command_with_a_number_is_tried():
    assert {path for path, _ in OPTIONS} == SOUND.keys()
    assert len(OPTIONS) > 40


@pytest.mark.parametrize(("path", "option"), OPTIONS, ids=[f"{path} {option.opts[0]}" for path, option in OPTIONS])
def test_an_absurd_number_is_refused_in_one_line_that_names_the_option(path, option, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", "token")
    monkeypatch.chdir(tmp_path)
    arguments = [word.format(out=tmp_path / "out") for word in SOUND[path]]
    for value in ABSURD:
        assert status([*path.split(), *arguments, f"{option.opts[0]}={value}"]) == USAGE, value
        complaint = capfd.readouterr().err.strip().splitlines()
        assert len(complaint) == 1, complaint
        assert option.opts[0] in complaint[0], complaint
        assert not any(word in complaint[0] for word in ("Traceback", "Input should", "NoneType")), complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "said",
    ["checkout=inf", "checkout=1,browse=nan", "checkout=1,browse=1e308", "checkout=-1", "checkout=1e-300,browse=1"],
)
def test_a_mix_that_no_trace_can_have_is_refused(said, tmp_path, capfd):
    words = ["trace", "--out", str(tmp_path), "--peak-orders-per-hour", "60", "--minutes", "1", "--mix", said]
    assert status(words) == USAGE
    assert capfd.readouterr().err.splitlines()[-1].startswith("retail-lab: ")


@pytest.mark.parametrize("limit", ["nans", "infs", "-1s", "1e999s", "1e308s"])
def test_a_target_without_a_meaning_is_refused(limit, tmp_path, capfd):
    words = ["verdict", str(tmp_path), "--target", f"mean={limit}"]
    assert status(words) == USAGE
    line = capfd.readouterr().err.strip()
    assert "\n" not in line
    assert math.isfinite(len(line))


@pytest.mark.parametrize("amount", ["nan%", "infs", "-1s", "1e999s", "0%", "100%", "1e30"])
def test_a_margin_without_a_meaning_is_refused(amount, tmp_path, capfd):
    runs = [tmp_path / "candidate.jtl", tmp_path / "release.jtl"]
    for run in runs:
        run.write_text("timeStamp,elapsed,label,responseCode,success\n1700000000000,120,pay,200,true\n")
    candidate, release = map(str, runs)
    assert status(["verdict", candidate, "--against", release, "--margin", f"availability={amount}"]) == USAGE
    line = capfd.readouterr().err.strip()
    assert line.startswith("retail-lab: --margin: ")
    assert "\n" not in line
