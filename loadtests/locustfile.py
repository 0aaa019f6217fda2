"""Open-loop replay of a trace as a Locust file:

    locust -f loadtests/locustfile.py --headless --trace trace.parquet --host http://127.0.0.1:8080 --adapter shop

It works in one process, with `--processes N`, as `--master` and `--worker` on several machines, and with Locust's web page open.
Locust's users do nothing: each worker has one pacer, which starts journeys at their intended starts. The number of users has no effect.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import gevent
from gevent.socket import wait_read
from locust import User, events, task
from locust.runners import STATE_MISSING, LocalRunner, MasterRunner, WorkerRunner

from loadtests.planning.plan import MARK, REFUSED, add_flags, read_options
from loadtests.planning.prepare import Prepared, prepare, read_prepared
from loadtests.replay.master import Interrupted, Master
from loadtests.replay.worker import Worker
from sim.records.load_run import BY_HAND, LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.verdict import EXIT_STATUS

USAGE, DEFECT, INTERRUPTED = 64, 70, 130
"""Exit statuses other than a verdict's, the same as those of `retail-lab`."""
GRACE_S = 60.0
"""How long a stopped worker waits for answers to requests under way."""
COME_S = 3.0


class Idle(User):
    """Locust needs a user; the load is the pacer's."""

    @task
    def stand(self) -> None:
        """Do nothing, for an hour at a time."""
        gevent.sleep(3600)


@events.init_command_line_parser.add_listener
def _flags(parser: Any) -> None:
    add_flags(parser)
    parser.add_argument(
        "--led",
        default="",
        include_in_web_ui=False,
        help="what the program that started this one prepared; it judges too, reads refusals as JSON, and ends this one by closing its input",
    )


@events.init.add_listener
def _wire(environment: Any, runner: Any, **_: Any) -> None:
    options = environment.parsed_options
    ready = None
    if options.led:
        gevent.spawn(_end_with_starter)
    elif (options.headless or options.autostart) and not isinstance(runner, WorkerRunner):
        ready = _check_plan(environment, runner)
    if isinstance(runner, LocalRunner | WorkerRunner):
        _wire_worker(environment, runner)
    if isinstance(runner, LocalRunner | MasterRunner):
        _wire_master(environment, runner, ready)


def _end_with_starter() -> None:
    """End as on SIGTERM when standard input, the parent-death pipe, closes: the program that started this one has ended or was killed."""
    wait_read(0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # no process reads standard output any more
    os.kill(os.getpid(), signal.SIGTERM)


def _wire_worker(environment: Any, runner: Any) -> None:
    worker = Worker(environment)

    def on_message(kind: str, do: Any) -> None:
        # Begin, feed and stop do not block and must keep their order; an upload may run concurrently.
        runner.register_message(kind, lambda environment, msg: do(msg.data), concurrent=kind == "replay_upload")

    on_message("replay_begin", worker.begin)
    on_message("replay_feed", worker.feed)
    on_message("replay_stop", worker.stop)
    on_message("replay_upload", worker.upload)
    on_message("replay_forget", worker.forget)
    environment.events.test_stopping.add_listener(lambda **_: worker.stop())

    def quitting(**_: Any) -> None:
        worker.stop()
        worker.wait(GRACE_S)

    environment.events.quitting.add_listener(quitting)


def _wire_master(environment: Any, runner: Any, ready: Prepared | None) -> None:
    """`ready`: the first test's prepared plan, where it was prepared already; a later test from the web page is prepared when it starts."""
    current: list[Master] = []
    prepared = [ready] if ready else []

    def of_current(do: Any) -> Any:
        return lambda environment, msg: do(current[-1], msg.data) if current else None

    def listen(kind: str, do: Any) -> None:
        runner.register_message(kind, of_current(do), concurrent=True)

    listen("replay_report", lambda master, data: master.receive(data))
    listen("replay_chunk", lambda master, data: master.filing.register(data["worker"], data["chunk"]))
    listen("replay_samples", lambda master, data: master.filing.keep(data["worker"], data["chunk"], data["bytes"]))

    leaving: list[int] = []

    def start(**_: Any) -> None:
        if not leaving:
            gevent.spawn(_replay, environment, runner, current, prepared.pop() if prepared else None)

    def stop(at_once: bool = False, **_: Any) -> None:
        for master in current:
            master.stop(BY_HAND, at_once)
            master.finished.wait()

    def quitting(**_: Any) -> None:
        """The first signal stops the run, the second does not wait for answers, the third ends the process."""
        leaving.append(1)
        if len(leaving) > 2:
            return
        try:
            stop(at_once=len(leaving) > 1)
        except KeyboardInterrupt:
            stop(at_once=True)

    environment.events.test_start.add_listener(start)
    environment.events.test_stop.add_listener(lambda **_: stop())
    environment.events.quitting.add_listener(quitting)


def _check_plan(environment: Any, runner: Any) -> Prepared:
    """Prepare a plan. One that is refused ends the process; workers that connect within `COME_S` are ended with it."""
    options = environment.parsed_options
    try:
        plan = read_options(options)
        ready = prepare(plan)
        ready.adapter(ready.shelf, "").headers(os.environ)
        return ready
    except Refusal as refusal:
        print(REFUSED, refusal, flush=True)
        if isinstance(runner, MasterRunner):
            give_up = time.monotonic() + COME_S
            while len(runner.clients.ready) < options.expect_workers and time.monotonic() < give_up:
                gevent.sleep(0.1)
            runner.quit()
        sys.exit(USAGE)


def _replay(environment: Any, runner: Any, current: list[Master], ready: Prepared | None) -> None:
    """One test of Locust's: a replay, its verdict and the exit status."""
    options = environment.parsed_options
    options.host = environment.host
    try:
        current.append(_master(options, runner, ready))
        folder = current[-1].run()
        environment.process_exit_code = 0 if options.led else _judge(folder, current[-1].targets)
        print(MARK, "run in", folder, flush=True)
    except Refusal as refusal:
        print(REFUSED, _fields(refusal) if options.led else refusal, flush=True)
        environment.process_exit_code = USAGE
    except Interrupted as early:
        print(MARK, early, flush=True)
        environment.process_exit_code = INTERRUPTED
    except Exception:
        logging.exception("the replay broke")
        environment.process_exit_code = DEFECT
    for master in current:
        master.finished.set()
    current.clear()
    if options.headless:
        runner.quit()
        return
    runner.stop()
    if options.autoquit >= 0:
        gevent.sleep(options.autoquit)
        runner.quit()
        environment.web_ui.stop()


def _master(options: Any, runner: Any, ready: Prepared | None) -> Master:
    """A master over the workers that are connected now, or over this one process. Raises `Refusal`."""
    plan = read_options(options)
    ready = ready or (read_prepared(Path(options.led), plan) if options.led else prepare(plan))
    if isinstance(runner, LocalRunner):
        return Master(plan, ready, 1, lambda kind, data, _: runner.send_message(kind, data), lambda _: True)
    nodes = sorted((node.id for node in runner.clients.all), key=runner.get_worker_index)

    def alive(worker: int) -> bool:
        return nodes[worker] in runner.clients and runner.clients[nodes[worker]].state != STATE_MISSING

    return Master(
        plan, ready, len(nodes), lambda kind, data, worker: runner.send_message(kind, data, nodes[worker]), alive
    )


def _fields(refusal: Refusal) -> str:
    return json.dumps(refusal.args, default=str)


def _judge(folder: Path, targets: list[str]) -> int:
    from sim.evidence.verdict.judge import judge  # here: workers never judge, and SciPy's statistics are slow to import
    from sim.evidence.verdict.targets import parse

    verdict = judge(read_samples(folder / "samples.parquet"), LoadRun.read(folder / "loadrun.json"), parse(targets))
    verdict.write(folder / "verdict.json")
    print(MARK, verdict.sentence, flush=True)
    return EXIT_STATUS[verdict.decision]
