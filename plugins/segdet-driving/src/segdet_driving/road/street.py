"""What a street holds, and where it is at any time. Drawn from a seed; metres and seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Colour = tuple[float, float, float]
"""Red, green and blue in 0..255."""

LANE = 1.65
"""Middle of each of the two lanes, right and left of the road's middle."""
PARKING = 4.2
KERB = 5.2
FOOTPATH = 6.3
FAR_PATH = 7.6
"""Nobody walks farther from the road's middle."""
FRONT = 8.5
"""Of the houses."""
SIGHT = 48.0
"""How far the camera sees. Fog hides how things come into sight."""


@dataclass(frozen=True)
class Car:
    """``z``: of its middle at time 0. ``speed``: along the road, negative for those that come towards us."""

    identity: int
    x: float
    z: float
    speed: float
    colour: Colour
    length: float
    cabin: float
    height: float


@dataclass(frozen=True)
class Person:
    """``speed``: (x, z) in metres a second, from ``start`` on. ``clothes``: of legs, body and head."""

    identity: int
    x: float
    z: float
    speed: tuple[float, float]
    height: float
    stride: float
    clothes: tuple[Colour, Colour, Colour]
    start: float = 0.0


@dataclass(frozen=True)
class House:
    """Beside the road, on the ``side`` -1 or 1, from ``z`` on."""

    side: int
    z: float
    length: float
    height: float
    colour: Colour
    window: Colour


@dataclass(frozen=True)
class Fixture:
    """What stands beside the road and is neither car nor person nor house."""

    kind: str
    x: float
    z: float
    height: float
    colour: Colour


@dataclass(frozen=True)
class Street:
    """A street, and the car with the camera that drives along it at ``speed``.

    ``light``: colour of the sky at its top and at the horizon, and how bright all is. ``bend``: the most that
    the road turns. ``phase``: of the turns and of the camera's nodding.
    """

    speed: float
    cars: tuple[Car, ...]
    people: tuple[Person, ...]
    houses: tuple[House, ...]
    fixtures: tuple[Fixture, ...]
    light: tuple[Colour, Colour, float]
    bend: float
    phase: float


def make_street(rng: np.random.Generator, seconds: float) -> Street:
    """Return a street that is full for so long a drive."""
    speed = float(rng.uniform(5, 10))
    end = SIGHT + speed * seconds
    numbers = iter(range(1, 10**6))
    cars = tuple(_cars(rng, numbers, speed, seconds, end))
    people = tuple(_people(rng, numbers, speed, seconds, end))
    gaps: list[tuple[int, float, float]] = []
    houses = tuple(_houses(rng, end, gaps))
    fixtures = tuple(_fixtures(rng, end, gaps))
    sky = np.array([(120, 165, 225), (165, 175, 190), (205, 160, 140)][rng.integers(3)])
    top, haze = sky + rng.normal(0, 8, 3), sky * 0.4 + 140
    light = (_rgb(top), _rgb(haze), float(rng.uniform(0.7, 1.1)))
    bend = float(rng.uniform(-0.004, 0.004))
    return Street(speed, cars, people, houses, fixtures, light, bend, float(rng.uniform(0, 2 * np.pi)))


def _cars(
    rng: np.random.Generator, numbers: Iterator[int], speed: float, seconds: float, end: float
) -> Iterator[Car]:
    towards = float(rng.uniform(5, 9))
    lanes = [  # x, speed, first, last, least and most distance
        (LANE, speed * rng.uniform(0.97, 1.08), 11, SIGHT, 9, 30),
        (-LANE, -towards, 8, end + towards * seconds, 10, 45),
        (PARKING, 0.0, 3, end, 6, 26),
        (-PARKING, 0.0, 3, end, 6, 26),
    ]
    for x, pace, first, last, least, most in lanes:
        z = first + rng.uniform(0, most - least)
        while z < last:
            van = rng.random() < 0.2
            length = rng.uniform(3.8, 4.8)
            yield Car(
                identity=next(numbers),
                x=x + rng.normal(0, 0.12),
                z=z,
                speed=pace,
                colour=_rgb(rng.uniform(25, 235) + rng.normal(0, 45, 3)),
                length=length,
                cabin=length * 0.9 if van else length * rng.uniform(0.45, 0.6),
                height=rng.uniform(1.8, 2.1) if van else rng.uniform(1.4, 1.6),
            )
            z += rng.uniform(least, most)


def _people(
    rng: np.random.Generator, numbers: Iterator[int], speed: float, seconds: float, end: float
) -> Iterator[Person]:
    def person(x: float, z: float, walk: tuple[float, float], start: float = 0.0) -> Person:
        skin = np.array((225, 185, 160)) * rng.uniform(0.4, 1)
        clothes = (_rgb(rng.uniform(20, 120, 3)), _rgb(rng.uniform(20, 230, 3)), _rgb(skin))
        return Person(next(numbers), x, z, walk, rng.uniform(1.5, 1.9), rng.uniform(0, 6), clothes, start)

    for side in (-1, 1):
        z = rng.uniform(4, 15)
        while z < end:
            walk = rng.choice((-1, 1)) * rng.uniform(0.9, 1.6)
            yield person(side * (FOOTPATH + rng.normal(0, 0.4)), z, (0.0, walk))
            z += rng.uniform(2, 16)
    for start in np.arange(
        rng.uniform(0, 5), seconds, 5.0
    ).tolist():  # some cross the road, and are over in time
        side = rng.choice((-1, 1))
        pace = rng.uniform(1.1, 1.7)
        z = speed * (start + 2 * KERB / pace) + rng.uniform(4, 12)
        yield person(side * FOOTPATH, z, (-side * pace, 0.0), start)


def _houses(rng: np.random.Generator, end: float, gaps: list[tuple[int, float, float]]) -> Iterator[House]:
    for side in (-1, 1):
        z = -10.0
        while z < end:
            length = rng.uniform(7, 16)
            if rng.random() < 0.7:
                wall = rng.uniform(90, 210) + rng.normal(0, 22, 3)
                window = _rgb(wall * rng.uniform(0.3, 0.6))
                yield House(side, z, length, rng.uniform(5, 14), _rgb(wall), window)
            else:
                gaps.append((side, z, length))
            z += length


def _fixtures(
    rng: np.random.Generator, end: float, gaps: list[tuple[int, float, float]]
) -> Iterator[Fixture]:
    def green() -> Colour:
        return _rgb(np.array((70, 110, 50)) * rng.uniform(0.6, 1.3) + rng.normal(0, 8, 3))

    for side, z, length in gaps:
        for _ in range(rng.integers(1, 4)):
            x = side * rng.uniform(FRONT, FRONT + 4)
            yield Fixture("tree", x, z + rng.uniform(0, length), rng.uniform(3.5, 8), green())
    for side in (-1, 1):
        z = rng.uniform(3, 12)
        while z < end:
            kind = str(rng.choice(("lamp", "sign", "bin", "tree"), p=(0.35, 0.25, 0.25, 0.15)))
            height = {"lamp": 5.5, "sign": 2.4, "bin": 1.1, "tree": 4.5}[kind] * rng.uniform(0.9, 1.15)
            colour = green() if kind == "tree" else _rgb(rng.uniform(40, 220, 3))
            yield Fixture(kind, side * (KERB + 0.35), z, height, colour)
            z += rng.uniform(5, 14)


def _rgb(values: npt.NDArray[np.floating]) -> Colour:
    red, green, blue = np.clip(values, 0, 255).tolist()
    return red, green, blue
