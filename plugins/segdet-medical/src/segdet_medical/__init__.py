"""NIfTI and DICOM for segdet-kit: slices of volumes, windows, and distances in millimetres."""
