from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as reference

from segdet_kit.builtin.datasets import SHAPES
from segdet_kit.data import shapes
from segdet_kit.data.scene import OUTLINES, draw_scene
from segdet_kit.errors import DataError

# pycocotools 2.0 decodes masks by a protocol that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = {"seed": 5, "counts": {"train": 3, "val": 2}, "image_size": 64}


def fingerprints(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(f.relative_to(root)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes") / "data"
    shapes.generate(folder, **SMALL)
    return folder


def test_one_seed_gives_the_same_bytes(root: Path, tmp_path: Path) -> None:
    shapes.generate(tmp_path, **SMALL)
    assert fingerprints(tmp_path) == fingerprints(root)


def test_another_seed_and_another_split_give_other_pictures(root: Path, tmp_path: Path) -> None:
    shapes.generate(tmp_path, **SMALL | {"seed": 6})
    pictures = [value for name, value in fingerprints(root).items() if name.startswith("images")]
    pictures += [value for name, value in fingerprints(tmp_path).items() if name.startswith("images")]
    assert len(set(pictures)) == len(pictures) == 10


def test_more_images_do_not_change_the_first_ones(root: Path, tmp_path: Path) -> None:
    shapes.generate(tmp_path, **SMALL | {"counts": {"train": 5, "val": 2}})
    longer = fingerprints(tmp_path)
    unchanged = {name: value for name, value in fingerprints(root).items() if name.endswith(".png")}
    assert unchanged.items() <= longer.items()


def test_boxes_masks_and_label_maps_tell_the_same_story(root: Path) -> None:
    coco = json.loads((root / "annotations" / "train.json").read_text())
    assert [c["name"] for c in coco["categories"]] == list(SHAPES)
    for image in coco["images"]:
        picture = cv2.imread(str(root / "images" / "train" / image["file_name"]))
        assert picture.shape == (image["height"], image["width"], 3)
        drawn = np.zeros((64, 64), np.uint8)
        for each in (a for a in coco["annotations"] if a["image_id"] == image["id"]):
            mask = reference.decode(reference.frPyObjects(each["segmentation"], 64, 64)).astype(bool)
            assert not drawn[mask].any(), "visible masks are disjoint"
            drawn[mask] = each["category_id"]
            assert each["area"] == mask.sum()
            x, y, w, h = each["bbox"]
            inside = np.zeros_like(mask)
            inside[y : y + h, x : x + w] = True
            assert not mask[~inside].any()
            assert mask[y].any()
            assert mask[y + h - 1].any()
            assert mask[:, x].any()
            assert mask[:, x + w - 1].any()
        labels = cv2.imread(str(root / "labels" / "train" / image["file_name"]), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(labels, drawn)


def test_colour_does_not_tell_the_class_nor_texture_contrast() -> None:
    looks, labels = [], []
    for index in range(150):
        scene = draw_scene(np.random.default_rng([1, index]), 64)
        for mask, label in zip(scene.masks, scene.labels, strict=True):
            pixels = scene.image[mask].astype(float)
            looks.append([*pixels.mean(axis=0), *pixels.std(axis=0)])
            labels.append(label)
    features, truth = np.array(looks), np.array(labels)
    half = len(truth) // 2
    means = np.stack([features[:half][truth[:half] == c].mean(axis=0) for c in range(len(SHAPES))])
    guesses = np.linalg.norm(features[half:, None] - means, axis=2).argmin(axis=1)
    assert (guesses == truth[half:]).mean() < 0.4, "chance is 0.25"


def test_scenes_vary_in_size_and_hide_figures_behind_others() -> None:
    scenes = [draw_scene(np.random.default_rng([2, index]), 64) for index in range(60)]
    areas = [int(mask.sum()) for scene in scenes for mask in scene.masks]
    assert max(areas) > 15 * min(areas)
    assert {label for scene in scenes for label in scene.labels} == set(range(len(OUTLINES)))
    broken = sum(
        cv2.connectedComponents(mask.astype(np.uint8))[0] > 2 for scene in scenes for mask in scene.masks
    )
    assert broken > 0, "some figures are cut in parts by what hides them"


def test_the_described_classes_are_the_drawn_ones() -> None:
    assert tuple(OUTLINES) == SHAPES


def test_the_data_set_is_kept_in_the_cache_and_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = shapes.ensure(None, **SMALL)
    assert folder.parent == tmp_path / "segdet-kit"
    monkeypatch.setattr(shapes, "generate", lambda *_, **__: pytest.fail("generated again"))
    assert shapes.ensure(None, **SMALL) == folder


def test_the_cache_is_in_the_home_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shapes.ensure(None, **SMALL).parent == tmp_path / ".cache" / "segdet-kit"


def test_other_parameters_have_a_folder_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert shapes.ensure(None, **SMALL) != shapes.ensure(None, **SMALL | {"seed": 6})


def test_two_processes_at_once_end_with_one_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, generate = tmp_path / "data", shapes.generate

    def while_another_finishes(aside: Path, **parameters: object) -> None:
        generate(aside, **parameters)
        generate(folder, **parameters)

    monkeypatch.setattr(shapes, "generate", while_another_finishes)
    assert shapes.ensure(folder, **SMALL) == folder
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interrupted_generation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shapes, "draw_scene", interrupt)
    with pytest.raises(KeyboardInterrupt):
        shapes.ensure(tmp_path / "data", **SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        shapes.ensure(tmp_path / "file" / "data", **SMALL)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a shapes data set"):
        shapes.ensure(tmp_path, **SMALL)


def test_a_folder_of_other_parameters_is_refused(root: Path) -> None:
    with pytest.raises(DataError, match="other parameters"):
        shapes.ensure(root, **SMALL | {"seed": 6})
