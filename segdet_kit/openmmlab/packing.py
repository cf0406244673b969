"""The weights of a checkpoint, and nothing else of it, as safetensors."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from segdet_kit.errors import CheckpointError
from segdet_kit.openmmlab import checkpoint


def pack_weights(source: Path) -> bytes:
    """Return the model's tensors of a checkpoint as a safetensors file. Raises ``CheckpointError``."""
    content = checkpoint.read(source)
    state = {
        key.removeprefix("module."): value.detach().clone().contiguous()  # safetensors refuses shared memory
        for key, value in content.get("state_dict", content).items()
        if isinstance(value, Tensor)
    }
    if not state:
        raise CheckpointError(f"{source} holds no weights", "name a run that was trained")
    return bytes(save(state))
