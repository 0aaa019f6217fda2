"""A pacer that keeps nothing: the same client, adapter and schedule, without Locust, samples or windows. Prints requests per CPU-second.

python _bare_pacer.py URL ADAPTER RATE SECONDS
"""

import sys
import time

import gevent
import numpy as np

from loadtests.adapters.base import CatalogueCodes, Errand, load
from loadtests.http.client import Client
from loadtests.journey import Row
from loadtests.safety import resolve


def main(url: str, adapter: str, rate: float, seconds: float) -> None:
    trivial = load(adapter)(CatalogueCodes(["A"], ["SH01"], ["store"], ["R"]), "bare")
    trivial.client = Client(resolve(url), 10.0, trivial.headers({}))
    instants = np.sort(np.random.default_rng(1).uniform(0.5, 0.5 + seconds, int(rate * seconds))).tolist()
    origin, began = time.perf_counter(), time.process_time()
    answered = [0]

    def clock() -> float:
        return time.perf_counter() - origin

    def play(number: int, at_s: float) -> None:
        row = Row(at_s, number, "browse", 0, -1, [], [], -1, 0)
        errand = Errand.of(trivial, row, at_s, clock, lambda _: None)
        good = trivial.play(errand) is not None
        answered[0] += good  # apart: a sum that waits for its right side would lose what others add meanwhile

    for number, at_s in enumerate(instants):
        ahead = at_s - clock()
        if ahead > 0:
            gevent.sleep(ahead)
        gevent.spawn_raw(play, number, at_s)
    with gevent.Timeout(20.0, False):
        while answered[0] < len(instants):
            gevent.sleep(0.1)
    if answered[0] != len(instants):
        sys.exit(f"{len(instants) - answered[0]} requests were not answered")
    print(answered[0] / (time.process_time() - began))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
