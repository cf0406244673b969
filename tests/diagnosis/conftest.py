from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_site import FakeSite


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSite:
    """A healthy stack that imports in no time, to be broken by the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    site = FakeSite(tmp_path)
    site.healthy_stack()
    return site
