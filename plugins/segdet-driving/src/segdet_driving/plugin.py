"""What this plugin offers. Imports neither torch nor OpenCV."""

from __future__ import annotations

from segdet_driving import labels, scene_classes
from segdet_kit import Dataset, Reader, hookimpl

conformance_cases = "segdet_driving.cases:cases"


@hookimpl
def register_datasets() -> list[Dataset]:
    """Offer Cityscapes, and generated street scenes that need no download."""
    return [
        Dataset(
            name="cityscapes",
            target="segdet_driving.cityscapes:cityscapes",
            summary="Cityscapes as it is downloaded: labels or objects of street scenes",
            tasks=("detection", "instance", "semantic"),
            layout="leftImg8bit/{split}/CITY/*_leftImg8bit.png, gtFine/{split}/CITY/*_gtFine_labelIds.png "
            "or *_gtFine_instanceIds.png",
            classes={
                "detection": labels.OBJECTS,
                "instance": labels.OBJECTS,
                "semantic": labels.CLASSES,
            },
        ),
        Dataset(
            name="road-scenes",
            target="segdet_driving.road_scenes:road_scenes",
            summary="Generated drives along streets, with identities: needs no download",
            tasks=("detection", "instance", "semantic"),
            layout="generated on first use; needs no files",
            classes={
                "detection": scene_classes.THINGS,
                "instance": scene_classes.THINGS,
                "semantic": scene_classes.CLASSES,
            },
        ),
    ]


@hookimpl
def register_readers() -> list[Reader]:
    """Offer videos and cameras, whose objects keep an identity from frame to frame with ``--track``."""
    return [
        Reader(
            name="video",
            target="segdet_driving.video:Video",
            summary="Videos, by OpenCV; results are written as a video",
            suffixes=(".mp4", ".avi", ".mkv", ".mov"),
            writer="segdet_driving.video:write_video",
            tracker="segdet_driving.tracking:ByteTrack",
        ),
        Reader(
            name="camera",
            target="segdet_driving.camera:read_camera",
            summary="A camera of this machine, for a while: camera:0",
            prefixes=("camera:",),
            defaults={"seconds": 10.0},
            writer="segdet_driving.video:write_video",
            tracker="segdet_driving.tracking:ByteTrack",
        ),
    ]
