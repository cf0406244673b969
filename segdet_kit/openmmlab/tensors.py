"""``.safetensors`` files: tensors and nothing else, whoever wrote them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from segdet_kit.errors import CheckpointError, RecipeError
from segdet_kit.strict_json import parse

MAX_HEADER = 16 << 20
"""Bytes. A header has about a hundred for each tensor."""
DESCRIPTORS = Path("/proc/self/fd")


def read_tensors(source: str | Path | int, device: str = "cpu") -> dict[str, Tensor]:
    """Read a file, or what an open descriptor shows, such as one of ``memfd_create``.

    The library takes the last of two tensors of one name; here the header must name each once. Raises
    ``CheckpointError`` for a file that is missing, damaged or no safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    name = "the weights" if isinstance(source, int) else str(source)
    try:
        with _opened(source) as descriptor:
            _check_header(descriptor)
            same_file = DESCRIPTORS / str(descriptor)  # whatever the path names by now
            tensors: dict[str, Tensor] = load_file(same_file if same_file.exists() else str(source), device)
    except (OSError, UnicodeDecodeError, SafetensorError, RecipeError) as error:
        raise CheckpointError(
            f"{name} cannot be read: {str(error).partition(chr(10))[0]}",
            "it is damaged, or no .safetensors file",
        ) from error
    return tensors


@contextmanager
def _opened(source: str | Path | int) -> Iterator[int]:
    if isinstance(source, int):
        yield source
        return
    with Path(source).open("rb") as file:
        yield file.fileno()


def _check_header(descriptor: int) -> None:
    length = int.from_bytes(os.pread(descriptor, 8, 0), "little")
    if length > MAX_HEADER:
        raise RecipeError(f"its header claims {length} bytes")
    parse(os.pread(descriptor, length, 8).decode("utf-8"), "its header")


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write a ``.safetensors`` file. Tensors that share memory, as layers of a head do, are written each."""
    from safetensors.torch import save_file

    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, path)
