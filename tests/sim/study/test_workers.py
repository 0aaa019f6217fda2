"""Processes and a Dask cluster play the same bytes; a worker that dies loses nothing; what cannot be reached is refused in a line."""

import json
import logging
import os
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from sim.cli.app import status
from sim.planning.drills.playing import drilled
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.study import replenish
from sim.study import workers as study_workers
from sim.study.kept_kpis import Kept
from sim.study.run import run
from sim.study.search import Prices, search
from sim.study.workers import Cluster, Processes, workers

SHOP = Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml"
QUICK = ["stores.0.customers_per_day=60", "skus.count=20"]


QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}
"""Dask looks at its own threads a hundred times a second, which these tests do not need."""


def started(*words):
    """A program of Dask's as a process of its own."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | QUIET}
    return subprocess.Popen([sys.executable, "-m", *words], **quiet)


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture(scope="module")
def scheduling():
    """The process of a scheduler and its address."""
    port = free_port()
    words = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    process = started("distributed.cli.dask_scheduler", *words)
    yield process, f"tcp://127.0.0.1:{port}"
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def scheduler(scheduling):
    return scheduling[1]


@pytest.fixture(scope="module")
def processes(scheduler):
    """Two workers, each a process of its own that no nanny starts again."""
    words = ("distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard")
    started_ones = [started(*words, "--host", "127.0.0.1") for _ in range(2)]
    yield started_ones
    for process in started_ones:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def two(scheduler, processes):
    with workers(cluster=scheduler) as cluster:
        cluster._client.wait_for_workers(len(processes), timeout=60)
        yield cluster


@pytest.fixture(scope="module")
def scenario():
    return load(SHOP, [*QUICK, "replications=2"])


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "timing.json")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_cluster_writes_the_bytes_of_one_process(scenario, two, tmp_path):
    """Those of several processes are compared in test_run.py."""
    serial, cluster = (
        contents(run(scenario, tmp_path / name, jobs=jobs, closing=tmp_path / f"{name}.csv"))
        for name, jobs in (("serial", 1), ("cluster", two))
    )
    assert {"catalogue.parquet", "outcome/kpis.parquet"} <= serial.keys()
    assert serial == cluster
    assert (tmp_path / "serial.csv").read_bytes() == (tmp_path / "cluster.csv").read_bytes()


DAYS = [*QUICK, "days=2", "warmup_days=1", "trace=null"]


def drills(workers, folder):
    return drilled(SHOP, ["power_cut"], DAYS, 2, None, folder, lambda *_: None, jobs=workers).model_dump()


def policies(workers, folder):
    return [one.kpis.to_csv() for one in replenish.play(SHOP, ["as_is", "base_stock"], DAYS, folder, jobs=workers)]


def parameters(workers, folder):
    return vars(search(load(SHOP, DAYS), "base_stock", Prices(), budget=6, jobs=workers))


@pytest.mark.parametrize("played", [drills, policies, parameters])
def test_what_planners_play_is_the_same_on_a_cluster(played, two, tmp_path):
    assert played(two, tmp_path / "cluster") == played(Processes(1), tmp_path / "process")


def kept(scenario, jobs):
    """As text: a KPI may be NaN, which is not equal to itself."""
    return json.dumps(Kept().play(scenario, range(2), jobs))


def squares(n):
    return [partial(pow, each, 2) for each in range(n)]


def test_a_refusal_of_a_task_is_that_of_the_study(two):
    with pytest.raises(Refusal, match=r"none\.yaml: expected a scenario, found no such file"):
        list(two.results([partial(load, "none.yaml")]))


def test_a_worker_of_other_code_is_refused(two, monkeypatch):
    monkeypatch.setattr(study_workers, "stamp", lambda: "code 0\nnumpy 1")
    with pytest.raises(Refusal, match="--cluster: code: expected workers with that of this process, 0"):
        list(two.results(squares(1)))


def test_results_that_nothing_waits_for_are_given_up(two):
    results = two.results(squares(50))
    next(results)
    results.close()
    assert sorted(two.results(squares(50))) == [n * n for n in range(50)]


def test_a_worker_killed_in_the_middle_loses_nothing(scenario, two, processes):
    """Of the two workers one is left."""
    plays = [(scenario, replication) for replication in range(4)]
    done = []

    def kill_one(n):
        if n == 1:
            processes[0].kill()
            processes[0].wait()
        done.append(n)

    found = Kept().play_each(plays, two, kill_one)
    assert done == [0, 1, 2, 3, 4]
    assert two.count == 1
    assert json.dumps(found) == json.dumps(Kept().play_each(plays))


def test_a_scheduler_that_is_lost_ends_the_study_in_a_line(two, scheduling):
    """Last of those with a scheduler."""
    results = two.results(squares(20))
    next(results)
    scheduling[0].kill()
    scheduling[0].wait()
    with pytest.raises(Refusal, match="expected a scheduler that stays reachable, found none"):
        list(results) and list(two.results(squares(20)))
    assert not logging.getLogger("distributed.client").isEnabledFor(logging.ERROR)  # it would add a traceback


def test_one_process_gives_results_in_the_order_of_the_tasks():
    assert list(Processes(1).results(squares(5))) == [0, 1, 4, 9, 16]
    assert list(Processes(4).results([])) == []


@pytest.mark.parametrize("address", ["", "local:0", "local:x", "local", "127.0.0.1", "tcp://", "local:99999", "x y"])
def test_what_is_no_address_is_refused_in_a_line(address, capsys):
    assert status(["run", str(SHOP), f"--cluster={address}"]) == 64
    error = capsys.readouterr().err
    assert error.startswith("retail-lab: --cluster: expected ")
    assert error.count("\n") == 1


def test_a_scheduler_that_does_not_answer_is_refused_in_a_line(capsys, monkeypatch):
    monkeypatch.setattr(study_workers, "CONNECT_S", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    assert status(["run", str(SHOP), "--cluster", address]) == 64
    assert (
        capsys.readouterr().err
        == f"retail-lab: --cluster: {address}: expected a Dask scheduler that answers, found none\n"
    )


def test_without_the_extra_the_command_names_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert status(["run", str(SHOP), "--cluster", "local:2"]) == 64
    assert capsys.readouterr().err == "retail-lab: this command needs distributed: pip install 'retail-lab[cluster]'\n"


def test_workers_of_this_machine_have_its_disk(scenario, tmp_path):
    assert isinstance(Cluster(None, "local:2").elsewhere, bool)
    assert not Cluster(None, "local:2").elsewhere
    assert Cluster(None, "tcp://127.0.0.1:8786").elsewhere
