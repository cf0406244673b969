from __future__ import annotations

import sys

import pytest

from segdet_kit.errors import RecipeError
from segdet_kit.openmmlab.preflight import check_types
from segdet_kit.openmmlab.runtime import prepare


@pytest.fixture(autouse=True, scope="module")
def _prepared():
    prepare()


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module that a config can name."""

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)

    monkeypatch.syspath_prepend(tmp_path)
    yield write
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_both_toolboxes_configs_pass(detector, segmenter, pictures):
    check_types(detector(pictures))
    check_types(segmenter(pictures))


@pytest.mark.parametrize(
    "name", ["mmdet.RTMDet", "mmseg.EncoderDecoder", "mmengine.OptimWrapper", "nms", "RoIAlign"]
)
def test_prefixed_names_and_operators_are_known(name):
    check_types({"default_scope": "mmdet", "model": [{"type": name}]})


def test_albumentations_transforms_are_its_own():
    albu = {"type": "Albu", "transforms": [{"type": "ShiftScaleRotate"}]}
    check_types({"default_scope": "mmdet", "train_dataloader": {"dataset": {"pipeline": [albu]}}})


def test_a_misspelt_name_is_told_with_its_place_and_its_neighbour():
    with pytest.raises(RecipeError, match=r"model\.heads\[1\]\.type: 'RTMDett' .*\n.*did you mean RTMDet\?"):
        check_types({"default_scope": "mmdet", "model": {"heads": [{"type": "RTMDet"}, {"type": "RTMDett"}]}})


def test_a_name_of_the_other_toolbox_is_not_found_without_its_prefix():
    check_types({"default_scope": "mmseg", "model": {"type": "mmdet.RTMDet"}})
    with pytest.raises(RecipeError, match="'RTMDet' is in no registry"):
        check_types({"default_scope": "mmseg", "model": {"type": "RTMDet"}})
    with pytest.raises(RecipeError, match="'NoSuchThing' is in no registry"):
        check_types({"default_scope": "mmdet", "model": {"type": "mmseg.NoSuchThing"}})


def test_nothing_like_it_gets_a_hint_without_a_guess():
    with pytest.raises(RecipeError, match=r"'Qqqqq' is in no registry.*\n.*package\.module\.Class"):
        check_types({"default_scope": "mmdet", "model": {"type": "Qqqqq"}})


def test_a_plugins_missing_dependency_is_told_by_its_own_error(module):
    module("needs_more", "import no_such_dependency\nclass Net: ...\n")
    with pytest.raises(RecipeError, match=r"model\.type: .*No module named 'no_such_dependency'"):
        check_types({"model": {"type": "needs_more.Net"}})


def test_a_plugin_that_fails_to_import_is_told_by_its_own_error(module):
    module("breaks", "raise ValueError('wrong weather')\n")
    with pytest.raises(RecipeError, match=r"importing breaks failed: ValueError: wrong weather"):
        check_types({"model": {"type": "breaks.Net"}})


def test_a_class_that_its_module_lacks_is_told_with_its_neighbour(module):
    module("has_net", "class Network: ...\n")
    with pytest.raises(RecipeError, match=r"module has_net has no 'Netwrk'\ndid you mean Network\?"):
        check_types({"model": {"type": "has_net.Netwrk"}})


def test_a_module_that_does_not_exist_is_told():
    with pytest.raises(RecipeError, match=r"No module named 'no_such_plugin'"):
        check_types({"model": {"type": "no_such_plugin.model.Net"}})
