from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import torch

from segdet_kit.openmmlab.pictures import picture

INPUTS = torch.tensor([10, 20, 30], dtype=torch.uint8)[:, None, None].expand(3, 4, 4)


def test_an_image_file_is_shown_as_it_is_stored(tmp_path: Path) -> None:
    stored = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    cv2.imwrite(str(tmp_path / "a.PNG"), stored)
    sample = SimpleNamespace(img_path=str(tmp_path / "a.PNG"), ori_shape=(8, 8))
    assert (picture(sample, INPUTS) == stored[..., ::-1]).all()


def test_what_is_no_image_file_is_shown_as_the_model_sees_it_in_its_own_size() -> None:
    sample = SimpleNamespace(img_path="body.nii.gz#axial-0003", ori_shape=(6, 8))
    shown = picture(sample, INPUTS)
    assert shown.shape == (6, 8, 3)
    assert (shown == [30, 20, 10]).all()
