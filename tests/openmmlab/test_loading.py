from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from segdet_kit.errors import DataError
from segdet_kit.images import MAX_PIXELS, UnreadableImageError
from segdet_kit.openmmlab.loading import check_samples
from segdet_kit.openmmlab.runtime import prepare


class Samples:
    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def get_data_info(self, index: int) -> dict[str, Any]:
        return self.records[index]


class Wrapper:
    def __init__(self, dataset: Samples) -> None:
        self.dataset = dataset


SOUND = {"img_path": "/data/a.png", "instances": [{"bbox": [0, 0, 1, 1]}]}
OUTSIDE = {"img_path": "/data/../etc/passwd"}


def test_a_sound_data_set_is_taken() -> None:
    check_samples(Samples(SOUND, SOUND), {"root": "/data"})
    check_samples(Samples(OUTSIDE), {"data_root": "/data"})  # a native config's own affair
    check_samples([1, 2], {"root": "/data"})


def test_a_file_out_of_the_root_is_refused_through_wrappers_too() -> None:
    for dataset, config in (
        (Samples(SOUND, OUTSIDE), {"root": "/data"}),
        (Wrapper(Samples(OUTSIDE)), {"type": "Wrapper", "dataset": {"root": "/data"}}),
    ):
        with pytest.raises(
            DataError, match=r"it names /data/\.\./etc/passwd, which is out of /data"
        ) as caught:
            check_samples(dataset, config)
        assert "data check" in caught.value.hint


def test_no_image_of_too_many_pixels_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare()
    prepare()
    from mmcv.transforms import LoadImageFromFile

    Image.new("L", (40, 30)).save(tmp_path / "a.png")
    load = LoadImageFromFile()
    assert load({"img_path": str(tmp_path / "a.png")})["img"].shape == (30, 40, 3)
    monkeypatch.setattr("segdet_kit.images.MAX_PIXELS", 40 * 30 - 1)
    with pytest.raises(UnreadableImageError, match="its header claims more than"):
        load({"img_path": str(tmp_path / "a.png")})


def test_opencv_is_told_the_limit_before_it_is_imported() -> None:
    program = (
        "import os, sys; os.environ.pop('OPENCV_IO_MAX_IMAGE_PIXELS', None); import segdet_kit.openmmlab;"
        "assert 'cv2' not in sys.modules; print(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(MAX_PIXELS)
