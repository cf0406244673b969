"""The page shows what training begins with, with its labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from segdet_kit.commands.data_preview import data_preview
from segdet_kit.errors import KitError
from segdet_kit.openmmlab.samples import draw_samples
from segdet_kit.reports.palette import colours
from segdet_kit.results import Detections, LabelMap
from segdet_kit.source import assemble_source
from tests.commands.conftest import SIZE, TESTED

AUGMENTED = ["augmentations=['mosaic', {'type': 'affine', 'prob': 1.0}]"]
MakeRecipe = Callable[[str], Path]


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_a_page_of_samples_with_their_labels_is_written(
    make_recipe: MakeRecipe, tmp_path: Path, task: str
) -> None:
    written = data_preview(str(make_recipe(task)), tmp_path / "new", AUGMENTED, "train", 5)
    assert written == str(tmp_path / "new" / "train.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["train.png"]
    page = cv2.imread(written)[..., ::-1]
    assert page.shape[1] > page.shape[0] > 500
    classes = ["background", "disk", "square", "triangle", "star"][task != "semantic" :]
    shown = [(page == colour).all(axis=2).sum() for colour in colours(classes)]
    assert sum(count > 100 for count in shown) >= 2


def test_the_same_seed_gives_the_same_page_and_another_one_another(
    make_recipe: MakeRecipe, tmp_path: Path
) -> None:
    recipe = str(make_recipe("instance"))
    pages = [
        Path(
            data_preview(recipe, tmp_path / str(index), [*AUGMENTED, f"seed={seed}"], "train", 2)
        ).read_bytes()
        for index, seed in enumerate((0, 0, 1))
    ]
    assert pages[0] == pages[1] != pages[2]


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_samples_of_training_are_those_that_a_model_gets(make_recipe: MakeRecipe, task: str) -> None:
    from mmengine.registry import DATASETS

    from segdet_kit.components import toolbox
    from segdet_kit.openmmlab.state import isolated

    config = assemble_source(make_recipe(task), AUGMENTED).config
    panels, classes = draw_samples(config, "train", 5)  # of two images
    assert len(panels) == 5
    assert classes[-1] == "star"
    with isolated("cpu", toolbox(task)):
        dataset = DATASETS.build(config["train_dataloader"]["dataset"])
        for n, panel in enumerate(panels):
            packed = dataset[n]
            np.testing.assert_array_equal(panel.image, packed["inputs"].numpy()[::-1].transpose(1, 2, 0))
            truth = packed["data_samples"]
            if isinstance(panel.result, LabelMap):
                np.testing.assert_array_equal(panel.result.labels, truth.gt_sem_seg.data[0].numpy())
            else:
                np.testing.assert_array_equal(panel.result.boxes, truth.gt_instances.bboxes.tensor.numpy())
            assert panel.name == Path(truth.img_path).name


@pytest.mark.parametrize("task", ["detection", "instance", "semantic"])
def test_other_splits_are_shown_in_the_size_of_their_labels(make_recipe: MakeRecipe, task: str) -> None:
    config = assemble_source(make_recipe(task), [f"image_size={SIZE // 2}"]).config
    panels, _ = draw_samples(config, "test", 99)
    assert len(panels) == TESTED
    for panel in panels:
        assert panel.image.shape == (SIZE, SIZE, 3)
        if isinstance(panel.result, LabelMap):
            assert panel.result.labels.shape == (SIZE, SIZE)
    if task != "semantic":
        assert max(p.result.boxes.max() for p in panels if isinstance(p.result, Detections)) > SIZE // 2


def test_a_native_config_is_shown_by_its_own_pipelines(make_recipe: MakeRecipe) -> None:
    """Its data set is not the kit's wrapper: no epochs follow, and the config's seed fixes what is drawn."""
    config = assemble_source(make_recipe("detection"), AUGMENTED[:0]).config
    config["train_dataloader"]["dataset"] = config["train_dataloader"]["dataset"]["dataset"]
    panels, _ = draw_samples(config, "train", 5)
    assert len(panels) == 2


def test_a_split_that_a_config_lacks_is_told_with_those_it_has(make_recipe: MakeRecipe) -> None:
    config = assemble_source(make_recipe("semantic")).config
    del config["val_dataloader"]
    with pytest.raises(KitError, match="the config has no val_dataloader") as error:
        draw_samples(config, "val", 1)
    assert error.value.hint == "splits that it has: train, test"
