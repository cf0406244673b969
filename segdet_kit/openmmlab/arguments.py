"""A component that does not take the arguments a config gives it is the config's mistake."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from segdet_kit.errors import RecipeError
from segdet_kit.suggest import nearest

UNFIT = re.compile(r"got an unexpected keyword argument '(\w+)'|missing \d+ required|got multiple values for")


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
        unfit = UNFIT.search(str(error))
        if unfit is None or "**" not in (caller.line or ""):
            raise
        takes = _parameters(_built(error.__traceback__))
        guess = nearest(unfit[1], takes) if unfit[1] else None
        raise RecipeError(
            f"arguments that do not fit: {error}",
            (f"did you mean {guess!r}? " if guess else "")
            + (
                f"it takes: {', '.join(takes)}"
                if takes
                else "segdet-kit plugins info NAME says what it takes"
            ),
        ) from error


def _built(frames: TracebackType | None) -> Any:
    """Return what mmengine was building when the call failed."""
    found = None
    for frame, _ in traceback.walk_tb(frames):
        if frame.f_code.co_name == "build_from_cfg":
            found = frame.f_locals.get("obj_cls")
    return found


def _parameters(built: Any) -> list[str]:
    """Return the names of the arguments of a function, or of a class and of those it passes the rest to."""
    functions = (
        [vars(cls).get("__init__") for cls in built.__mro__[:-1]] if inspect.isclass(built) else [built]
    )
    names: dict[str, None] = {}
    for function in functions:
        if not inspect.isfunction(function):
            continue
        parameters = inspect.signature(function).parameters.values()
        names |= {
            each.name: None for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        }
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            break
    names.pop("self", None)
    return list(names)
