"""Draws a street as a camera sees it at a moment, with the class and identity of each pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from segdet_driving.road.camera import Camera
from segdet_driving.road.canvas import Canvas
from segdet_driving.road.street import FAR_PATH, LANE, SIGHT, Car, Fixture, Person, Street
from segdet_driving.road.surroundings import paint_fixture, paint_ground, paint_house
from segdet_driving.road.traffic import paint_car, paint_person, paint_shadow
from segdet_driving.scene_classes import CLASSES

OWNERS = {name: number for number, name in enumerate(CLASSES)}
"""What pixels belong to: one of these, or car or person n, which is ``len(CLASSES) + n``."""


@dataclass(frozen=True)
class Frame:
    """A picture, RGB uint8 (H, W, 3), and its truth.

    ``labels``: uint8 (H, W), indices of ``CLASSES``. ``identities``: int32 (H, W), which car or person a
    pixel belongs to, 0 for none; the same one has the same number in each frame of its street.
    """

    image: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    identities: npt.NDArray[np.int32]


def draw(street: Street, time: float, size: tuple[int, int], rng: np.random.Generator) -> Frame:
    """Draw a street so many seconds into the drive, ``size`` being height and width.

    ``rng``: of the camera's noise.
    """
    top, haze, brightness = street.light
    canvas = Canvas(_camera(street, time, size), haze, brightness)
    here = canvas.camera.z
    canvas.sky(top, OWNERS["sky"])
    paint_ground(canvas, OWNERS)
    for house in sorted(street.houses, key=lambda each: -each.z):
        if here < house.z + house.length and house.z < here + 2 * SIGHT:
            paint_house(canvas, house, OWNERS["building"])
    movers: list[Car | Person] = [*_cars(street, time), *_people(street, time)]
    solid: list[Car | Person | Fixture] = [*movers, *street.fixtures]
    in_sight = [each for each in solid if here - 3 < each.z < here + SIGHT]
    for each in sorted(in_sight, key=lambda each: -each.z):
        if isinstance(each, Fixture):
            paint_fixture(canvas, each, OWNERS["vegetation" if each.kind == "tree" else "object"])
        elif isinstance(each, Car):
            paint_shadow(canvas, each, OWNERS["road"])
            paint_car(canvas, each, len(CLASSES) + each.identity)
        else:
            paint_person(canvas, each, time, len(CLASSES) + each.identity)
    owners = canvas.owners()
    labels = np.zeros(len(CLASSES) + len(movers) + 1, np.uint8)
    labels[: len(CLASSES)] = range(len(CLASSES))
    for mover in movers:
        labels[len(CLASSES) + mover.identity] = OWNERS["car" if isinstance(mover, Car) else "person"]
    return Frame(_photograph(canvas.image(), rng), labels[owners], np.maximum(owners - len(CLASSES), 0))


def _camera(street: Street, time: float, size: tuple[int, int]) -> Camera:
    """Return the camera at a moment: its car follows the bends, sways in its lane, and nods."""
    bend = street.bend * np.sin(street.phase + 0.25 * time)
    sway = 0.15 * np.sin(street.phase + 0.7 * time)
    nod = 0.004 * np.sin(2 * street.phase + 4.1 * time) + 0.002 * np.sin(9 * time)
    return Camera(*size, LANE + sway, street.speed * time, nod, bend)


def _cars(street: Street, time: float) -> list[Car]:
    return [replace(car, z=car.z + car.speed * time) for car in street.cars]


def _people(street: Street, time: float) -> list[Person]:
    moved = []
    for person in street.people:
        walked = max(time - person.start, 0)
        x = float(np.clip(person.x + person.speed[0] * walked, -FAR_PATH, FAR_PATH))
        moved.append(replace(person, x=x, z=person.z + person.speed[1] * walked))
    return moved


def _photograph(image: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Blur as a lens does, and add a sensor's noise."""
    blurred: npt.NDArray[np.uint8] = cv2.GaussianBlur(image, (0, 0), sigmaX=0.5)
    noisy = blurred + rng.normal(0, 4, image.shape)
    return np.rint(noisy).clip(0, 255).astype(np.uint8)
