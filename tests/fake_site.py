"""A folder of made-up distributions and packages that comes before the real ones on ``sys.path``."""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

HEALTHY = {
    "numpy": "",
    "torch": """
class cuda:
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda index: f"GPU {index} of the test")
class backends:
    class mps:
        is_available = staticmethod(lambda: False)
get_num_threads = lambda: 3
zeros = lambda *shape: shape
""",
    "torchvision": """
class ops:
    nms = staticmethod(lambda boxes, scores, iou_threshold: [])
""",
    "cv2": "",
    "mmengine": "",
    "mmcv": "",
    "mmcv.ops": "",
    "mmdet": "",
    "mmdet.models": "",
    "mmseg": "",
    "mmseg.models": "",
}


class FakeSite:
    """Writes what pip would have put into a ``site-packages``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def distribute(self, name: str, version: str, imports: str = "", plugin: str = "") -> None:
        """Install the metadata of a distribution that owns an import name, or has a plugin."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "top_level.txt").write_text(imports + "\n")
        if plugin:
            (info / "entry_points.txt").write_text(f"[segdet_kit]\n{plugin}\n")

    def install(self, name: str, version: str, files: Mapping[str, str], plugin: str = "") -> Path:
        """Install a distribution with its files and a RECORD of them all; return its RECORD."""
        self.distribute(name, version, plugin=plugin)
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        for file, text in files.items():
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        record = info / "RECORD"
        paths = [self.folder / file for file in files] + sorted(info.iterdir())
        rows = [(path.relative_to(self.folder).as_posix(), *_hash_and_size(path)) for path in paths]
        with record.open("w", newline="", encoding="utf-8") as file:  # lines end in CR LF, as pip's do
            csv.writer(file).writerows([*rows, (record.relative_to(self.folder).as_posix(), "", "")])
        return record

    def package(self, name: str, source: str = "") -> None:
        """Install a package."""
        folder = self.folder.joinpath(*name.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").write_text(source)

    def healthy_stack(self) -> None:
        """Install packages in the stack's names that import in no time."""
        for name, source in HEALTHY.items():
            self.package(name, source)


def _hash_and_size(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"sha256={digest}", len(content)
