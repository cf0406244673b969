"""mmcv's operators are provided before the test modules beside this file import mmdet or mmseg."""

from __future__ import annotations

from segdet_kit.openmmlab import ops

ops.install()
