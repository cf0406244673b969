"""The weights that the kit's backbones take: torchvision's own, and known ones by their hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from segdet_kit.builtin.backbones import register_backbones
from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab import weights
from segdet_kit.testing.build import build, openmmlab

BACKBONES = {backbone.name: backbone for backbone in register_backbones()}
OF_TORCHVISION = {
    "resnet18": "resnet18",
    "resnext50": "resnext50_32x4d",
    "mobilenet-v2": "mobilenet_v2",
    "convnext-tiny": "convnext_tiny",
    "swin-tiny": "swin_t",
}


@pytest.mark.parametrize("name", OF_TORCHVISION)
def test_it_computes_what_torchvisions_classifier_does_with_its_weights(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    classifier = getattr(torchvision.models, OF_TORCHVISION[name])(weights=None).eval()
    torch.save(classifier.state_dict(), tmp_path / "weights.pth")
    images = torch.rand(1, 3, 64, 64)
    with openmmlab("detection"), torch.no_grad():
        last = len(BACKBONES[name].strides or range(4)) - 1
        net = build(BACKBONES[name], pretrained=str(tmp_path / "weights.pth"), out_indices=(last,))
        net.init_weights()
        net.eval()
        ours = net(images)[0]
        torch.testing.assert_close(ours, coarsest(classifier, images), atol=1e-4, rtol=1e-3)


def coarsest(classifier: Any, images: torch.Tensor) -> torch.Tensor:
    """What the classifier pools at its end, or, of MobileNetV2, what the last convolution widens."""
    name = type(classifier).__name__
    if name == "ResNet":
        stem = classifier.maxpool(classifier.relu(classifier.bn1(classifier.conv1(images))))
        return classifier.layer4(classifier.layer3(classifier.layer2(classifier.layer1(stem))))
    if name == "MobileNetV2":
        return classifier.features[:18](images)
    maps = classifier.features(images)
    if name == "SwinTransformer":
        return classifier.norm(maps).permute(0, 3, 1, 2)
    return classifier.classifier[0](maps)


@pytest.mark.parametrize("name", BACKBONES)
def test_true_downloads_weights_whose_hash_is_known_or_says_that_there_are_none(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AskedError(Exception):
        pass

    def download(url: str, sha256: str) -> Path:
        assert url.startswith("https://")
        assert f"-{sha256}.pth" in url
        raise AskedError(url)

    monkeypatch.setattr(weights, "download", download)
    expected = CheckpointError if name.startswith("cspnext") else AskedError
    with openmmlab("detection"):
        net = build(BACKBONES[name], pretrained=True, out_indices=(1, 2, 3))
        with pytest.raises(expected):
            net.init_weights()


def test_mix_transformers_weights_are_those_of_its_size() -> None:
    with openmmlab("semantic"):
        urls = [build(BACKBONES[f"mix-vit-b{n}"], out_indices=(3,)).url for n in range(3)]
    assert [url.rpartition("/")[2][:6] for url in urls] == ["mit_b0", "mit_b1", "mit_b2"]


def test_mobilenet_dilates_what_lies_beyond_the_output_stride() -> None:
    with openmmlab("semantic"), torch.no_grad():
        net = build(BACKBONES["mobilenet-v2"], out_indices=range(5), output_stride=8).eval()
        assert [level.shape[2] for level in net(torch.rand(1, 3, 64, 64))] == [32, 16, 8, 8, 8]
        dilations = {m.dilation[0] for m in net.modules() if isinstance(m, torch.nn.Conv2d)}
        assert dilations == {1, 2, 4}
