from __future__ import annotations

import json
from pathlib import Path

import pytest

from segdet_kit.artifact import is_artifact, open_artifact, sha256
from segdet_kit.errors import KitError
from segdet_kit.source import resolve


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "config.py").write_text("default_scope = 'mmdet'\n", encoding="utf-8")
    manifest = {"format": "onnx", "files": {"model.bin": sha256(tmp_path / "model.bin")}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


def test_an_artifact_stands_for_its_config_and_its_weights(artifact: Path) -> None:
    source = resolve(artifact)
    assert (source.checkpoint, source.run) == (artifact, None)
    assert open_artifact(artifact).format == "onnx"


def test_a_run_is_no_artifact(artifact: Path) -> None:
    (artifact / "manifest.json").write_text('{"seed": 0}', encoding="utf-8")
    assert not is_artifact(artifact)
    with pytest.raises(KitError, match="is no exported model"):
        open_artifact(artifact)


@pytest.mark.parametrize("content", [b"weight?", None])
def test_a_file_that_was_changed_or_lost_is_refused(artifact: Path, content: bytes | None) -> None:
    if content is None:
        (artifact / "model.bin").unlink()
    else:
        (artifact / "model.bin").write_bytes(content)
    with pytest.raises(KitError, match="is not the file that was exported"):
        open_artifact(artifact)


def test_a_damaged_manifest_is_told(artifact: Path) -> None:
    (artifact / "manifest.json").write_text('{"format": ', encoding="utf-8")
    with pytest.raises(KitError, match=r"manifest\.json is damaged"):
        resolve(artifact)
