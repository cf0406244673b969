"""An exported model in the place of the one it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from segdet_kit.artifact import open_artifact
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.export.finishing import finish
from segdet_kit.openmmlab.export.graph import Run
from segdet_kit.openmmlab.runtimes import choose, device_of, make, precision_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Served(nn.Module):
    """Predicts by what an artifact computes, as the model's own ``test_step`` does: one image at a time.

    ``outputs``: their names in the order of ``run``. ``settings``: those of ``finish``.
    """

    def __init__(self, run: Run, outputs: Sequence[str], settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.run = run
        self.outputs = outputs
        self.settings = settings

    def test_step(self, data: Mapping[str, Any]) -> list[Any]:
        """Return the data samples of a collated batch, with predictions. Raises ``KitError``."""
        from mmdet.models.utils import samplelist_boxtype2tensor

        # What a detector's data preprocessor does to labels.
        samplelist_boxtype2tensor(data["data_samples"])
        return [
            self._predict(pixels, sample)
            for pixels, sample in zip(data["inputs"], data["data_samples"], strict=True)
        ]

    def image(self, pixels: torch.Tensor) -> npt.NDArray[np.uint8]:
        """Return what ``run`` takes, from BGR (3, H, W). Raises ``KitError`` for what are not bytes."""
        if pixels.dtype != torch.uint8:
            raise KitError(
                f"an exported model takes bytes, and this preprocessing makes {pixels.dtype}",
                "test the checkpoint instead",
            )
        image: npt.NDArray[np.uint8] = pixels.flip(0).permute(1, 2, 0)[None].contiguous().numpy()
        return image

    def _predict(self, pixels: torch.Tensor, sample: Any) -> Any:
        arrays = self.run(self.image(pixels))
        named = {name: torch.from_numpy(array) for name, array in zip(self.outputs, arrays, strict=True)}
        return finish(named, sample, self.settings)


def serve(folder: Path, device: str, runtime: str | None = None, precision: str | None = None) -> Served:
    """Open an artifact in its own runtime, or in one by name.

    Raises ``KitError`` for an artifact that was changed, and for a runtime, a device or a precision that does
    not suit it.
    """
    artifact = open_artifact(folder)
    manifest = artifact.manifest
    what = f"the files of {artifact.format} in {folder}"
    chosen = choose(runtime or manifest["runtime"], artifact.suffixes, what, manifest["task"])
    precision_of(chosen, precision, manifest["precision"])
    run = make(chosen).load(folder, device_of(chosen, device))
    return Served(run, manifest["outputs"], manifest["finishing"])
