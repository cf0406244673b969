"""Pretrained weights of backbones: from a file, an installed package, or a URL whose content is known."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from torch import Tensor, nn

from segdet_kit.errors import CheckpointError
from segdet_kit.files import cache_folder
from segdet_kit.openmmlab import checkpoint

Pretrained = bool | str | Mapping[str, str]
"""What a recipe writes in ``pretrained``: ``False``, ``True`` for the weights that the backbone knows, the
path of a checkpoint, ``dict(package=..., file=...)`` or ``dict(url=..., sha256=...)``."""

FORMS = "'FILE', dict(package='PACKAGE', file='FILE') or dict(url='https://...', sha256='64 HEX DIGITS')"
TIMEOUT = 60
PUBLISHED = re.compile(r"-([0-9a-f]{8,64})\.\w+$")


class WithWeights(nn.Module):
    """Mixed into a backbone, before its other base: weights are loaded when it is initialised.

    ``url``: where the weights lie that it knows, with the start of their SHA-256 in the name, as
    torchvision and OpenMMLab publish them. ``optional``: how the names of weights start that a checkpoint
    may lack, since only this backbone has them.
    """

    pretrained: Pretrained = False
    url: str = ""
    optional: tuple[str, ...] = ()

    def init_weights(self) -> None:
        """Initialise at random, then load what ``pretrained`` names. Raises ``CheckpointError``."""
        super().init_weights()  # type: ignore[misc]  # mmengine's BaseModule, beside which this stands
        if self.pretrained is True:
            load(self, read(known_file(self.url, type(self).__name__)), self.optional)
        elif self.pretrained:
            load(self, read(weights_file(self.pretrained)), self.optional)


def torchvision_url(model: str) -> str:
    """Return where torchvision keeps its first ImageNet weights of a model."""
    from torchvision.models import get_model_weights

    return str(get_model_weights(model)["IMAGENET1K_V1"].url)


def weights_file(source: str | Mapping[str, str]) -> Path:
    """Return the file that ``pretrained`` names. What a URL names is kept in the user's cache.

    Raises ``CheckpointError`` where there is none, and for content that has another SHA-256.
    """
    if isinstance(source, str):
        return Path(source)
    if set(source) == {"package", "file"}:
        return _packaged(source["package"], source["file"])
    if "url" in source and not re.fullmatch("[0-9a-fA-F]{64}", source.get("sha256", "")):
        raise CheckpointError(
            f"pretrained={dict(source)!r} does not say which content it means",
            "add sha256='...', the 64 hex digits that sha256sum prints of the file",
        )
    if set(source) != {"url", "sha256"}:
        raise CheckpointError(f"pretrained={dict(source)!r} names no weights", f"write {FORMS}")
    return download(source["url"], source["sha256"].lower())


def known_file(url: str, backbone: str) -> Path:
    """Return the file of ``pretrained=True``. Raises ``CheckpointError`` where there is none."""
    published = PUBLISHED.search(url)
    if published is None:
        raise CheckpointError(
            f"pretrained=True: {backbone} of this size knows no weights", f"name some: pretrained={FORMS}"
        )
    return download(url, published[1])


def download(url: str, sha256: str) -> Path:
    """Return a file of the user's cache with the content of ``url``; ``sha256``: how its hash starts.

    It is downloaded aside, checked, and put in place whole. Raises ``CheckpointError``.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise CheckpointError(f"{url} is no http or https address", f"write {FORMS}")
    folder = cache_folder() / "weights" / sha256[:16]
    path = folder / (Path(parts.path).name or "weights.pth")
    if path.is_file() and _hash(path).startswith(sha256):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".part-") as aside:
        part = Path(aside, path.name)
        try:
            with urlopen(url, timeout=TIMEOUT) as answer, part.open("wb") as file:  # noqa: S310 - http(s), see above
                shutil.copyfileobj(answer, file)
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError):
                error.close()  # it is the answer too
            raise CheckpointError(
                f"{url} cannot be downloaded: {error}", f"without a network, give a file: pretrained={FORMS}"
            ) from error
        found = _hash(part)
        if not found.startswith(sha256):
            raise CheckpointError(
                f"{url} is refused: its SHA-256 is {found}, expected was {sha256}",
                "it was cut short or exchanged; ask its author which is right",
            )
        part.replace(path)
    return path


def read(path: Path) -> dict[str, Tensor]:
    """Read a backbone's weights, alone or out of a whole model's checkpoint. Raises ``CheckpointError``."""
    content = checkpoint.read(path)
    state = {key.removeprefix("module."): value for key, value in content.get("state_dict", content).items()}
    own = {key.removeprefix("backbone."): state[key] for key in state if key.startswith("backbone.")}
    return own or state


def load(backbone: nn.Module, state: Mapping[str, Tensor], optional: tuple[str, ...] = ()) -> None:
    """Load weights of the backbone's own names; what a classifier has beside them is left out.

    Raises ``CheckpointError`` when one is missing whose name does not start as ``optional`` says, or has
    another shape.
    """
    own: dict[str, Any] = backbone.state_dict()
    unlike = [
        name
        for name, value in own.items()
        if (state[name].shape != value.shape if name in state else not _may_lack(name, optional))
    ]
    if unlike:
        raise CheckpointError(
            f"the weights are those of another model than {type(backbone).__name__}: {len(unlike)} of its "
            f"{len(own)} are missing or of another shape: {', '.join(unlike[:3])}",
            "name the backbone, and its arguments, that the checkpoint was made of",
        )
    backbone.load_state_dict({name: state[name] for name in own if name in state}, strict=False)


def _may_lack(name: str, optional: tuple[str, ...]) -> bool:
    return name.endswith("num_batches_tracked") or name.startswith(optional)


def _packaged(package: str, file: str) -> Path:
    """Return a file of an installed package, which is not imported for that."""
    spec = find_spec(package) if package.isidentifier() else None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder, file).resolve()
        if path.is_relative_to(Path(folder).resolve()) and path.is_file():
            return path
    raise CheckpointError(
        f"package {package!r} has no file {file!r}" if spec else f"package {package!r} is not installed",
        "its weights are named by dict(package='IMPORT_NAME', file='PATH/IN/IT.safetensors')",
    )


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
