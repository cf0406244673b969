from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch

from segdet_kit.testing import ExportCase
from tests.testing.conftest import Judge

EQUAL = "the artifact equals torch"
DAMAGE = "a damaged artifact is refused"
OFFER = """
@hookimpl
def register_exporters():
    return [Exporter(name='raw', target='made_parts:write', summary='weights', formats=('raw',))]
"""
PARTS = "def write(): pass\n"


def write(model: Any, path: Path) -> None:
    weight = model.weight.detach().numpy().tobytes()
    path.write_bytes(hashlib.sha256(weight).digest() + weight)


def run(path: Path, inputs: torch.Tensor, checked: bool = True) -> torch.Tensor:
    content = path.read_bytes()
    if checked and hashlib.sha256(content[32:]).digest() != content[:32]:
        raise ValueError("damaged")
    return inputs @ torch.frombuffer(bytearray(content[32:]), dtype=torch.float32).reshape(4, 3).T


def case(**changes: Any) -> dict[str, ExportCase]:
    torch.manual_seed(0)
    given = {
        "model": torch.nn.Linear(3, 4, bias=False),
        "inputs": (torch.rand(2, 3),),
        "write": write,
        "run": run,
    }
    return {"raw": ExportCase(**{**given, **changes})}


@pytest.mark.parametrize("title", [EQUAL, DAMAGE])
def test_an_artifact_that_is_faithful_and_guarded_passes(judge: Judge, title: str) -> None:
    assert judge(title, OFFER, PARTS, case()) == ""


@pytest.mark.parametrize(
    ("title", "changes", "said"),
    [
        (EQUAL, {"run": lambda path, inputs: run(path, inputs) + 1e-2}, "output 0 is not torch's"),
        (EQUAL, {"run": lambda path, inputs: run(path, inputs)[:1]}, "output 0 is not torch's: (1, 4)"),
        (EQUAL, {"run": lambda path, inputs: [run(path, inputs)] * 2}, "1 outputs, the artifact 2"),
        (EQUAL, {"write": lambda model, path: None}, "nothing was written"),
        (DAMAGE, {"run": lambda path, inputs: run(path, inputs, checked=False)}, "was changed still runs"),
    ],
)
def test_an_artifact_that_is_neither_is_caught(
    judge: Judge, title: str, changes: dict[str, Any], said: str
) -> None:
    assert said in judge(title, OFFER, PARTS, case(**changes))


def test_an_exporter_without_a_runner_says_how_to_add_one(judge: Judge) -> None:
    assert "there is no ExportCase for exporter 'raw'" in judge(EQUAL, OFFER, PARTS)
