"""What the conformance test is told of this plugin's data sets and metric."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segdet_kit.testing import DataCase, HandCase, StreamCase

CLASSES = ("background", "organ", "lesion")
BYTES = ({"type": "segdet_medical.intensity.Window"},)


def cases() -> dict[str, Any]:
    """Return the cases by name."""
    return {
        "nifti-slices": DataCase(write_nifti, classes=CLASSES, steps=BYTES),
        "dicom-slices": DataCase(write_dicom, classes=CLASSES, steps=BYTES),
        "phantom": DataCase(arguments={"train": 1, "val": 1, "test": 1}, steps=BYTES),
        "surface": cubes(),
        "nifti": StreamCase(write_volume, frames=24),
        "dicom": StreamCase(write_slice, frames=1),
    }


def write_nifti(root: Path) -> None:
    """Write a generated body."""
    from segdet_medical.phantom import generate

    generate(root, 0, {"train": 1})


def write_dicom(root: Path) -> None:
    """Write three slices of a generated body as a series, and their labels."""
    import numpy as np

    from segdet_medical.phantom import draw
    from segdet_medical.writing import write_series

    values, labels = draw(np.random.default_rng(0))
    write_series(root, "train", "body", values[:, :, 9:12], labels[:, :, 9:12])


def write_volume(folder: Path) -> Path:
    """Write a generated body and return its file."""
    write_nifti(folder)
    return folder / "images" / "train" / "00.nii"


def write_slice(folder: Path) -> Path:
    """Write a series and return a file of it."""
    write_dicom(folder)
    return folder / "images" / "train" / "body" / "0002.dcm"


def cubes() -> HandCase:
    """A cube of 2 x 2 x 2 voxels of 1 x 2 x 3 mm, predicted a slice of 3 mm too high.

    Half of it is hit. Every voxel is on the surface: half of each is 0 mm away, and half of it 3 mm.
    """
    import torch

    def slices(first: int) -> list[Any]:
        volume = torch.zeros(5, 1, 4, 4, dtype=torch.int64)
        volume[first : first + 2, :, 1:3, 1:3] = 1
        return list(volume)

    samples = [
        {
            "gt_sem_seg": {"data": truth},
            "pred_sem_seg": {"data": predicted},
            "img_path": f"cube.nii#axial-{index:04d}",
            "volume": "cube",
            "slice": index,
            "spacing": (3.0, 1.0, 2.0),
        }
        for index, (truth, predicted) in enumerate(zip(slices(1), slices(2), strict=True))
    ]
    values = {"Dice": 0.5, "HD95": 3.0, "ASSD": 1.5, "surface_dice": 0.5}
    return HandCase(samples, {f"surface/{name}": value for name, value in values.items()})
