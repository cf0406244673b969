from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

EQUAL = "the artifact equals torch"
OFFER = """
@hookimpl
def register_exporters():
    return [Exporter(name='raw', target='made_parts:Raw', summary='weights', formats=('raw',))]
"""
PARTS = """
import copy
import torch
from segdet_kit.testing.checks.exporter import Small

class Raw:
    def write(self, graph, folder):
        torch.save(graph.module.state_dict(), folder / 'weights')

    def load(self, folder):
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
        ("(folder / 'weights'))", "(self.folder / 'weights'))", "No such file or directory"),
        ("torch.save(graph.module.state_dict(), folder / 'weights')", "pass", "nothing was written"),
    ],
)
def test_an_artifact_that_is_not_is_caught(judge: Judge, right: str, wrong: str, said: str) -> None:
    assert right in PARTS
    parts = PARTS.replace(right, wrong).replace(
        "folder):\n        torch", "folder):\n        self.folder = folder\n        torch"
    )
    assert said in judge(EQUAL, OFFER, parts)
