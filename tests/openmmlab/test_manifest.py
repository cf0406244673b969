from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from segdet_kit.openmmlab import manifest


class Records:
    """A data set that is its records."""

    def __init__(self, *records):
        self.records = records

    def __len__(self):
        return len(self.records)

    def get_data_info(self, index):
        return self.records[index]


def stored(folder: Path, contents: dict[str, bytes], label: int = 1) -> Records:
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return Records(
        *({"img_path": str(folder / name), "instances": [{"bbox_label": label}]} for name in contents)
    )


def test_equal_data_have_equal_fingerprints_wherever_they_are(tmp_path):
    files = {"a.png": b"12", "b.png": b"345"}
    first = manifest.fingerprint(stored(tmp_path / "here", files))
    assert first == manifest.fingerprint(stored(tmp_path / "there", files))
    assert len(first) == 64


@pytest.mark.parametrize(
    ("files", "label"),
    [
        ({"a.png": b"12", "b.png": b"3456"}, 1),
        ({"a.png": b"12", "c.png": b"345"}, 1),
        ({"a.png": b"12"}, 1),
        ({"a.png": b"12", "b.png": b"345"}, 2),
    ],
)
def test_another_size_name_number_or_label_is_another_fingerprint(tmp_path, files, label):
    first = manifest.fingerprint(stored(tmp_path / "a", {"a.png": b"12", "b.png": b"345"}))
    assert manifest.fingerprint(stored(tmp_path / "b", files, label)) != first


def test_the_order_of_samples_does_not_matter():
    assert manifest.fingerprint(Records({"id": 1}, {"id": 2})) == manifest.fingerprint(
        Records({"id": 2}, {"id": 1})
    )


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_git_state_is_commit_and_whether_something_changed_since(tmp_path):
    assert manifest.git_state(tmp_path) is None
    git(tmp_path, "init")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--allow-empty", "-m", "first")
    state = manifest.git_state(tmp_path)
    assert len(state["commit"]) == 40
    assert state["dirty"] is False
    (tmp_path / "new").write_text("")
    assert manifest.git_state(tmp_path) == {**state, "dirty": True}


def test_without_git_there_is_no_git_state(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest.shutil, "which", lambda name: None)
    assert manifest.git_state(tmp_path) is None


def test_a_manifest_names_seed_device_plugins_and_versions():
    found = manifest.describe(
        Records({"id": 1}), seed=3, device="cuda:1", processes=2, plugins={"segdet-timm": "0.1.0"}
    )
    assert (found["seed"], found["device"], found["plugins"]) == (3, "cuda:1", {"segdet-timm": "0.1.0"})
    assert found["data"]["images"] == 1
    assert set(found["packages"]) >= {"torch", "onedl-mmengine", "segdet-kit"}


def test_packages_are_those_that_are_there_whoever_owns_a_name(monkeypatch):
    owners = {"torch": ["torch"], "mmcv": ["numpy", "torch"], "mmdet": []}
    monkeypatch.setattr(manifest, "packages_distributions", lambda: owners)
    assert list(manifest.packages()) == ["torch", "numpy"]
