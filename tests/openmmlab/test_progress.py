from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from segdet_kit.openmmlab.metrics_log import MetricsLog
from segdet_kit.openmmlab.progress import ProgressHook, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def train(tmp_path, loss: float = 0.5) -> None:
    """Two iterations with a line at the second, and a validation."""
    metrics = MetricsLog(tmp_path / "metrics.jsonl")
    hook = ProgressHook(metrics)
    runner = SimpleNamespace(iter=0, max_iters=6, train_dataloader=range(2))
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    runner.iter = 1
    metrics.append({"step": 2, "epoch": 1, "loss": loss, "images_per_second": 12.34})
    hook.after_train_iter(runner, 1)
    runner.iter = 2
    metrics.append({"step": 2, "epoch": 1, "val": {"mIoU": 0.25, "aAcc": None}})
    hook.after_val_epoch(runner)
    hook.close()
    hook.close()


def test_without_a_terminal_there_are_plain_lines_on_stderr(tmp_path, capsys):
    train(tmp_path)
    out, err = capsys.readouterr()
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("epoch 1/3  step 2/6  loss 0.5  12.3 images/s  ")
    assert first.endswith(" left")
    assert second == "epoch 1/3  validation  mIoU 0.25"


def test_a_loss_that_is_no_number_is_said(tmp_path, capsys):
    train(tmp_path, float("nan"))
    assert "loss nan" in capsys.readouterr().err


def test_on_a_terminal_there_is_a_bar(tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    train(tmp_path)
    text = terminal.getvalue()
    for shown in ("epoch 1/3", "2/6", "loss 0.5", "12.3 images/s", "left", "validation  mIoU 0.25"):
        assert shown in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0s"), (42, "42s"), (59.6, "1m 00s"), (185, "3m 05s"), (7800, "2h 10m"), (360000, "100h 00m")],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text
