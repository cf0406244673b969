from __future__ import annotations

import pytest

from tests.testing.conftest import Judge

OFFER = "@hookimpl\ndef register_backbones():\n    return [{}]\n"
DESCRIBED = "Backbone(name='net', target='a:B', out_channels=(8,), strides=(4,), {})"


@pytest.mark.parametrize("more", ["summary='a' * 101", "summary=' a net'"])
def test_a_summary_that_is_no_line_of_a_list_is_caught(judge: Judge, more: str) -> None:
    said = judge("name and summary are well formed", OFFER.format(DESCRIBED.format(more)))
    assert "the summary has" in said


def test_a_name_that_nobody_would_write_is_caught(judge: Judge) -> None:
    said = judge("name and summary are well formed", OFFER.format(f"backbone('{'long' * 11}')"))
    assert "the name has 44 characters" in said


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ("{'type': 'relu'}", "type, which configs use themselves"),
        ("{'options': {'class': 1}}", "cannot be read back"),
    ],
)
def test_defaults_that_a_config_does_not_keep_are_caught(judge: Judge, defaults: str, said: str) -> None:
    title = "defaults survive a config dump"
    assert said in judge(title, OFFER.format(f"backbone('net', defaults={defaults})"))


def test_plain_defaults_survive(judge: Judge) -> None:
    plain = "{'a': (1, 2.5), 'b': [None, True], 'c': {'d': 'e', 'f': -1e-7}, 'g': float('inf'), 'h': ()}"
    assert judge("defaults survive a config dump", OFFER.format(f"backbone('net', defaults={plain})")) == ""
