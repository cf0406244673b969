"""All contact with OpenMMLab's global state: operators, runners, checkpoints."""

import os

from segdet_kit.images import MAX_PIXELS

# OpenCV reads this once, when it is imported: it then decodes no image that claims more.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
