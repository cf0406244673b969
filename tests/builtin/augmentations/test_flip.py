"""What a flip can be told."""

from __future__ import annotations

import pytest

from segdet_kit.builtin.augmentations.flip import Flip
from segdet_kit.errors import KitError


def test_an_unknown_direction_is_refused_with_those_that_exist() -> None:
    with pytest.raises(KitError, match="flip: unknown direction 'sideways'") as error:
        Flip(direction="sideways")
    assert error.value.hint == "use one of horizontal, vertical, diagonal"
