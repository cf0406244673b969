"""All contact with OpenMMLab's global state: operators, runners, checkpoints."""

import os

from segdet_kit.images import MAX_PIXELS

# OpenCV reads this once, when it is imported: it then decodes no image that claims more.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))

# torch reads this once, when it first allocates. On Linux large tensors then lie in huge pages; otherwise
# a training step on a CPU spends a fifth of its time on page faults.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
