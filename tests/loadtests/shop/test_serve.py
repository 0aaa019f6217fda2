"""A shop is started as a separate process, becomes healthy, and has ended after its block."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import httpx
import psutil
import pytest

from loadtests.shop.faults import Faults
from loadtests.shop.serve import serve
from sim.records.catalogue import read_catalogue, write_catalogue
from sim.records.refusal import Refusal


def family(process):
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def test_two_workers_serve_until_the_block_ends(catalogue, tmp_path):
    log = tmp_path / "shop.log"
    faults = Faults(sync_lag_s=3)
    with serve(catalogue, workers=2, faults=faults, access_log=True, log=log) as shop:
        assert shop.url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=shop.url, trust_env=False) as client:
            assert client.get("/health").json()["database"] == "sqlite"
            assert client.get("/shop").status_code == 401
            client.headers["Authorization"] = f"Bearer {shop.token}"
            assert client.get("/shop").json()["members"] == 10_000
            assert client.get("/faults").json() == faults.model_dump()
            assert client.get("/docs").status_code == 200
        processes = family(shop.process)
        assert len(processes) >= 3
        command_lines = " ".join(" ".join(process.cmdline()) for process in processes)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
    assert "GET /shop" in log.read_text()
    for text in (log.read_text(), command_lines, repr(shop)):
        assert shop.token not in text


def test_the_shop_ends_when_its_starter_is_killed(catalogue, tmp_path):
    program = (
        "import os, sys, loadtests.shop.serve as s\n"
        "with s.serve(sys.argv[1]) as shop:\n"
        "    print(shop.process.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, catalogue], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    shop = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.wait()
    shop.wait(10)
    starter.stdin.close()
    starter.stdout.close()


def test_a_database_keeps_its_stock_between_two_shops(catalogue, tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    sale = {"location": "SH01", "lines": [{"sku": "TEA", "quantity": 4}]}
    for available in (126, 122):
        with (
            serve(catalogue, database=url, token="t") as shop,
            httpx.Client(base_url=shop.url, headers={"Authorization": "Bearer t"}, trust_env=False) as client,
        ):
            assert client.post("/orders", json=sale).status_code == 201
            assert client.get("/stock/TEA").json()["available"] == available


def test_a_database_stocked_from_another_catalogue_is_refused(catalogue, tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    other = tmp_path / "other.parquet"
    table, _ = read_catalogue(catalogue)
    write_catalogue(other, table, "EUR")
    with serve(catalogue, database=url):
        pass
    with (
        pytest.raises(Refusal, match=r"expected an empty database, or one stocked from .*other\.parquet"),
        serve(other, database=url),
    ):
        pass


def test_a_catalogue_with_a_hole_is_refused(catalogue, tmp_path):
    table, currency = read_catalogue(catalogue)
    write_catalogue(tmp_path / "hole.parquet", table.slice(1), currency)
    with pytest.raises(Refusal, match="a row for every SKU at every location"), serve(tmp_path / "hole.parquet"):
        pass


def test_a_port_that_is_taken_is_refused(catalogue):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=f"expected a port that is free on 127.0.0.1, found '{port}"):
            serve(catalogue, port=port).__enter__()


@pytest.mark.parametrize("url", ["mysql://u:hidden@h/d", "nonsense-hidden"])
def test_a_database_that_is_neither_is_refused_without_showing_its_url(catalogue, url):
    with pytest.raises(Refusal) as refusal:
        serve(catalogue, database=url).__enter__()
    assert "hidden" not in str(refusal.value)


def command(catalogue, *more, **environment):
    words = [sys.executable, "-c", "from sim.cli.app import main; main()", "shop", str(catalogue), *more]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RETAIL_LAB_")}
    return subprocess.run(words, env=kept | environment, capture_output=True, text=True, timeout=60)


def test_the_command_needs_a_token_and_sensible_faults(catalogue):
    without = command(catalogue)
    assert without.returncode == 64
    assert "RETAIL_LAB_SHOP_TOKEN" in without.stderr
    faults = command(catalogue, "--fault-stall-s", "3", RETAIL_LAB_SHOP_TOKEN="hush")
    assert faults.returncode == 64
    assert "stall_s shorter than stall_every_s" in faults.stderr
    assert "hush" not in faults.stderr
