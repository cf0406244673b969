"""Ctrl-C and SIGTERM as a request: the running iteration is finished and saved first."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):  # noqa: N818 - not an error: someone asked for it
    """Leaves the training loop after a checkpoint was written."""


class StopRequest:
    """Remembers the first signal. A second one interrupts at once."""

    signal: signal.Signals | None = None

    @property
    def exit_status(self) -> int:
        """The shell's status for a process ended by that signal, 0 if there was none."""
        return 128 + self.signal if self.signal else 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM meanwhile. Only the main thread can; others leave them as they are."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._process = os.getpid()
        before = {number: signal.signal(number, self._receive) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            # A forked data loading worker. The terminal sends it Ctrl-C too, but its parent still
            # needs its samples; SIGTERM is how its parent ends it.
            if number == signal.SIGTERM:
                os._exit(128 + number)
            return
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = signal.Signals(number)
