"""Data that arrived from elsewhere, looked at once more when it is loaded, and before it is decoded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from segdet_kit.errors import DataError
from segdet_kit.images import check_header
from segdet_kit.sample_rules import sample_fault


def check_samples(dataset: Any, config: Mapping[str, Any]) -> None:
    """Refuse a data set whose annotations name files out of its ``root``, or boxes and masks that cannot be.

    ``config``: the data set's; where it has no ``root``, files may lie anywhere. Wrappers, which hold a
    ``dataset``, are looked through. Raises ``DataError`` that names the image.
    """
    while "dataset" in config and hasattr(dataset, "dataset"):
        dataset, config = dataset.dataset, config["dataset"]
    if not hasattr(dataset, "get_data_info"):
        return
    roots = [os.path.abspath(config["root"])] if config.get("root") else []  # noqa: PTH100 - without links
    for index in range(len(dataset)):
        record = dataset.get_data_info(index)
        if fault := sample_fault(record, roots):
            raise DataError(
                f"{record.get('img_path', index)}: {fault}",
                "the annotations are damaged, or a trap; segdet-kit data check tells all of them",
            )


def guard() -> None:
    """Let mmcv decode no image whose header claims too many pixels. Can be repeated."""
    from mmcv.transforms import LoadImageFromFile

    decode = LoadImageFromFile.transform
    if hasattr(decode, "__wrapped__"):
        return

    @wraps(decode)
    def checked(self: Any, results: dict[str, Any]) -> dict[str, Any] | None:
        if os.path.isfile(path := results["img_path"]):  # noqa: PTH113 - else a backend of mmengine's reads it
            check_header(Path(path))
        loaded: dict[str, Any] | None = decode(self, results)
        return loaded

    LoadImageFromFile.transform = checked
