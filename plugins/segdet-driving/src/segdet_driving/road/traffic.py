"""Paints what moves: cars and people."""

from __future__ import annotations

import numpy as np

from segdet_driving.road.camera import Floats
from segdet_driving.road.canvas import Canvas
from segdet_driving.road.outlines import disc, front, strip, wall, wheel
from segdet_driving.road.street import Car, Person

WIDTH = 1.75
"""Of cars, in metres."""
BELT = 0.95
"""Height of a car's body, on which its cabin stands."""
GLASS, TYRE, SHADOW = (48.0, 58.0, 70.0), (26.0, 26.0, 28.0), (52.0, 52.0, 56.0)
REAR, FRONT_LIGHT = (190.0, 30.0, 30.0), (250.0, 245.0, 215.0)


def paint_shadow(canvas: Canvas, car: Car, owner: int) -> None:
    """Paint the shadow of a car on the road, which stays the road's."""
    half = car.length / 2
    canvas.paint([strip(car.x - 0.95, car.x + 0.95, car.z - half, car.z + half)], SHADOW, owner)


def paint_car(canvas: Canvas, car: Car, owner: int) -> None:
    """Paint the faces of a car's body and cabin that the camera can see, the hidden ones first."""
    near, far = car.z - car.length / 2, car.z + car.length / 2
    left, right = car.x - WIDTH / 2, car.x + WIDTH / 2
    side = left if car.x > canvas.camera.x else right
    inward = 0.12 if side == left else -0.12
    lights = FRONT_LIGHT if car.speed < 0 else REAR
    cabin_near, cabin_far = car.z - car.cabin / 2, car.z + car.cabin / 2

    def paint(outline: Floats, colour: tuple[float, float, float], shade: float = 1.0) -> None:
        canvas.paint([outline], colour, owner, shade)

    paint(strip(left, right, near, far, BELT), car.colour, 1.15)
    pillars = wall(side + inward, cabin_near, cabin_far, BELT, car.height)
    pillars[[1, 2], 2] += (0.25, -0.25)  # the windscreens lean
    paint(pillars, car.colour, 0.95)
    paint(wall(side + inward, cabin_near + 0.3, cabin_far - 0.3, BELT + 0.07, car.height - 0.12), GLASS)
    screen = front(left + 0.12, right - 0.12, BELT, car.height, cabin_near)
    screen[[1, 2], 2] += 0.25
    paint(screen, car.colour, 0.85)
    paint(front(left + 0.24, right - 0.24, BELT + 0.07, car.height - 0.1, cabin_near), GLASS, 1.2)
    paint(wall(side, near, far, 0.28, BELT), car.colour, 0.9)
    for z in (far - 0.85, near + 0.85):
        paint(wheel(side, z, 0.34), TYRE)
    paint(front(left, right, 0.28, BELT, near), car.colour, 0.75)
    for x in (left + 0.05, right - 0.4):
        paint(front(x, x + 0.35, 0.62, 0.82, near), lights)
    for x in (left + 0.1, right - 0.35):
        paint(front(x, x + 0.25, 0.0, 0.3, near), TYRE)
    paint(front(car.x - 0.28, car.x + 0.28, 0.42, 0.56, near), FRONT_LIGHT, 0.85)


def paint_person(canvas: Canvas, person: Person, time: float, owner: int) -> None:
    """Paint somebody who walks: legs and arms swing with the steps."""
    x, z, tall = person.x, person.z, person.height
    legs, body, skin = person.clothes
    swing = 0.13 * tall * np.sin(person.stride + 6 * time)
    for foot, shade in ((x - swing, 0.8), (x + swing, 1.0)):
        leg = front(x - 0.07 * tall, x + 0.07 * tall, 0, 0.5 * tall, z)
        leg[[0, 3], 0] += foot - x
        canvas.paint([leg], legs, owner, shade)
    arms = front(x - 0.17 * tall, x + 0.17 * tall, 0.45 * tall, 0.8 * tall, z)
    arms[[0, 3], 0] -= swing * 0.4
    canvas.paint([arms], body, owner, 0.85)
    canvas.paint([front(x - 0.12 * tall, x + 0.12 * tall, 0.46 * tall, 0.83 * tall, z)], body, owner)
    canvas.paint([disc(x, 0.91 * tall, z, 0.065 * tall, 0.09 * tall)], skin, owner)
