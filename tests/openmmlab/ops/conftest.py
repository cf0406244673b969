"""mmcv's operators come from the kit, before any test module imports mmcv."""

from segdet_kit.openmmlab.ops import install

install()
