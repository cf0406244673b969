"""timm's models as backbones: their levels, their weights, their place in mmdet and mmseg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from segdet_timm.levels import levels
from segdet_timm.model import EfficientNetLite0, TimmBackbone
from segdet_timm.weights import efficientnet_lite0

from segdet_kit.errors import CheckpointError, KitError
from segdet_kit.openmmlab.quiet import quiet


@pytest.mark.parametrize("model", ["resnet18", "convnext_atto", "mobilenetv3_small_050"])
@pytest.mark.parametrize("size", [(64, 96), (65, 99)])
def test_it_returns_the_levels_that_were_asked_for(model: str, size: tuple[int, int]) -> None:
    channels, strides = levels(model)
    indices = [1, len(channels) - 1]
    net = TimmBackbone(model, out_indices=indices)
    images = torch.rand(2, 3, *size)
    for mode in (True, False):
        maps = net.train(mode)(images)
        assert isinstance(maps, tuple)
        assert [m.shape[:2] for m in maps] == [(2, channels[i]) for i in indices]
        for index, level in zip(indices, maps, strict=True):
            assert all(abs(level.shape[2 + d] - size[d] / strides[index]) < 1 for d in (0, 1))


def test_images_reach_a_model_normalised_as_timm_trained_it() -> None:
    """mobilevit's weights expect 0..1, tf_efficientnet_lite0's -1..1, and resnet18's ImageNet's."""
    images = torch.rand(1, 3, 64, 64)
    imagenet = timm.data.IMAGENET_DEFAULT_MEAN, timm.data.IMAGENET_DEFAULT_STD
    for model in ("resnet18", "tf_efficientnet_lite0", "mobilevit_xxs"):
        net = TimmBackbone(model).eval()
        expected = net.model.pretrained_cfg["mean"], net.model.pretrained_cfg["std"]
        given = net.model(normalised(images, *expected))
        torch.testing.assert_close(list(net(normalised(images, *imagenet))), given, atol=1e-3, rtol=1e-3)


def normalised(images: torch.Tensor, mean: Any, std: Any) -> torch.Tensor:
    return (images - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def test_efficientnet_lite0_equals_timms_own_with_these_weights() -> None:
    whole = timm.create_model("tf_efficientnet_lite0")
    whole.load_state_dict(efficientnet_lite0())
    images = torch.rand(1, 3, 97, 129) * 2 - 1
    own = whole.eval().forward_intermediates(images, intermediates_only=True)
    maps = EfficientNetLite0().eval()(images)
    assert [m.shape[1] for m in maps] == [16, 24, 40, 112, 320]
    for ours, theirs in zip(maps, own, strict=True):
        assert torch.equal(ours, theirs)


def test_init_weights_leaves_pretrained_weights_alone() -> None:
    net = EfficientNetLite0()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net.init_weights()
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    fresh = EfficientNetLite0(pretrained=False)
    assert not torch.equal(fresh.model.conv_stem.weight, net.model.conv_stem.weight)


def test_efficientnet_lite0_dilates() -> None:
    maps = EfficientNetLite0(pretrained=True, output_stride=8)(torch.rand(2, 3, 64, 64))
    assert [m.shape[2] for m in maps] == [32, 16, 8, 8, 8]


@pytest.mark.parametrize("model", ["resnet18", "convnext_atto"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_come_from_a_checkpoint_of_any_number_of_classes(
    model: str, suffix: str, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    source = timm.create_model(model, num_classes=7).eval()
    path = tmp_path / f"model{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": source.state_dict()}, path)
    else:
        save_file(source.state_dict(), path)
    net = TimmBackbone(model, pretrained=str(path)).eval()
    assert "state_dict" not in net.model.pretrained_cfg
    images = torch.rand(1, 3, 64, 64)
    own = source.forward_intermediates(images, intermediates_only=True)
    torch.testing.assert_close(net(images)[-1], own[-1])


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "resnet34.pth"
    torch.save(timm.create_model("resnet34").state_dict(), path)
    with pytest.raises(
        CheckpointError, match=r"another model than timm's resnet50: .* missing or of another"
    ):
        TimmBackbone("resnet50", pretrained=str(path))


def test_a_checkpoint_that_is_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "code.pth"
    torch.save({"conv1.weight": pytest.fail}, path)
    with pytest.raises(CheckpointError, match="refused"):
        TimmBackbone("resnet18", pretrained=str(path))


def test_a_download_without_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(KitError, match="timm cannot make resnet18 with weights: ") as error:
        TimmBackbone("resnet18", pretrained=True)
    assert "give the path of a checkpoint" in error.value.hint
    assert error.value.__cause__ is not None


def test_an_unknown_tag_says_where_the_tags_are() -> None:
    with pytest.raises(KitError, match="Invalid pretrained tag") as error:
        TimmBackbone("resnet18.no_such_tag")
    assert "list_pretrained" in error.value.hint


def test_weights_that_do_not_fit_the_installed_timm_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from segdet_kit.openmmlab import checkpoint

    tensors = {str(i): torch.zeros(i) for i in range(3)}
    monkeypatch.setattr(checkpoint, "read", lambda path: tensors)
    with pytest.raises(CheckpointError, match="do not fit timm's tf_efficientnet_lite0"):
        EfficientNetLite0()


def test_norm_eval_keeps_the_running_statistics() -> None:
    images = torch.rand(2, 3, 64, 64)
    for norm_eval in (True, False):
        net = EfficientNetLite0(norm_eval=norm_eval).train()
        before = net.model.bn1.running_mean.clone()
        net(images)
        assert torch.equal(net.model.bn1.running_mean, before) == norm_eval


@quiet()
def test_it_trains_a_step_in_mmseg() -> None:
    from mmengine.structures import PixelData
    from mmseg.models.decode_heads import FCNHead
    from mmseg.models.segmentors import EncoderDecoder
    from mmseg.structures import SegDataSample

    head = {"type": FCNHead, "in_channels": 320, "channels": 16, "num_convs": 1, "num_classes": 3}
    head.update(norm_cfg={"type": "BN"}, loss_decode={"type": "mmseg.CrossEntropyLoss"})
    backbone = {"type": EfficientNetLite0, "out_indices": (4,)}
    model = EncoderDecoder(
        backbone=backbone,
        decode_head=dict(head, in_index=0, align_corners=False),
        test_cfg={"mode": "whole"},
    )
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.randint(0, 3, (1, 65, 97))))
    losses = model.loss(torch.rand(2, 3, 65, 97), [sample, sample])
    assert_learns(model, model.parse_losses(losses)[0])


@quiet()
def test_it_trains_a_step_in_mmdet() -> None:
    from mmdet.models.dense_heads import FCOSHead
    from mmdet.models.detectors import FCOS
    from mmdet.models.necks import FPN
    from mmdet.structures import DetDataSample
    from mmengine.structures import InstanceData

    channels, strides = levels("resnet18")
    model = FCOS(
        backbone={"type": TimmBackbone, "model": "resnet18", "out_indices": (2, 3, 4)},
        neck={"type": FPN, "in_channels": list(channels[2:]), "out_channels": 32, "num_outs": 3},
        bbox_head={
            "type": FCOSHead,
            "num_classes": 2,
            "in_channels": 32,
            "feat_channels": 32,
            "stacked_convs": 1,
            "strides": strides[2:],
            "regress_ranges": ((-1, 64), (64, 128), (128, 1e8)),
            "loss_cls": {"type": "mmdet.CrossEntropyLoss", "use_sigmoid": True},
        },
    )
    sample = DetDataSample(
        metainfo={"img_shape": (65, 97), "pad_shape": (65, 97), "scale_factor": (1, 1)},
        gt_instances=InstanceData(bboxes=torch.tensor([[5.0, 5, 40, 50]]), labels=torch.tensor([1])),
    )
    losses = model.loss(torch.rand(2, 3, 65, 97), [sample, sample])
    assert_learns(model, model.parse_losses(losses)[0])


def assert_learns(model: Any, loss: torch.Tensor) -> None:
    assert torch.isfinite(loss)
    loss.backward()
    without = [name for name, p in model.backbone.named_parameters() if p.grad is None]
    assert without == []
