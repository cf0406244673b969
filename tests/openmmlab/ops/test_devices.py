"""Operators run on a device that is only imagined, forward and backward.

torch then checks that all tensors are on one device, and refuses a step that would wait for a value of it.
It is the "lazy" device, the one besides the CPU whose gradients torch computes without having it.
"""

from __future__ import annotations

import pytest
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.openmmlab.ops.samples import SAMPLES, Sample, run


def imagine(sample: Sample) -> None:
    given = sample.inputs()
    with FakeTensorMode() as mode:
        run(sample, tuple(mode.from_tensor(tensor).to("lazy") for tensor in given))


@pytest.mark.parametrize("sample", [pytest.param(s, id=name) for name, s in SAMPLES.items() if not s.waits])
def test_an_operator_stays_on_the_device_and_does_not_wait_for_it(sample: Sample):
    imagine(sample)


# torchvision's imagined NMS makes its number of boxes in an old way of torch.
@pytest.mark.filterwarnings("ignore:`create_unbacked_symint` is deprecated:FutureWarning")
@pytest.mark.parametrize("sample", [pytest.param(s, id=name) for name, s in SAMPLES.items() if s.waits])
def test_the_samples_that_wait_are_told_apart(sample: Sample):
    with pytest.raises(RuntimeError):
        imagine(sample)
