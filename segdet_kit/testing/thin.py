"""A backbone for checks: the levels of any head, in hardly any weights."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from segdet_kit.components import Backbone

STRIDES = (2, 4, 8, 16, 32, 64, 128)
THIN = Backbone(
    name="conformance-thin",
    target="segdet_kit.testing.thin:Thin",
    summary="One convolution a level",
    out_channels=(8,) * len(STRIDES),
    strides=STRIDES,
    dilated={stride: {"output_stride": stride} for stride in STRIDES},
)


class Thin(nn.Module):
    """Images (N, 3, H, W) to maps of 8 channels. From ``output_stride`` on, levels keep their size."""

    def __init__(
        self, out_indices: Sequence[int], pretrained: bool | str = False, output_stride: int = STRIDES[-1]
    ) -> None:
        super().__init__()
        self.out_indices = out_indices
        steps = [1 if stride > output_stride else 2 for stride in STRIDES[: max(out_indices) + 1]]
        self.steps = nn.ModuleList(
            nn.Sequential(nn.Conv2d(8 if level else 3, 8, 3, stride=step, padding=1), nn.ReLU())
            for level, step in enumerate(steps)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``."""
        maps = [x := step(x) for step in self.steps]
        return tuple(maps[index] for index in self.out_indices)
