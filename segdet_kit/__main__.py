"""Entry point of the command ``segdet-kit``: a user's mistake is two lines and exit status 2."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from segdet_kit.errors import KitError


def main() -> None:
    """Run the command line."""
    from segdet_kit.cli import app

    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except KitError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - the command line's own voice
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _end(number: int, _frame: FrameType | None) -> None:
    """End as an error does, so that what is half written is taken away."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
