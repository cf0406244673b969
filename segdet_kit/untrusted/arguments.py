"""Which arguments data may not give: by these OpenMMLab reads files, fetches URLs and evaluates texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from segdet_kit.policy import SCOPES, TYPE_KEYS

NEVER = frozenset(
    {
        *("init_cfg", "pretrained", "checkpoint", "load_from", "resume"),  # weights: pickles, or downloads
        *("teacher_config", "teacher_ckpt", "class_embed_path"),  # a config that is run, and its weights
        *("_base_", "custom_imports", "rfsearch", "target"),  # programs, and names of functions
        *("backend_args", "file_client_args", "proposal_file"),  # other places to read from; a pickle
    }
)
"""Keys that may only be there to say no: with None or False."""
MOTIONS = ("TRANSLATION", "EUCLIDEAN", "AFFINE", "HOMOGRAPHY")
CHOICES: dict[str, frozenset[str]] = {
    "warp_mode": frozenset(f"cv2.MOTION_{motion}" for motion in MOTIONS),  # mmdet evaluates it
    "lang_model_name": frozenset({"bert-base-uncased"}),  # what transformers would fetch
    "default_scope": frozenset(SCOPES),  # mmengine imports SCOPE.registry
    "_scope_": frozenset(SCOPES),
}
"""Keys that have a few values."""
NAMES = frozenset({"classes", "stuff"})
"""Keys that are lists of names: mmengine takes a single text for the path of a file."""
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
FILES = (
    *("py", "pyc", "so", "pkl", "pickle", "pth", "pt", "ckpt", "bin", "npy", "npz", "safetensors", "onnx"),
    *("json", "yaml", "yml", "toml", "xml", "csv", "txt", "h5", "mat", "zip", "tar", "gz", "tgz", "7z"),
)
FILE = re.compile(rf".*[/\\].*|~.*|(.*\.)?({'|'.join(FILES)})", re.DOTALL | re.IGNORECASE)

Fault = tuple[str, str]
"""The dotted path of a key, and what is wrong with it."""


def keys(value: Any, path: str) -> Iterator[Fault]:
    """Find arguments that data may not give at all, or not with this value."""
    for at, each in dicts(value, path):
        for key, item in each.items():
            if fault := _fault(str(key), item):
                yield f"{at}.{key}", fault


def texts(value: Any, path: str) -> Iterator[Fault]:
    """Find texts that are a URL, or something that only Python has a use for."""
    for place, text in _texts(value, path):
        if SCHEME.match(text):
            yield place, f"is a URL: {text!r}"
        elif "__" in text or "\0" in text:
            yield place, f"is no plain text: {text!r}"


def files(value: Any, path: str) -> Iterator[Fault]:
    """Find texts that name a file, by a suffix or by a folder."""
    for place, text in _texts(value, path):
        if FILE.fullmatch(text):
            yield place, f"names a file: {text!r}"


RULES: tuple[Callable[[Any, str], Iterator[Fault]], ...] = (keys, texts)
"""What holds everywhere. A model may not name files either."""


def dicts(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every dict below ``path``, and its place."""
    if isinstance(value, dict):
        yield path, value
    for place, _, item in _items(value, path):
        yield from dicts(item, place)


def _fault(key: str, item: Any) -> str:
    if "__" in key:
        return "is no name of an argument"
    if key in NEVER and item is not None and item is not False:
        return "cannot be given by data"
    if key in CHOICES and item is not None and not (isinstance(item, str) and item in CHOICES[key]):
        return f"can only be {' or '.join(sorted(CHOICES[key]))}, not {item!r}"
    if key == "class_weight" and isinstance(item, str):
        return "would be read from a file"
    if key in NAMES and not (item is None or _are_texts(item)):
        return "is no list of names"
    return ""


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text but types, which are known names, and the names of classes, which nothing reads."""
    if isinstance(value, str):
        yield path, value
    for place, key, item in _items(value, path):
        if key not in NAMES and not (key in TYPE_KEYS and isinstance(item, str)):
            yield from _texts(item, place)


def _items(value: Any, path: str) -> Iterator[tuple[str, str | None, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.{key}", str(key), item
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield f"{path}.{index}", None, item
