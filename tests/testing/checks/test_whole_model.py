from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from segdet_kit.testing import ExportCase
from tests.testing.conftest import Judge

WRITES = "writes a model as a whole"
OFFER = """
@hookimpl
def register_exporters():
    return [Exporter(name='card', target='made_parts:Card', summary='page', formats=('md',), takes='source')]
"""
PARTS = """
from segdet_kit.errors import KitError

class Card:
    def __init__(self, licence='none'):
        self.licence = licence

    def write(self, source, folder):
        classes = source.config['test_dataloader']['dataset']['classes']
        (folder / 'card.md').write_text(f'{classes} {self.licence} {source.checkpoint.stat().st_size}')

    def deliver(self, folder):
        return [(folder / 'card.md').read_text()]
"""


def test_a_model_card_passes(judge: Judge) -> None:
    assert judge(WRITES, OFFER, PARTS) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("(folder / 'card.md').write_text", "str", "nothing was written"),
        ("return [(folder / 'card.md').read_text()]", "return 'done'", "deliver returns 'done'"),
        ("classes = source", "(source.run / 'best.pth').touch(); classes = source", ""),
        ("classes = source", "(source.run / 'note').touch(); classes = source", "own files were changed"),
        (
            "classes = source",
            "raise KitError('no', 'never'); classes = source",
            "neither a run nor an exported",
        ),
        ("classes = source", "raise KitError('no'); classes = source", "KitError: no"),
        ("licence='none'", "licence", "missing 1 required positional argument: 'licence'"),
        (
            "classes = source",
            "if source.checkpoint.is_dir(): raise KitError('no', 'runs alone')\n        classes = source",
            "",
        ),
    ],
)
def test_what_is_wrong_with_one_is_told(judge: Judge, right: str, wrong: str, said: str) -> None:
    assert right in PARTS
    told = judge(WRITES, OFFER, PARTS.replace(right, wrong))
    assert said in told
    assert bool(told) == bool(said)


def test_settings_come_from_its_case(judge: Judge) -> None:
    @contextmanager
    def settings(folder: Path) -> Iterator[dict[str, str]]:
        yield {"licence": folder.name}

    parts = PARTS.replace("licence='none'", "licence")
    assert judge(WRITES, OFFER, parts, {"card": ExportCase(settings)}) == ""
