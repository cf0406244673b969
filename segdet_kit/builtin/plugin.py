"""The plugin of the kit itself: one hook from each folder beside it."""

from segdet_kit.builtin.augmentations import register_augmentations
from segdet_kit.builtin.backbones import register_backbones
from segdet_kit.builtin.datasets import register_datasets
from segdet_kit.builtin.exporters import register_exporters
from segdet_kit.builtin.heads import register_heads
from segdet_kit.builtin.losses import register_losses
from segdet_kit.builtin.metrics import register_metrics
from segdet_kit.builtin.necks import register_necks
from segdet_kit.builtin.runtimes import register_runtimes

conformance_cases = "segdet_kit.testing.builtin_cases:cases"

__all__ = [
    "conformance_cases",
    "register_augmentations",
    "register_backbones",
    "register_datasets",
    "register_exporters",
    "register_heads",
    "register_losses",
    "register_metrics",
    "register_necks",
    "register_runtimes",
]
