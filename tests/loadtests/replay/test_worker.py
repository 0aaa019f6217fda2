from __future__ import annotations

import errno
from types import SimpleNamespace

import gevent
import pytest

from loadtests.planning.schedule import pack
from loadtests.replay.chunk_store import Filing
from loadtests.replay.worker import Worker
from sim.records.samples import gather, write_chunk

from ..conftest import journeys


class Wire:
    """Locust's messages and events, kept."""

    def __init__(self):
        self.told: list[tuple[str, dict]] = []
        self.fired: list[dict] = []
        self.runner = SimpleNamespace(send_message=lambda kind, data: self.told.append((kind, data)))
        self.events = SimpleNamespace(request=SimpleNamespace(fire=lambda **event: self.fired.append(event)))

    def of(self, kind: str) -> list[dict]:
        return [data for told, data in self.told if told == kind]


@pytest.fixture
def order(plain, plain_adapter, tmp_path):
    from dataclasses import asdict

    from loadtests.safety import resolve

    (tmp_path / "there").mkdir()
    return {
        "run_id": "r1", "worker": 3, "pool": 50, "adapter": str(plain_adapter), "target": asdict(resolve(plain.url)),
        "shelf": {"skus": ["A"], "locations": ["SH01"], "kinds": ["store"], "regions": ["EAST"]}, "found": None,
        "wire": {"timeout_s": 2.0}, "workers": 4, "samples": str(tmp_path / "there"), "starts_at": 0.0,
    }  # fmt: skip


def play(wire: Wire, order: dict, rows: int = 5) -> Worker:
    """A worker that has played `rows` journeys, all of them late."""
    import pyarrow as pa

    worker = Worker(wire)
    worker.begin(order)
    batch = journeys(*({"t": float(i)} for i in range(rows)))
    chunk = pa.Table.from_batches([batch]).append_column("at_s", batch["t"])
    worker.feed(pack(chunk.append_column("followers", pa.array([0] * rows, pa.int32()))))
    worker.feed(None)
    with gevent.Timeout(20):
        worker.wait(20)
    return worker


def test_chunks_of_a_worker_on_another_disk_are_sent_and_then_forgotten(order, tmp_path):
    wire, here = Wire(), tmp_path / "here"
    here.mkdir()
    worker = play(wire, order)
    written = [(told["worker"], told["chunk"]) for told in wire.of("replay_chunk")]
    there = gather(tmp_path / "there", tmp_path / "there.parquet")
    sent: list[tuple[str, int]] = []
    filing = Filing(here, lambda kind, data, worker: sent.append((kind, data)))

    assert filing.ask_for(written), "they are not on this disk"
    assert sent == [("replay_upload", chunk) for _, chunk in written]
    for _, chunk in list(sent):
        worker.upload(chunk)
        filing.keep(**{"packed" if k == "bytes" else k: v for k, v in wire.of("replay_samples")[-1].items()})
        assert sent[-1] == ("replay_forget", chunk)
        worker.forget(chunk)
    assert not filing.ask_for(written)
    assert not list((tmp_path / "there").glob("*"))
    gather(here, tmp_path / "here.parquet")
    assert (tmp_path / "here.parquet").read_bytes() == (tmp_path / "there.parquet").read_bytes()
    assert there["row"].to_pylist() == list(range(5))


def test_chunks_on_the_same_disk_are_never_sent(order, tmp_path):
    wire = Wire()
    play(wire, order)
    sent = []
    filing = Filing(tmp_path / "there", lambda *message: sent.append(message))
    assert not filing.ask_for([(told["worker"], told["chunk"]) for told in wire.of("replay_chunk")])
    assert sent == []


def test_every_request_is_reported_to_locust_by_journey_and_step(order):
    wire = Wire()
    play(wire, order)
    assert [(event["request_type"], event["name"], event["exception"]) for event in wire.fired] == [
        ("browse", "page", None)
    ] * 5
    last = wire.of("replay_report")[-1]
    assert (last["last"], last["error"], last["progress"]["sent"], last["progress"]["outcomes"]) == (
        True,
        "",
        5,
        {"ok": 5},
    )


def test_a_worker_without_the_token_reports_it_and_sends_no_request(order, plain, monkeypatch):
    monkeypatch.delenv("PLAIN_TOKEN")
    wire = Wire()
    Worker(wire).begin(order)
    (report,) = wire.of("replay_report")
    assert report["last"]
    assert "PLAIN_TOKEN" in report["error"]
    assert plain.seen == []


def test_a_worker_whose_adapter_breaks_reports_it_and_ends(order, plain_adapter):
    plain_adapter.write_text(
        plain_adapter.read_text() + "    def adopt(self, found):\n        raise KeyError('members')\n"
    )
    wire = Wire()
    Worker(wire).begin(order)
    (report,) = wire.of("replay_report")
    assert (report["last"], report["error"]) == (True, "'members'")


def test_a_full_disk_stops_the_run_and_is_the_reason(order, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    wire = Wire()
    monkeypatch.setattr("loadtests.replay.worker.rehearse", lambda: None)
    monkeypatch.setattr("loadtests.replay.worker.write_chunk", full)
    play(wire, order)
    assert "No space left" in wire.of("replay_report")[-1]["error"]


@pytest.mark.parametrize("room", [True, False])
def test_samples_that_a_disk_refuses_are_tried_again_and_then_lost(order, tmp_path, monkeypatch, room):
    refused = []

    def write(folder, number, chunk, table):
        if number == order["worker"] and (not room or not refused):
            refused.append(len(table))
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_chunk(folder, number, chunk, table)

    monkeypatch.setattr("loadtests.replay.worker.write_chunk", write)
    wire = Wire()
    worker = play(wire, order)
    worker._write()
    last = wire.of("replay_report")[-1]
    assert last["error"] == "samples cannot be written: No space left on device"
    assert [last["progress"][fate] for fate in ("sent", "dropped", "lost")] == [0, 0, 5]
    assert len(gather(tmp_path / "there", tmp_path / "there.parquet")) == (5 if room else 0)
