from __future__ import annotations

import pytest

from tests.testing.checks.test_exporter import OFFER as FILES
from tests.testing.checks.test_exporter import PARTS as RUNS_FILES
from tests.testing.conftest import Judge

EQUAL = "runtime/mine: finds what torch finds"
OFFER = """
@hookimpl
def register_runtimes():
    return [Runtime(name='mine', target='made_parts:Mine', summary='torch', runs=('torch',))]
"""
PARTS = """
class Mine:
    def prepare(self, model, precision):
        return model
"""
WORSE = """
class Mine:
    def prepare(self, model, precision):
        model.decode_head.conv_seg.bias.data += 0.01
        return model
"""


def test_a_runtime_of_checkpoints_that_is_faithful_passes(judge: Judge) -> None:
    assert judge(EQUAL, OFFER, PARTS) == ""


def test_a_runtime_of_checkpoints_that_computes_something_else_is_caught(judge: Judge) -> None:
    assert "logits are not torch's: off by 0.01\nmend made_parts:Mine" in judge(EQUAL, OFFER, WORSE)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("", "", ""),
        ("output.numpy()", "output.numpy() + 1e-2", "output 0 is not torch's"),
    ],
)
def test_a_runtime_of_files_runs_what_each_exporter_writes(
    judge: Judge, right: str, wrong: str, said: str
) -> None:
    found = judge("runtime/raw: finds what torch finds", FILES, RUNS_FILES.replace(right, wrong))
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_runtime_whose_files_nobody_writes_is_caught(judge: Judge) -> None:
    offer = OFFER.replace("runs=('torch',)", "runs=('rare',)")
    assert "no exporter writes what it runs: rare, in fp32" in judge(EQUAL, offer, PARTS)


def test_a_runtime_of_checkpoints_whose_device_is_missing_is_only_made(judge: Judge) -> None:
    offer = OFFER.replace("runs=('torch',)", "runs=('torch',), devices=('cuda',)")
    assert judge(EQUAL, offer, WORSE) == ""
    broken = "class Mine:\n    def __init__(self):\n        raise ValueError('no settings')\n"
    assert "ValueError: no settings" in judge(EQUAL, offer, broken)


def test_a_runtime_whose_device_is_missing_must_say_so(judge: Judge) -> None:
    files = FILES.replace("runs=('raw',)", "runs=('raw',), devices=('cuda',)")
    silent = judge("runtime/raw: finds what torch finds", files, RUNS_FILES)
    assert "the device that it needs is missing here, and it does not say so" in silent
    tells = "from segdet_kit import KitError\nclass Raw:\n    def write(self, graph, folder):\n"
    tells += "        raise KitError('there is no GPU', 'run it elsewhere')\n    load = write\n"
    assert judge("runtime/raw: finds what torch finds", files, tells) == ""
