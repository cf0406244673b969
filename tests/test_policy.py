from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.errors import PolicyError
from segdet_kit.policy import check_types

KNOWN = ("my_plugin.net.Net",)


@pytest.mark.parametrize(
    "name",
    ["ResNet", "nms", "mmdet.ResNet", "mmseg.FCNHead", "mmengine.AdamW", "my_plugin.net.Net",
     "segdet_kit.openmmlab.loop.ResumableTrainLoop"],
)  # fmt: skip
def test_components_and_registered_names_pass(name: str) -> None:
    check_types({"model": [{"type": name, "other": ({"type": name},)}]}, KNOWN)


@pytest.mark.parametrize(
    "name",
    ["os.system", "subprocess.Popen", "torch.load", "mmdet.models.ResNet", "segdet_kit.commands.train.train",
     "__import__('os').system('true')", "nms or 1", "my_plugin.net.Other", "", "kit:resnet18", "a.b\n",
     "ResNet\n", 7, ["ResNet"], {"type": "ResNet"}],
)  # fmt: skip
def test_whatever_else_a_type_names_is_refused(name: Any) -> None:
    with pytest.raises(PolicyError, match="is neither an installed component"):
        check_types({"model": {"neck": [{"type": name}]}}, KNOWN)


@pytest.mark.parametrize("key", ["constructor", "ema_type"])
def test_other_keys_whose_value_mmengine_calls_are_types_too(key: str) -> None:
    check_types({"optim_wrapper": {key: "DefaultOptimWrapperConstructor"}}, KNOWN)
    with pytest.raises(PolicyError, match=rf"optim_wrapper\.{key} = 'os\.system' is neither"):
        check_types({"optim_wrapper": {key: "os.system"}}, KNOWN)


def test_the_refusal_names_the_key_and_the_nearest_component() -> None:
    with pytest.raises(PolicyError, match=r"model\.neck\.0\.type = 'my_plugin\.net\.Nett'") as caught:
        check_types({"model": {"neck": [{"type": "my_plugin.net.Nett"}]}}, KNOWN)
    assert "did you mean 'my_plugin.net.Net'?" in caught.value.hint


@given(st.text(alphabet="abc.:()'_ ", min_size=1))
def test_no_unknown_dotted_path_passes(name: str) -> None:
    config = {"hooks": [{"type": name}]}
    if name.isidentifier():
        check_types(config, ())
    else:
        with pytest.raises(PolicyError):
            check_types(config, ())
