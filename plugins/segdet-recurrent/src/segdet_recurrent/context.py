"""Context from the whole map, gathered by recurrent networks that sweep over it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

REACH = 32
"""How many places a new sweep remembers what it saw: the longer side of the coarsest map of a large image."""


class RecurrentContext(nn.Module):
    """ReNet's layer (Visin et al. 2015) as a residual: each place gains what four sweeps bring to it.

    A bidirectional GRU runs over every row, a second one over every column of what the first one found, so
    that each place depends on all others. All rows, or columns, of a batch are one call: of as many steps
    as a row is long, whatever the number of rows.

    ``channels``: of the map. ``hidden``: units of each direction; the sweeps see maps of ``2 * hidden``
    channels. What they find is added through weights that start at 0: a new layer changes nothing, and
    features from elsewhere stay what they were until it has learned to.
    """

    def __init__(self, channels: int, hidden: int = 64) -> None:
        super().__init__()
        # Linear rather than 1 x 1 convolutions: GRUs want channels last, and OpenMMLab's initialisers,
        # which look for convolutions, leave the zeros alone.
        self.reduce = nn.Linear(channels, 2 * hidden)
        self.rows = sweep(2 * hidden, hidden)
        self.columns = sweep(2 * hidden, hidden)
        self.restore = nn.Linear(2 * hidden, channels)
        nn.init.zeros_(self.restore.weight)
        nn.init.zeros_(self.restore.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return a map (N, C, H, W) of the same shape, for any H and W."""
        context = swept(self.rows, self.reduce(x.permute(0, 2, 3, 1)))
        context = swept(self.columns, context.transpose(1, 2)).transpose(1, 2)
        gained: Tensor = self.restore(context).permute(0, 3, 1, 2)
        return x + gained


def sweep(inputs: int, hidden: int) -> nn.GRU:
    """Return a bidirectional GRU (Cho et al. 2014) whose units remember for 1 to ``REACH`` steps at first.

    So do the biases of its update gates say (Tallec and Ollivier 2018). By torch's own, each step forgets
    half, and what is far away is learned late or never.
    """
    gru = nn.GRU(inputs, hidden, batch_first=True, bidirectional=True)
    update = slice(hidden, 2 * hidden)
    with torch.no_grad():
        for direction in ("", "_reverse"):
            getattr(gru, f"bias_ih_l0{direction}")[update] = 0
            getattr(gru, f"bias_hh_l0{direction}")[update] = torch.empty(hidden).uniform_(1, REACH - 1).log()
    return gru


def swept(gru: nn.GRU, lines: Tensor) -> Tensor:
    """Run over lines (N, L, T, C) along T, each from both of its ends."""
    states, _ = gru(lines.flatten(0, 1))
    found: Tensor = states.unflatten(0, lines.shape[:2])
    return found
