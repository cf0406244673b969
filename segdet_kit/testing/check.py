"""One thing that a plugin must do."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from segdet_kit.errors import KitError


class CheckFailure(KitError):  # noqa: N818 - it is the plugin that fails
    """What a plugin does wrong. ``message``: what was seen; ``hint``: what to change."""


@dataclass(frozen=True)
class Check:
    """A check by its name, ``"backbone/tiny: channels and strides as declared"``."""

    id: str
    body: Callable[[], None]

    def run(self) -> None:
        """Raise ``CheckFailure`` unless the plugin does what the check asks."""
        try:
            self.body()
        except CheckFailure:
            raise
        except Exception as error:  # the check runs foreign code, which may raise anything
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise CheckFailure(
                f"{type(error).__name__}: {' '.join(str(error).split())}",
                f"mend what raises it, at {last.filename}:{last.lineno}",
            ) from error
