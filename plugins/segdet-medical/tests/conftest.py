"""mmcv's operators are provided before the test modules beside this file import mmseg. Bodies to test on."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from segdet_kit.openmmlab import ops

ops.install()


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """A volume of 4 x 5 x 6 voxels of 1 x 2 x 3 mm, each telling where it is, and its labels.

    Its axes go to the patient's right, front and top: ``images/train/ramp.nii``, ``labels/train/ramp.nii``.
    """
    place = np.arange(4)[:, None, None] * 100 + np.arange(5)[:, None] * 10 + np.arange(6)
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[0, 0, 2] = 1
    for folder, voxels in (("images", place.astype(np.int16)), ("labels", labels)):
        (tmp_path / folder / "train").mkdir(parents=True)
        nibabel.save(nibabel.Nifti1Image(voxels, affine), tmp_path / folder / "train" / "ramp.nii")
    return tmp_path
