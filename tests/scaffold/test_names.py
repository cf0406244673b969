"""The names of a new plugin fit everywhere they are written, and are nobody else's."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.catalog import Catalog, installed
from segdet_kit.components import Loss
from segdet_kit.errors import PluginError
from segdet_kit.plugins import discover
from segdet_kit.scaffold.names import names_for, refuse_taken


def test_a_prefix_is_left_out_of_what_recipes_write() -> None:
    names = names_for("segdet-red-maple")
    assert (names.distribution, names.module, names.plugin) == (
        "segdet-red-maple",
        "segdet_red_maple",
        "red-maple",
    )
    assert names_for("maple").plugin == "maple"


@given(st.text("aZ09-_.é", min_size=1, max_size=12))
def test_a_name_that_is_taken_fits_a_component_and_an_import(name: str) -> None:
    try:
        names = names_for(name)
    except PluginError:
        return
    assert names.module.isidentifier()
    assert names.module.isascii()
    Loss(name=names.plugin, target=f"{names.module}.loss:Loss", summary="a loss")


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("maple/net", "'maple/net' cannot be the name of a package", "segdet-maple"),
        ("segdet-", "'segdet-' cannot be the name of a package", "segdet-maple"),
        ("Red_Maple", "'Red_Maple' is not in the form that package indexes use", "write it 'red-maple'"),
        ("3d", "'3d' cannot be imported as '3d'", "segdet-maple"),
        ("class", "'class' cannot be imported as 'class'", "segdet-maple"),
        ("registry", "taken for a toolbox by OpenMMLab", "another name"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, message: str, hint: str) -> None:
    with pytest.raises(PluginError) as error:
        names_for(name)
    assert message in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("timm", "a plugin named 'timm' is installed already"),
        ("segdet-resnet18", "segdet-kit offers a backbone 'resnet18' already"),
        ("pluggy", "a package 'pluggy' is installed already"),
        ("json", "a module 'json' exists already"),
    ],
)
def test_a_name_that_is_installed_is_refused(name: str, message: str) -> None:
    with pytest.raises(PluginError, match=message) as error:
        refuse_taken(names_for(name), ["backbone"], installed())
    assert "another name" in error.value.hint


def test_a_component_of_another_kind_may_have_the_name() -> None:
    refuse_taken(names_for("segdet-resnet18"), ["neck"], installed())


def test_plugins_that_failed_or_are_disabled_keep_their_names(
    make_plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_DISABLED_PLUGINS", "off")
    builtin = [point for point in entry_points(group="segdet_kit") if point.name == "builtin"]
    catalog = Catalog(discover([*builtin, make_plugin("broken", "1 / 0"), make_plugin("off", "")]))
    for name in ("broken", "off"):
        with pytest.raises(PluginError, match=f"a plugin named '{name}' is installed already"):
            refuse_taken(names_for(f"segdet-{name}"), ["backbone"], catalog)


def test_a_folder_that_lies_here_is_no_module(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "maple").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    refuse_taken(names_for("maple"), ["backbone"], installed())
