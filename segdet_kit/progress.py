"""How far a loop is, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
LINES = 10
EVERY = 100
"""Items to a line where nobody knows how many there will be."""


def track(items: Iterable[T], total: int | None, what: str) -> Iterator[T]:
    """Yield the items, and show how many are done of ``total``, where that is known. ``what``: such as
    ``"testing"``.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as bar

        yield from bar(items, what, total, console=Console(stderr=True))
        return
    for done, item in enumerate(items, start=1):
        yield item
        if total is None:
            due, of_all = done % EVERY == 0, ""
        else:
            due, of_all = done * LINES // total > (done - 1) * LINES // total, f"/{total}"
        if due:
            sys.stderr.write(f"{what}  {done}{of_all}\n")
            sys.stderr.flush()


def shown(what: str) -> Callable[[int, int], None]:
    """Return a function of the bytes done and of all bytes, which prints each tenth."""
    told = 0

    def show(done: int, total: int) -> None:
        nonlocal told
        if (tenths := done * LINES // total) > told:
            told = tenths
            sys.stderr.write(f"{what}  {done / 1e6:.1f}/{total / 1e6:.1f} MB\n")
            sys.stderr.flush()

    return show
