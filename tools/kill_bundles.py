"""Kill processes that seal, open and push bundles, at random moments, and look at what they leave.

    python tools/kill_bundles.py [--times 200] [--seed N]

Each work is killed that many times, by SIGKILL, at a moment drawn from as long as three runs take. Nothing
partial and nothing plain may be left. Exit status 1 if anything is.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bundle_works import Open, OpenInMemory, Push, Seal, Work, World, isolated
from segdet_transports.file import File
from segdet_transports.https import Https
from segdet_transports.tls import server_context

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins" / "segdet-transports" / "tests"))

from loopback.https import TOKEN, make_certificates, receiving

PART = 256 << 10


def killed(work: Work, moment: float) -> bool:
    """Let a process work, and kill it after ``moment`` seconds; whether it was still at it."""
    parent = os.getpid()
    if child := os.fork():
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    try:
        for number in itertools.count():
            if os.getppid() != parent:  # nobody is there any more to end this
                break
            work.run(number)
    finally:
        os._exit(1)


def disturb(work: Work, times: int, rng: random.Random) -> tuple[int, list[str]]:
    """Kill a work again and again: how often it was, and all the faults that were found."""
    started = time.perf_counter()
    work.run(0)
    longest = 3 * (time.perf_counter() - started)
    work.clear()
    count, faults = 0, []
    for _ in range(times):
        count += killed(work, rng.uniform(0, longest))
        faults += work.faults()
        work.clear()
    return count, faults


@contextmanager
def receiver(folder: Path) -> Iterator[str]:
    """Serve a folder by HTTPS, in a process of its own; the address."""
    certificates = make_certificates(folder.parent / "certificates")
    os.environ |= {"SEGDET_HTTPS_CA": str(certificates.authority), "SEGDET_HTTPS_TOKEN": TOKEN}
    reader, writer = os.pipe()
    parent, child = os.getpid(), os.fork()
    if not child:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - it tells of each request
        with receiving(folder, server_context(certificates.server, None), limit=1 << 30) as port:
            os.write(writer, f"{port}\n".encode())
            while os.getppid() == parent:
                time.sleep(0.5)
        os._exit(0)
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            yield f"https://127.0.0.1:{told.readline().strip()}"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def works(world: World, folder: Path, base: str) -> dict[str, Work]:
    """Return all that is disturbed, by name."""
    return {
        "seal": Seal(world, folder / "sealed"),
        "open into a folder": Open(world, folder / "opened"),
        "open in memory": OpenInMemory(world, folder / "memory"),
        "push to file://": Push(world, folder / "pushed", File(PART), (folder / "pushed").as_uri()),
        "push to https://": Push(world, folder / "far", Https(PART), base),
    }


def main() -> int:
    """Kill, and print a line for each work."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    rng, wrong = random.Random(arguments.seed), 0  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = isolated(folder)
        with receiver(folder / "far") as base:
            for title, work in works(world, folder, base).items():
                count, faults = disturb(work, arguments.times, rng)
                faults += (f"plain {path}" for path in world.plain(folder / "temporary"))
                told = ", ".join(faults) or "nothing partial, nothing plain"
                print(f"{title}: killed {count} times; {told}", flush=True)
                if work.staged:
                    print(f"  {work.staged} folders of plain files waited for the next opening")
                wrong += len(faults) + arguments.times - count
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
