"""Colours of classes that colour-blind readers can tell apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

RGB = tuple[int, int, int]

OKABE_ITO: tuple[RGB, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
"""Okabe and Ito 2008, Color Universal Design, without black."""

SHADES = (1.0, 0.55, 1.5)
GREY: RGB = (128, 128, 128)
UNCOLOURED = frozenset({"background", "unlabeled", "unlabelled", "void"})


def colours(classes: Sequence[str]) -> list[RGB]:
    """Return a colour for each class, the same for the same list wherever it is drawn.

    Seven are told apart by everyone. More repeat them darker, then lighter, and after 21 anew: there
    names on the picture must help. A background takes no colour of another class: it is grey.
    """
    endless = itertools.cycle(_shaded(colour, shade) for shade in SHADES for colour in OKABE_ITO)
    return [next(endless) if is_coloured(name) else GREY for name in classes]


def is_coloured(name: str) -> bool:
    """Tell whether pixels of a class are tinted: what is nothing keeps the colours of the image."""
    return name.lower() not in UNCOLOURED


def contrast(colour: RGB) -> RGB:
    """Return black or white, whichever reads better on ``colour`` (luminance as in ITU-R BT.601)."""
    red, green, blue = colour
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else (255, 255, 255)


def _shaded(colour: RGB, shade: float) -> RGB:
    """Darken below 1, and lighten above: 1.5 is half way to white."""
    if shade <= 1:
        red, green, blue = (round(value * shade) for value in colour)
    else:
        red, green, blue = (round(value + (255 - value) * (shade - 1)) for value in colour)
    return red, green, blue
