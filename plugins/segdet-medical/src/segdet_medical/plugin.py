"""What this plugin offers. Imports neither nibabel nor pydicom."""

from __future__ import annotations

from segdet_kit import Augmentation, Dataset, Metric, Reader, hookimpl

conformance_cases = "segdet_medical.cases:cases"


@hookimpl
def register_datasets() -> list[Dataset]:
    """Offer slices of volumes, and volumes that need no patient."""
    return [
        Dataset(
            name="nifti-slices",
            target="segdet_medical.nifti_slices:NiftiSlices",
            summary="Slices of NIfTI volumes and their labels, axial, coronal or sagittal",
            tasks=("semantic",),
            layout="images/{split}/*.nii[.gz], labels/{split}/*.nii[.gz]",
        ),
        Dataset(
            name="dicom-slices",
            target="segdet_medical.dicom_slices:DicomSlices",
            summary="Slices of DICOM series, a folder each, and their labels as NIfTI",
            tasks=("semantic",),
            layout="images/{split}/SERIES/*, labels/{split}/SERIES.nii[.gz]",
        ),
        Dataset(
            name="phantom",
            target="segdet_medical.phantom:phantom",
            summary="Generated CT volumes of bodies with an organ and lesions: needs no download",
            tasks=("semantic",),
            layout="generated on first use; needs no files",
            classes={"semantic": ("background", "organ", "lesion")},
        ),
    ]


@hookimpl
def register_augmentations() -> list[Augmentation]:
    """Offer what makes 8 bits of a scanner's values."""
    return [
        Augmentation(
            name="window",
            target="segdet_medical.intensity:Window",
            summary="Preprocessing: a window of Hounsfield units, or of any other unit, to 8 bits",
            tasks=("semantic",),
            defaults={"centre": 40.0, "width": 400.0},
            stage="always",
        ),
        Augmentation(
            name="min-max",
            target="segdet_medical.intensity:MinMax",
            summary="Preprocessing: each slice's own range to 8 bits, for values without a unit",
            tasks=("semantic",),
            defaults={"percentiles": (0.0, 100.0)},
            stage="always",
        ),
    ]


@hookimpl
def register_metrics() -> list[Metric]:
    """Offer scores of whole volumes, in mm."""
    return [
        Metric(
            name="surface",
            target="segdet_medical.metric:Surface",
            summary="Dice, HD95, average surface distance and surface Dice of volumes, in mm",
            tasks=("semantic",),
            reads=("label-map",),
            defaults={"tolerance": 1.0},
            best="surface/Dice",
        ),
    ]


@hookimpl
def register_readers() -> list[Reader]:
    """Offer volumes to predict on, and write their labels back as volumes."""
    return [
        Reader(
            name="nifti",
            target="segdet_medical.reading:read_nifti",
            summary="NIfTI volumes, slice by slice; labels are written as NIfTI",
            tasks=("semantic",),
            defaults={"plane": "axial"},
            suffixes=(".nii", ".nii.gz"),
            writer="segdet_medical.labelling:write_nifti",
        ),
        Reader(
            name="dicom",
            target="segdet_medical.reading:read_dicom",
            summary="DICOM files, and series by dicom:FOLDER; labels are written as NIfTI",
            tasks=("semantic",),
            suffixes=(".dcm",),
            prefixes=("dicom:",),
            writer="segdet_medical.labelling:write_dicom",
        ),
    ]
