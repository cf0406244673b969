from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from segdet_kit.builtin.datasets import register_datasets
from segdet_kit.components import Dataset


@pytest.mark.parametrize("dataset", register_datasets(), ids=lambda dataset: dataset.name)
def test_what_is_described_can_be_called_as_assembly_calls_it(dataset: Dataset) -> None:
    module, name = dataset.target.split(":")
    signature = inspect.signature(getattr(import_module(module), name))
    signature.bind(task="detection", split="train", classes=("a",), root="r", pipeline=[], test_mode=True)
