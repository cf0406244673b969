"""Let each system call by which a bundle is sealed, opened or pushed fail in turn, and look at what is left.

    python tools/fail_bundles.py

strace forges the kernel's answer: no room (ENOSPC), or a broken disk (EIO). Whatever fails must end in one of
the kit's errors; nothing partial and nothing plain may be left. Exit status 1 if anything else happens.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bundle_works import Open, Push, Seal, Work, isolated
from segdet_transports.file import File

from segdet_kit.errors import KitError

CALLS = ["openat", "write", "ftruncate", "fsync", "link", "linkat", "rename", "mkdir"]
ERRORS = (errno.ENOSPC, errno.EIO)
FINE, REFUSED, BROKEN = 0, 3, 4


def attempt(work: Work) -> int:
    """Do the work, and tell how it ended."""
    try:
        work.run(0)
    except KitError:
        return REFUSED
    except BaseException as error:  # noqa: BLE001 - whatever else it is, is a fault
        print(f"{type(work).__name__}: {error!r}")
        return BROKEN
    return FINE


def failing(work: Work, call: str, number: int, error: int, log: Path) -> tuple[bool, int]:
    """Let the call of that number fail in a process that works: whether there was one, and how it ended."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.close(writer)
        os.read(reader, 1)
        os._exit(attempt(work))
    os.close(reader)
    injection = f"inject={call}:error={errno.errorcode[error]}:when={number}"
    tracing = ["strace", "-qq", "-o", log, "-e", f"trace={call}", "-e", injection, "-p", str(child)]
    with subprocess.Popen(tracing) as tracer:
        while "TracerPid:\t0\n" in Path(f"/proc/{child}/status").read_text(encoding="ascii"):
            assert tracer.poll() is None, "strace does not trace"
            time.sleep(0.001)
        os.close(writer)
        _, status = os.waitpid(child, 0)
    return "(INJECTED)" in log.read_text(encoding="utf-8"), os.waitstatus_to_exitcode(status)


def disturb(work: Work, log: Path) -> tuple[Counter[str], list[str]]:
    """Let all calls of a work fail: how many of each there were, and all the faults that were found."""
    counts: Counter[str] = Counter()
    faults = []
    work.run(0)  # what is imported once need not be again
    for call in CALLS:
        for error in ERRORS:
            number, injected = 1, True
            while injected:
                work.clear()
                injected, code = failing(work, call, number, error, log)
                if injected:
                    counts[call] += 1
                found = list(work.faults())
                found += [f"exit {code}"] if code not in (FINE, REFUSED) else []
                found += ["left to the next opening"] if work.staged else []
                faults += [f"{call} {number} {errno.errorcode[error]}: {fault}" for fault in found]
                work.staged = 0
                number += 1
    return counts, faults


def main() -> int:
    """Let calls fail, and print a line for each work."""
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = isolated(folder)
        works = {
            "seal": Seal(world, folder / "sealed"),
            "open into a folder": Open(world, folder / "opened"),
            "push to file://": Push(world, folder / "pushed", File(256 << 10), (folder / "pushed").as_uri()),
        }
        for title, work in works.items():
            counts, faults = disturb(work, folder / "log")
            told = ", ".join(f"{number} {call}" for call, number in counts.items())
            print(f"{title}: {counts.total()} failures ({told}); {len(faults)} faults")
            print(*faults, sep="\n", end="\n" if faults else "")
            wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
