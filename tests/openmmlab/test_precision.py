from __future__ import annotations

import shutil

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from segdet_kit.errors import KitError
from segdet_kit.openmmlab.precision import prepare_model, use_precision

CPU, GPU = torch.device("cpu"), torch.device("cuda:0")


def config() -> Config:
    return Config({"optim_wrapper": {"type": "OptimWrapper", "optimizer": {"type": "SGD", "lr": 0.1}}})


class Net(nn.Module):
    """As a detector has it: parts, of which a head follows."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(3, 4, 3)
        self.neck = nn.Conv2d(4, 4, 1)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.head(self.neck(self.backbone(x)))


def test_fp32_changes_nothing():
    changed = config()
    use_precision(changed, "fp32", CPU)
    assert changed.to_dict() == config().to_dict()


def test_bf16_on_a_cpu_computes_in_bfloat16_and_keeps_float32_weights():
    changed, model, seen = config(), Net(), []
    use_precision(changed, "bf16", CPU)
    wrapper = build_optim_wrapper(model, changed.optim_wrapper)
    model.head.register_forward_hook(lambda module, args, out: seen.append(out.dtype))
    with wrapper.optim_context(model):
        loss = model(torch.ones(1, 3, 8, 8)).float().mean()
    before = model.head.bias.clone()
    wrapper.update_params(loss)
    assert seen == [torch.bfloat16]
    assert model.head.bias.dtype is torch.float32
    assert not torch.equal(model.head.bias, before)


@pytest.mark.parametrize(
    ("precision", "dtype", "scale"),
    [("bf16", "bfloat16", {"enabled": False}), ("fp16", "float16", "dynamic")],
)
def test_on_a_gpu_mmengine_does_it_and_only_fp16_scales_the_loss(precision, dtype, scale, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    changed = config()
    use_precision(changed, precision, GPU)
    assert changed.optim_wrapper.type == "AmpOptimWrapper"
    assert (changed.optim_wrapper.dtype, changed.optim_wrapper.loss_scale) == (dtype, scale)


def test_fp16_on_a_cpu_is_refused():
    with pytest.raises(KitError, match=r"fp16 training needs a GPU.*\n.*bf16 or fp32"):
        use_precision(config(), "fp16", CPU)


def test_bf16_on_a_gpu_without_it_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Old GPU")
    with pytest.raises(KitError, match=r"Old GPU has no bfloat16\n.*fp16 or fp32"):
        use_precision(config(), "bf16", GPU)


def test_an_unknown_precision_is_refused_by_naming_those_there_are():
    with pytest.raises(KitError, match=r"no precision 'int8'\n.*fp32, bf16, fp16"):
        use_precision(config(), "int8", CPU)


def test_channels_last_reorders_the_weights_in_memory_alone():
    model = Net()
    expected = model(torch.ones(1, 3, 8, 8))
    prepare_model(model, {"channels_last": True}, CPU)
    assert model.backbone.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(model(torch.ones(1, 3, 8, 8)), expected, atol=1e-6)


def test_backbone_and_neck_are_compiled_and_the_checkpoint_keys_stay(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/c++" if name == "c++" else None)
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda call, *args, **kwargs: (compiled.append(call), call)[1])
    model = Net()
    keys = list(model.state_dict())
    prepare_model(model, {"compile": True}, CPU)
    assert [call.__self__ for call in compiled] == [model.backbone, model.neck]
    assert list(model.state_dict()) == keys


def test_what_is_compiled_may_be_recorded_as_cuda_graphs(monkeypatch):
    modes = []
    monkeypatch.setattr(torch, "compile", lambda call, mode=None, **kwargs: (modes.append(mode), call)[1])
    prepare_model(Net(), {"compile": True, "cuda_graphs": True}, GPU)
    prepare_model(Net(), {"compile": True}, GPU)
    assert modes == ["reduce-overhead", "reduce-overhead", None, None]


def test_compiling_for_a_cpu_needs_a_compiler(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(KitError, match=r"needs a C\+\+ compiler"):
        prepare_model(Net(), {"compile": True}, CPU)
    prepare_model(Net(), {"compile": True}, GPU)


def test_nothing_asked_is_nothing_done():
    model = Net()
    prepare_model(model, {"channels_last": False, "compile": False}, CPU)
    assert model.backbone.weight.is_contiguous()
