"""Workers: what they answer, how they fail, and that they end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from segdet_kit.benchmark.process import Worker
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

COMMAND = (sys.executable, str(Path(__file__).with_name("busy_worker.py")))


@pytest.fixture
def worker() -> Iterator[Worker]:
    with closing(Worker(Spec("1000", batch_size=4, threads=3), COMMAND)) as opened:
        yield opened


def gone(session: int) -> bool:
    try:
        os.kill(session, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_worker_takes_the_steps_that_it_is_told(worker: Worker) -> None:
    samples = worker.run(7)
    assert len(samples) == 7
    assert all(0 < sample["forward"] <= sample["total"] for sample in samples)
    assert worker.images_per_step == 4
    assert worker.seconds_to_open > 0


def test_a_worker_has_its_number_of_threads(worker: Worker) -> None:
    assert worker.facts()["threads"] == "3"


def test_memory_is_the_workers_own(worker: Worker) -> None:
    """Not that of the process which started it, and which holds more than ten times as much."""
    ballast = bytearray(200 << 20)
    with closing(Worker(Spec("1000"), COMMAND)) as other:
        assert 5 << 20 < other.memory["host_peak"] < 100 << 20
    assert 0 <= worker.memory["host_growth"] < worker.memory["host_peak"] < len(ballast)
    assert worker.memory["device_peak"] is None


def test_what_libraries_print_does_not_disturb_the_answers() -> None:
    with closing(Worker(Spec("prints"), COMMAND)) as worker:
        assert len(worker.run(2)) == 2


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        ("refuses", "refuses does not run here", "take another"),
        ("raises", "the process of raises failed: RuntimeError: the shapes do not fit", ""),
        ("crashes", "the process of crashes crashed with SIGSEGV", ""),
        (
            "killed",
            "the process of killed was killed, as happens when memory runs out",
            "measure smaller batches, or fewer targets at once",
        ),
    ],
)
def test_a_failure_names_the_target_and_the_cause(target: str, message: str, hint: str) -> None:
    with pytest.raises(KitError) as error:
        Worker(Spec(target), COMMAND)
    assert (error.value.message, error.value.hint) == (message, hint)


def test_a_process_that_says_nothing_is_told_by_its_status() -> None:
    with pytest.raises(KitError, match="the process of x ended with status 3"):
        Worker(Spec("x"), (sys.executable, "-c", "raise SystemExit(3)"))


def test_closing_ends_the_process(worker: Worker) -> None:
    worker.close()
    assert gone(worker.session)


def test_a_worker_ends_with_the_process_that_started_it() -> None:
    """In the middle of opening, too."""
    starter = (
        "import subprocess, sys, time\n"
        f"worker = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        f"from segdet_kit.workload import Spec; import json\n"
        "worker.stdin.write(json.dumps(Spec('sleeps').to_json()).encode() + b'\\n')\n"
        "worker.stdin.flush()\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        end = os.pidfd_open(worker)
        parent.kill()
    readable, _, _ = select.select([end], [], [], 60)
    assert readable, "the worker outlived the process that started it"
    os.close(end)


def test_interrupting_the_opening_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[subprocess.Popen[str]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]
            opened.append(self)

    def interrupted(self: Worker, message: dict[str, object]) -> dict[str, object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    monkeypatch.setattr(Worker, "_ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Worker(Spec("sleeps"), COMMAND)
    assert opened[0].returncode == -signal.SIGKILL
