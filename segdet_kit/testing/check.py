"""One thing that a plugin must do."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from segdet_kit.errors import KitError
from segdet_kit.testing.probe import HEAVY

NOT_THE_PLUGIN = re.compile(rf"[/\\](?:{'|'.join(HEAVY)}|segdet_kit[/\\]testing)[/\\]|<frozen")


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
            if isinstance(error, KitError) and error.hint:
                raise CheckFailure(error.message, error.hint) from error
            text = " ".join(str(error).split())
            raise CheckFailure(f"{type(error).__name__}: {text}", f"mend {_place(error)}") from error


def _place(error: Exception) -> str:
    """The last line that led to an error outside of OpenMMLab and of the checks, if any is."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not NOT_THE_PLUGIN.search(frame.filename)]
    last = (own or frames)[-1]
    return f"what led to it at {last.filename}:{last.lineno}"
