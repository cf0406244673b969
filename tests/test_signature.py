from __future__ import annotations

import sys
from pathlib import Path

import pytest

from segdet_kit.signature import signature_of

SOURCE = """
raise RuntimeError("imported")

class Net:
    def __init__(self, depth: int, *, width: float = 1.5, **others) -> None: ...

class Plain: ...

def factory(root, split="train"): ...
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "some_package" / "deep"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text(
        "from . import deep\nfrom .deep.nets import Net as Network, Plain\n"
    )
    (folder / "__init__.py").write_text(SOURCE)
    (folder / "nets.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("target", "signature"),
    [
        ("some_package.deep.nets:Net", "Net(depth: int, *, width: float=1.5, **others)"),
        ("some_package.deep:Net", "Net(depth: int, *, width: float=1.5, **others)"),
        ("some_package.deep.nets:Plain", "Plain(...)"),
        ("some_package.deep.nets:factory", "factory(root, split='train')"),
        ("some_package.deep.nets:Absent", None),
        ("some_package:Network", "Net(depth: int, *, width: float=1.5, **others)"),
        ("some_package:deep", None),
        ("some_package.absent:Net", None),
        ("no_such_package_xyz:Net", None),
    ],
)
@pytest.mark.usefixtures("package")
def test_a_signature_is_read_without_importing_its_module(target: str, signature: str | None) -> None:
    assert signature_of(target) == signature
    assert "some_package.deep" not in sys.modules
