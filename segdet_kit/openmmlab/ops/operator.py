"""What is known of one of mmcv's operators, and the way to its implementation. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from typing import Any

FLOATS = ("float16", "bfloat16", "float32", "float64")


@dataclass(frozen=True)
class Operator:
    """One function of ``mmcv._ext``: where the kit implements it, what it does, and what is known of it.

    ``by``: the library that computes it. ``reference``: what the tests hold its values, and its gradient,
    against. ``dtypes``: torch's names of those that its first tensor, whose dtype mmcv goes by, may have.
    ``differentiable``: whether the table has its gradient too.
    """

    target: str
    summary: str
    by: str
    reference: str
    dtypes: tuple[str, ...]
    differentiable: bool

    def load(self) -> Callable[..., Any]:
        """Import the implementation, and torch with it. It raises TypeError for a dtype it does not take."""
        module, name = self.target.split(":")
        function: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), name)
        if not self.dtypes:
            return function

        @wraps(function)
        def checked(first: Any, *args: Any, **kwargs: Any) -> Any:
            if str(first.dtype).removeprefix("torch.") not in self.dtypes:
                raise TypeError(f"mmcv's operator {name!r} takes {', '.join(self.dtypes)}, not {first.dtype}")
            return function(first, *args, **kwargs)

        return checked


def family(
    module: str,
    by: str,
    reference: str,
    dtypes: tuple[str, ...] = FLOATS,
    own_gradient: bool = False,
    **summaries: str,
) -> dict[str, Operator]:
    """Operators of one module of which the same holds, each under its own name.

    ``own_gradient``: mmcv computes their gradient with the operator itself, not with one named backward.
    """

    def differentiable(name: str) -> bool:
        stem, forward, _ = name.partition("_forward")
        return own_gradient or (bool(forward) and any(o.startswith(f"{stem}_backward") for o in summaries))

    return {
        name: Operator(f"{module}:{name}", summary, by, reference, dtypes, differentiable(name))
        for name, summary in summaries.items()
    }
