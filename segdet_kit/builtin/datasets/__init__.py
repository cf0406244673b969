"""Datasets that come with the kit: their descriptions. Implementations are imported on use."""

from __future__ import annotations

from segdet_kit.components import DETECTION_TASKS, Dataset
from segdet_kit.hookspecs import hookimpl

SHAPES = ("disk", "square", "triangle", "star")


@hookimpl
def register_datasets() -> list[Dataset]:
    """Offer the kit's own datasets."""
    return [
        Dataset(
            name="coco",
            target="segdet_kit.builtin.datasets.coco:CocoFolder",
            summary="COCO JSON annotations: boxes and masks",
            tasks=("detection", "instance"),
            layout="annotations/instances_{split}2017.json, images/{split}2017/*",
        ),
        Dataset(
            name="coco-panoptic",
            target="segdet_kit.builtin.datasets.coco_panoptic:CocoPanopticFolder",
            summary="COCO's panoptic JSON, and PNGs of segment ids",
            tasks=("panoptic",),
            layout="annotations/panoptic_{split}2017.json, annotations/panoptic_{split}2017/*.png, "
            "images/{split}2017/*",
        ),
        Dataset(
            name="voc",
            target="segdet_kit.builtin.datasets.voc:VocFolder",
            summary="Pascal VOC XML annotations: boxes",
            tasks=("detection",),
            layout="JPEGImages/*, Annotations/*.xml, ImageSets/Main/{split}.txt",
        ),
        Dataset(
            name="mask-folders",
            target="segdet_kit.builtin.datasets.mask_folders:MaskFolders",
            summary="Images and PNG label maps of class ids, in two folders",
            tasks=("semantic",),
            layout="images/{split}/*, labels/{split}/*.png",
        ),
        Dataset(
            name="instance-folders",
            target="segdet_kit.builtin.datasets.instance_folders:InstanceFolders",
            summary="A folder for each image, in it a PNG mask for each object of one class",
            tasks=("detection", "instance", "semantic"),
            layout="stage1_train/NAME/images/*, stage1_train/NAME/masks/*.png, splits/{split}.txt",
        ),
        Dataset(
            name="yolo",
            target="segdet_kit.builtin.datasets.yolo:YoloFolder",
            summary="YOLO's text files: boxes or polygons",
            tasks=("detection", "instance"),
            layout="data.yaml; images/{split}/* and labels/{split}/*.txt, or as data.yaml says",
        ),
        Dataset(
            name="labelme",
            target="segdet_kit.builtin.datasets.labelme:LabelMeFolder",
            summary="LabelMe's JSON files: polygons, rectangles, circles and masks",
            tasks=("detection", "instance"),
            layout="{split}/*.json, and the images that they name",
        ),
        Dataset(
            name="shapes",
            target="segdet_kit.builtin.datasets.shapes:shapes",
            summary="Generated textured figures that hide one another: needs no download",
            layout="generated on first use; needs no files",
            classes={
                **dict.fromkeys(DETECTION_TASKS, SHAPES),
                "semantic": ("background", *SHAPES),
            },
            stuff=("background",),
        ),
    ]
