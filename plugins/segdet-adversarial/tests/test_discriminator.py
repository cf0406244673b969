from __future__ import annotations

import pytest
import torch
from segdet_adversarial.discriminator import Discriminator
from segdet_adversarial.losses import judged


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (65, 47)])
def test_each_pixel_is_judged(size: tuple[int, int]) -> None:
    assert Discriminator(5, 4)(torch.rand(2, 5, *size)).shape == (2, *size)


def test_it_is_that_of_the_paper() -> None:
    widths = [layer.out_channels for layer in Discriminator(19, 64) if isinstance(layer, torch.nn.Conv2d)]
    assert widths == [64, 128, 256, 512, 1]


def test_it_learns_to_tell_whole_squares_from_crumbled_ones() -> None:
    torch.manual_seed(0)
    net, known = Discriminator(2, 4), torch.ones(8, 32, 32, dtype=torch.bool)
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)

    def maps() -> tuple[torch.Tensor, torch.Tensor]:
        square = torch.zeros(8, 32, 32)
        square[:, 8:24, 8:24] = 1
        crumbs = square * (torch.rand(8, 32, 32) > 0.5)
        return torch.stack([square, 1 - square], 1), torch.stack([crumbs, 1 - crumbs], 1)

    for _ in range(60):
        real, fake = maps()
        optimizer.zero_grad()
        (judged(net(real), True, known) + judged(net(fake), False, known)).backward()
        optimizer.step()
    real, fake = maps()
    assert (net(real) > 0).float().mean() > 0.95
    assert (net(fake) < 0).float().mean() > 0.95
