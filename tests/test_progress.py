from __future__ import annotations

import io
import sys

import pytest

from segdet_kit.progress import shown, track


def test_every_item_comes_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(iter("abc"), 3, "working")) == ["a", "b", "c"]
    assert capsys.readouterr().out == ""


def test_a_long_loop_prints_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    list(track(range(1000), 1000, "working"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "working  100/1000"
    assert lines[-1] == "working  1000/1000"


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(track(range(3), 3, "working")) == [0, 1, 2]
    assert "100%" in sys.stderr.getvalue()


def test_bytes_are_told_by_tenths(capsys: pytest.CaptureFixture[str]) -> None:
    show = shown("sent")
    for done in range(0, 20_000_001, 100_000):
        show(done, 20_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "sent  2.0/20.0 MB"
    assert lines[-1] == "sent  20.0/20.0 MB"


def test_items_of_an_unknown_number_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(250), None, "frames")) == list(range(250))
    assert capsys.readouterr().err.splitlines() == ["frames  100", "frames  200"]
