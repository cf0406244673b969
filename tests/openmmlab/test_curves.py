from __future__ import annotations

import matplotlib.figure
import pytest
from PIL import Image

from segdet_kit.openmmlab.curves import draw

TRAINING = [
    {"step": step, "epoch": 1, "loss": 3 / step, "loss_box": 2 / step, "loss_cls": 1 / step, "lr": 0.1}
    for step in (1, 2, 3)
]
VALIDATION = [
    {"step": step, "epoch": 1, "val": {"mAP": step / 10, "mAP_l": -1.0, "mAP_m": None}} for step in (2, 3)
]


@pytest.fixture
def figures(monkeypatch):
    """The figures that were drawn."""
    drawn = []
    save = matplotlib.figure.Figure.savefig
    monkeypatch.setattr(
        matplotlib.figure.Figure,
        "savefig",
        lambda self, *args, **kwargs: (drawn.append(self), save(self, *args, **kwargs)),
    )
    return drawn


def curves(figure) -> list[dict[str, list]]:
    return [
        {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()} for axes in figure.get_axes()
    ]


def test_losses_and_validation_values_are_drawn_side_by_side(figures, tmp_path):
    draw(TRAINING + VALIDATION, tmp_path / "curves.png")
    losses, scores = curves(figures[0])
    assert set(losses) == {"loss", "loss_box", "loss_cls"}
    assert losses["loss"] == [3, 1.5, 1]
    assert scores == {"mAP": [0.2, 0.3]}
    with Image.open(tmp_path / "curves.png") as image:
        assert image.width > 800


def test_before_the_first_validation_there_are_only_losses(figures, tmp_path):
    draw(TRAINING, tmp_path / "curves.png")
    assert len(curves(figures[0])) == 1


def test_a_loss_that_is_its_only_part_is_drawn_once(figures, tmp_path):
    draw([{"step": 1, "loss": 1.0, "decode.loss_ce": 1.0}], tmp_path / "curves.png")
    assert list(curves(figures[0])[0]) == ["loss"]


def test_a_missing_value_is_a_gap_and_a_negative_loss_is_seen(figures, tmp_path):
    draw([{"step": 1, "loss": None}, {"step": 2, "loss": -1.0}], tmp_path / "curves.png")
    values = curves(figures[0])[0]["loss"]
    assert values[0] != values[0]
    assert figures[0].get_axes()[0].get_ylim()[0] < -1


def test_nothing_trained_is_nothing_drawn(tmp_path):
    draw([], tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
