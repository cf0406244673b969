"""Draws a drive along a street: ``python -m segdet_driving drive.mp4``."""

from __future__ import annotations

import argparse
from pathlib import Path

from segdet_driving.recording import recording
from segdet_driving.road.clips import drive
from segdet_driving.road.truth import Truth
from segdet_kit.data.generated import write_json


def main(arguments: list[str] | None = None) -> None:
    """Write a video, and beside it what is true of it: COCO's JSON with identities as ``track_id``."""
    parser = argparse.ArgumentParser("python -m segdet_driving", description=__doc__)
    parser.add_argument(
        "video", type=Path, help="the .mp4 file to write; its truth goes to a .json of its name"
    )
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--frames-per-second", type=float, default=10.0)
    parser.add_argument("--size", type=int, nargs=2, default=(256, 448), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    height, width = given.size
    rate = given.frames_per_second
    truth = Truth()
    with recording(given.video, rate, (height, width)) as add:
        frames = drive((given.seed,), round(given.seconds * rate), rate, (height, width))
        for number, frame in enumerate(frames):
            add(frame.image)
            truth.add(given.video.name, frame, clip=0, number=number, seconds=number / rate)
    write_json(given.video.with_suffix(".json"), truth.document())


if __name__ == "__main__":
    main()
