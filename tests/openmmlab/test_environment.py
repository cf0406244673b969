"""What the environment tells torch before it is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = (
    "import os, sys; import segdet_kit.openmmlab;"
    "assert 'torch' not in sys.modules; print(os.environ['THP_MEM_ALLOC_ENABLE'])"
)


@pytest.mark.parametrize(("given", "kept"), [({}, "1"), ({"THP_MEM_ALLOC_ENABLE": "0"}, "0")])
def test_torch_is_told_to_use_huge_pages_unless_the_user_said_otherwise(
    given: dict[str, str], kept: str
) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "THP_MEM_ALLOC_ENABLE"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env=environment | given,
    )
    assert done.stdout.strip() == kept
