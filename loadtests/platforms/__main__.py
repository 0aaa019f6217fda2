"""`python -m loadtests.platforms install` prepares both platforms; `python -m loadtests.platforms vendure` serves one until interrupted."""

from __future__ import annotations

import shlex
import signal
import sys
import time

from loadtests.platforms import oscar, vendure
from sim.records.refusal import Refusal

PLATFORMS = {"vendure": vendure, "oscar": oscar}


def main(words: list[str]) -> int:
    """`python -m loadtests.platforms install`; returns the exit status."""
    if words == ["install"]:
        for name, platform in PLATFORMS.items():
            start = time.monotonic()
            print(f"{name}: {platform.install()} ({time.monotonic() - start:.0f} s)", flush=True)
        return 0
    if len(words) != 1 or words[0] not in PLATFORMS:
        print(f"python -m loadtests.platforms install | {' | '.join(PLATFORMS)}", file=sys.stderr)
        return 64
    with PLATFORMS[words[0]].serve() as served:
        for name, value in served.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"{words[0]} at {served.url}; end it with Ctrl-C", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except Refusal as refusal:
        sys.exit(f"loadtests.platforms: {refusal}")
    except KeyboardInterrupt:
        sys.exit(130)
