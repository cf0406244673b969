"""Writes volumes as DICOM series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from segdet_medical.nifti import write_volume
from segdet_medical.phantom import SPACING, affine

INTERCEPT = -1024


def write_series(
    root: Path, split: str, name: str, values: npt.NDArray[np.int16], labels: npt.NDArray[np.uint8]
) -> None:
    """Write a phantom's voxels as ``images/SPLIT/NAME/*.dcm``, and ``labels/SPLIT/NAME.nii``.

    Files are named against their order in the patient, as exports of scanners may be.
    """
    folder = root / "images" / split / name
    folder.mkdir(parents=True)
    series, study = generate_uid(), generate_uid()
    for index in range(values.shape[2]):
        file = folder / f"{values.shape[2] - index:04d}.dcm"
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        slice_ = FileDataset(str(file), {}, file_meta=meta, preamble=b"\0" * 128)
        slice_.SOPClassUID, slice_.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        slice_.SeriesInstanceUID, slice_.StudyInstanceUID = series, study
        slice_.Modality, slice_.PatientName, slice_.InstanceNumber = "CT", "Phantom", index + 1
        slice_.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        slice_.ImagePositionPatient = [0, 0, index * SPACING[2]]
        slice_.PixelSpacing, slice_.SliceThickness = [SPACING[1], SPACING[0]], SPACING[2]
        slice_.RescaleSlope, slice_.RescaleIntercept = 1, INTERCEPT
        slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
        slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit, slice_.PixelRepresentation = 16, 16, 15, 0
        pixels = (values[:, :, index].T.astype(np.int32) - INTERCEPT).astype(np.uint16)
        slice_.Rows, slice_.Columns = pixels.shape
        slice_.PixelData = pixels.tobytes()
        slice_.save_as(file, enforce_file_format=True)
    path = root / "labels" / split / f"{name}.nii"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_volume(path, labels, affine())
