"""A bundle in the place of a run: opened in memory for as long as the process lives."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segdet_kit.artifact import suffixes
from segdet_kit.bundle.contents import CONFIG, MANIFEST, WEIGHTS, localised, read_config
from segdet_kit.bundle.opening import Identity, Opened, opened
from segdet_kit.errors import KitError
from segdet_kit.keys.own import own_keys, unlock_identity
from segdet_kit.keys.passphrases import Passphrases
from segdet_kit.keys.public import Kind
from segdet_kit.keys.trust import trust
from segdet_kit.recipe import apply_settings
from segdet_kit.strict_json import read_json
from segdet_kit.untrusted import check_untrusted

RUNNABLE = frozenset({"onnx", "xml", "bin"})
"""Suffixes of files that are data for their runtime. torch's pt2 is more, so no bundle holds it."""


def identities(passphrases: Passphrases) -> Iterator[Identity]:
    """Unlock the user's recipient keys, each when it is tried. Raises ``KitError`` if there is none."""
    keys = own_keys(Kind.recipient)
    if not keys:
        raise KitError(
            "you have no key that could open a bundle",
            "make one, and send its public half to the sender: segdet-kit keys new NAME --kind recipient",
        )
    for key in keys:
        yield Identity(key.public, unlock_identity(key, passphrases))


@contextmanager
def unsealed(path: Path, settings: Sequence[str] = ()) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the checked config of a bundle, and the path of its weights or of its exported model's folder.

    Both are in memory: the paths are links to it, which other processes cannot follow. ``settings``: those of
    ``--set``. Raises ``KitError``.
    """
    with opened(path, identities(Passphrases()), trust()) as bundle, _linked(bundle) as folder:
        yield config_of(bundle, settings), folder / WEIGHTS if WEIGHTS in bundle.files else folder


def config_of(bundle: Opened, settings: Sequence[str] = ()) -> dict[str, Any]:
    """Return the config of an opened bundle, checked as what strangers write is. Raises ``KitError``."""
    if CONFIG not in bundle.files or not {WEIGHTS, MANIFEST} & set(bundle.files):
        raise KitError("the bundle holds no model", f"one has {CONFIG}, and {WEIGHTS} or an exported model")
    if MANIFEST in bundle.files:
        manifest = read_json(bundle.content(MANIFEST), MANIFEST)
        check_runnable(manifest)
        if not set(manifest["files"]) <= set(bundle.files):
            raise KitError("the bundle lacks a file of its exported model", "ask its sender to seal it again")
    config = apply_settings(read_config(bundle.content(CONFIG)), settings)
    check_untrusted(config)
    return localised(config)


def check_runnable(manifest: Any) -> None:
    """Raise ``KitError`` for an exported model whose files could hold code."""
    said = manifest if isinstance(manifest, Mapping) else {}
    files = said.get("files")
    # By its files, not by its format: a bundle can call anything onnx.
    if not isinstance(files, Mapping) or not files or not suffixes(files) <= RUNNABLE:
        raise KitError(
            f"a bundle holds no model exported as {said.get('format')!r}",
            "seal the run itself, or what was exported to onnx or openvino",
        )


@contextmanager
def _linked(bundle: Opened) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="segdet-bundle-") as folder:
        for name, descriptor in bundle.files.items():
            Path(folder, name).symlink_to(f"/proc/self/fd/{descriptor}")
        yield Path(folder)
