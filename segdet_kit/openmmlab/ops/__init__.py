"""mmcv's compiled operators in torch and torchvision, for an mmcv that was installed without compiling.

One line before the first import of mmcv, mmdet or mmseg lets a stock OpenMMLab script run::

    import segdet_kit.openmmlab.ops; segdet_kit.openmmlab.ops.install()

Importing this package imports neither torch nor mmcv.
"""

from segdet_kit.openmmlab.ops.importer import Provider, install, provider
from segdet_kit.openmmlab.ops.operator import Operator
from segdet_kit.openmmlab.ops.table import OPERATORS

__all__ = ["OPERATORS", "Operator", "Provider", "install", "provider"]
