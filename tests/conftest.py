"""Fixtures that many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fake_plugins import make_plugin  # noqa: F401 - a fixture
from tests.fake_reader import offer_readers  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def segdet_data() -> Path:
    """The folder of real data sets. CI must have it; elsewhere the tests that need it are skipped."""
    root = os.environ.get("SEGDET_DATA")
    if root is None:
        if os.environ.get("CI"):
            pytest.fail("SEGDET_DATA must name the folder of real data sets")
        pytest.skip("SEGDET_DATA is not set")
    return Path(root)
