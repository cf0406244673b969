"""Reads boxes in Pascal VOC's XML for detection."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mmdet.datasets import BaseDetDataset
from PIL import Image

from segdet_kit.builtin.datasets.layout import by_stem, examples, locate
from segdet_kit.components import Task
from segdet_kit.errors import ClassNameError, DataError

logger = logging.getLogger(__name__)


class VocFolder(BaseDetDataset):  # type: ignore[misc]
    """Pascal VOC's folders (Everingham et al. 2010): images, an XML file for each, lists of names.

    ``images``, ``annotations`` and ``split_file`` are paths below ``root``, in the last of which
    ``{split}`` stands for the split. VOC counts pixels from 1 and includes the last one, so that a box
    (xmin, ymin, xmax, ymax) becomes [xmin - 1, ymin - 1, xmax, ymax] here, clipped to the image.
    ``difficult`` becomes ``ignore_flag``. Boxes that are a single row, column or point are faults:
    they are dropped, and their number is logged. Objects of other names than ``classes`` are ignored.
    ``options`` are those of mmengine's ``BaseDataset``.

    Raises ``DataError`` when files are missing or malformed, the split is empty, or no file at all
    names one of the classes.
    """

    def __init__(
        self,
        *,
        task: Task,
        split: str,
        classes: Sequence[str],
        root: str,
        pipeline: Sequence[Any] = (),
        images: str = "JPEGImages",
        annotations: str = "Annotations",
        split_file: str = "ImageSets/Main/{split}.txt",
        **options: Any,
    ) -> None:
        self.task = task
        self.images = locate(root, images, split)
        self.annotations = locate(root, annotations, split)
        super().__init__(
            ann_file=str(locate(root, split_file, split)),
            metainfo={"classes": tuple(classes)},
            pipeline=list(pipeline),
            **options,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return a dict for each image: path, id, height, width and instances."""
        # The lists of one class ("cat_train.txt") have a second column, which says whether it is there.
        names = [line.split()[0] for line in Path(self.ann_file).read_text().splitlines() if line.strip()]
        if not names:
            raise DataError(f"{self.ann_file} lists no images")
        paths = by_stem(self.images)
        if missing := [name for name in names if name not in paths]:
            raise DataError(
                f"{self.ann_file} lists images that are not in {self.images}: {examples(missing)}"
            )
        seen: Counter[str] = Counter()
        data_list, dropped = [], 0
        for name in names:
            data, faults = self._image(name, paths[name], seen)
            data_list.append(data)
            dropped += faults
        self._refuse_unknown_classes(seen)
        if dropped:
            logger.warning("%s: left out %d boxes of no width or height", self.ann_file, dropped)
        return data_list

    def _image(self, name: str, path: Path, seen: Counter[str]) -> tuple[dict[str, Any], int]:
        source = self.annotations / f"{name}.xml"
        tree = _parse(source)
        width, height = int(tree.findtext("size/width", "0")), int(tree.findtext("size/height", "0"))
        if not width or not height:
            with Image.open(path) as image:
                width, height = image.size
        instances, faults = [], 0
        for each in tree.iter("object"):
            label = each.findtext("name", "").strip()
            seen[label] += 1
            if label not in self.metainfo["classes"]:
                continue
            box = _box(each, source)
            if box[2] <= box[0] or box[3] <= box[1]:
                faults += 1
                continue
            instances.append(
                {
                    "bbox": [max(box[0] - 1, 0), max(box[1] - 1, 0), min(box[2], width), min(box[3], height)],
                    "bbox_label": self.metainfo["classes"].index(label),
                    "ignore_flag": int(each.findtext("difficult", "0")),
                }
            )
        data = {
            "img_path": str(path),
            "xml_path": str(source),
            "img_id": name,
            "height": height,
            "width": width,
        }
        return data | {"instances": instances}, faults

    def _refuse_unknown_classes(self, seen: Counter[str]) -> None:
        """A small split may lack a rare class: only one that the whole folder lacks is a mistake."""
        if set(self.metainfo["classes"]) <= seen.keys():
            return
        for source in self.annotations.glob("*.xml"):
            seen.update(each.findtext("name", "").strip() for each in _parse(source).iter("object"))
        unknown = [name for name in self.metainfo["classes"] if name not in seen]
        if unknown:
            raise ClassNameError(
                f"no object in {self.annotations} is named {', '.join(map(repr, unknown))}",
                f"names there: {', '.join(sorted(seen))}",
            )


def _parse(source: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(source).getroot()  # noqa: S314 (expat bounds entities)
    except FileNotFoundError:
        raise DataError(f"{source} does not exist", "every listed image needs an XML file") from None
    except ElementTree.ParseError as error:
        raise DataError(f"{source} is not XML: {error}") from error


def _box(each: ElementTree.Element, source: Path) -> list[float]:
    try:
        return [float(each.findtext(f"bndbox/{key}", "")) for key in ("xmin", "ymin", "xmax", "ymax")]
    except ValueError:
        raise DataError(f"{source}: an object has no complete bndbox of numbers") from None
