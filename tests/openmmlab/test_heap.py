from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from segdet_kit.openmmlab import heap

FAULTS = """
import resource, torch
from segdet_kit.openmmlab.heap import keep_freed_memory
if {kept}:
    keep_freed_memory()
for number in range(40):
    if number == 8:
        begun = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    tensors = [torch.zeros(8, 1024, 1024) for _ in range(2)]
    del tensors
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - begun)
"""


def faults(kept: bool) -> int:
    """How many pages the kernel hands out to a process that makes and drops the same tensors."""
    command = [sys.executable, "-c", FAULTS.format(kept=kept)]
    return int(subprocess.check_output(command, text=True))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what glibc does")
def test_tensors_that_come_and_go_are_made_of_the_same_memory() -> None:
    assert faults(kept=True) < 100
    assert faults(kept=False) > 500  # those of huge pages: many more of small ones


def test_other_c_libraries_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda name: pytest.fail("loaded"))
    heap.keep_freed_memory()
