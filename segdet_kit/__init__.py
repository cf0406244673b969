"""segdet-kit: image segmentation and object detection from plugins, on OpenMMLab."""

__version__ = "0.1.0"
