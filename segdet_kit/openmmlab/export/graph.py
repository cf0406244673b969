"""What an exporter is given, and what its target does: the contract with plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.onnx import ONNXProgram

from segdet_kit.openmmlab.export.onnx import translated
from segdet_kit.openmmlab.export.trace import traced

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Run: TypeAlias = "Callable[[npt.NDArray[np.uint8]], Sequence[npt.NDArray[Any]]]"
"""An artifact that runs: images uint8 RGB (N, H, W, 3) to its outputs in their order."""


@dataclass(frozen=True)
class Graph:
    """A model that is ready to be traced: all from the bytes of images to what is found in them.

    ``module``: in evaluation mode, takes one batch of images, uint8 RGB (N, H, W, 3), and returns a tuple of
    tensors, which ``outputs`` names. ``images``: an example of that batch. ``dynamic``: which of its
    dimensions may differ from the example: 0 the number of images, 1 their height, 2 their width.
    ``metadata``: what travels inside the artifact where its format has room for text. ``calibration``
    loads some training images, each in a batch of its own, to choose the ranges of a quantised network by.
    """

    module: nn.Module
    images: Tensor
    outputs: tuple[str, ...]
    dynamic: tuple[int, ...]
    metadata: Mapping[str, str]
    calibration: Callable[[], Sequence[Tensor]] = tuple

    @cached_property
    def program(self) -> ExportedProgram:
        """The module as torch traces it, once for all exporters. Raises ``KitError`` where torch cannot."""
        return traced(self.module, self.images, self.dynamic)

    @cached_property
    def onnx(self) -> ONNXProgram:
        """The program as ONNX, once for all exporters. Raises ``KitError`` where it cannot be translated."""
        return translated(self.program, self.outputs, self.dynamic, self.metadata)


class ExporterTarget(Protocol):
    """What the target of an ``Exporter`` returns, called with the component's ``defaults`` as arguments."""

    def write(self, graph: Graph, folder: Path) -> None:
        """Write the graph into files of the empty ``folder``. Raise ``KitError`` for what it cannot write."""
