from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

EQUAL = "the artifact equals torch"
OFFER = """
@hookimpl
def register_exporters():
    return [Exporter(name='raw', target='made_parts:Raw', summary='weights', formats=('raw',), runtime='raw')]
@hookimpl
def register_runtimes():
    return [Runtime(name='raw', target='made_parts:Raw', summary='weights', runs=('raw',))]
"""
PARTS = """
import copy
import torch
from segdet_kit.testing.checks.exporter import Small

class Raw:
    def write(self, graph, folder):
        torch.save(graph.module.state_dict(), folder / 'weights')

    def load(self, folder, device):
        module = Small()
        module.load_state_dict(torch.load(folder / 'weights'))
        def run(images):
            with torch.no_grad():
                return [output.numpy() for output in module(torch.from_numpy(images))]
        return run
"""


def test_an_artifact_that_is_faithful_passes(judge: Judge) -> None:
    assert judge(EQUAL, OFFER, PARTS) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("output.numpy()", "output.numpy() + 1e-2", "output 0 is not torch's"),
        ("output.numpy()", "output.numpy()[:1]", "output 0 is not torch's: (1, 4, 16, 32)"),
        ("(images))]", "(images))][:1]", "2 outputs, the artifact 1"),
        ("torch.save(graph.module.state_dict(), folder / 'weights')", "pass", "nothing was written"),
    ],
)
def test_an_artifact_that_is_not_is_caught(judge: Judge, right: str, wrong: str, said: str) -> None:
    assert right in PARTS
    assert said in judge(EQUAL, OFFER, PARTS.replace(right, wrong))


def test_an_artifact_that_does_not_stand_a_move_is_caught(judge: Judge) -> None:
    remembers = PARTS.replace("torch.save(", "Raw.folder = folder; torch.save(")
    assert "No such file" in judge(EQUAL, OFFER, remembers.replace("load(folder /", "load(self.folder /"))


def test_a_runtime_that_does_not_run_what_is_written_is_caught(judge: Judge) -> None:
    offer = OFFER.replace("runs=('raw',)", "runs=('new',)")
    assert "runtime 'raw' does not run the files raw" in judge(EQUAL, offer, PARTS)
