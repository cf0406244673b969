"""Entry point of the command ``segdet-kit``: a user's mistake is two lines and exit status 2."""

from __future__ import annotations

import sys

from segdet_kit.errors import KitError


def main() -> None:
    """Run the command line."""
    from segdet_kit.cli import app

    try:
        app()
    except KitError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201 - the command line's own voice
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    main()
