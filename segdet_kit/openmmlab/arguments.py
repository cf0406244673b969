"""A component that does not take the arguments a config gives it is the config's mistake."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from segdet_kit.errors import RecipeError

UNFIT = re.compile(r"got an unexpected keyword argument|missing \d+ required|got multiple values for")


@contextmanager
def arguments_checked() -> Iterator[None]:
    """Turn the ``TypeError`` of a call with a config's arguments into a ``RecipeError``.

    Only where such a call itself fails, which passes ``**arguments`` on; any other ``TypeError`` is a
    fault of the code and keeps its traceback.
    """
    try:
        yield
    except TypeError as error:
        caller = traceback.extract_tb(error.__traceback__)[-1]
        if UNFIT.search(str(error)) and "**" in (caller.line or ""):
            raise RecipeError(
                f"arguments that do not fit: {error}",
                "segdet-kit plugins info NAME lists what a component takes",
            ) from error
        raise
