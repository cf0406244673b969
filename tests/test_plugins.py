from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

import pytest

from segdet_kit.errors import PluginError
from segdet_kit.plugin_lock import OWN_PLUGIN
from segdet_kit.plugins import discover
from tests.fake_plugins import PluginMaker

GOOD = "@hookimpl\ndef register_backbones():\n    return [backbone('tiny')]\n"

BROKEN = {
    "fails to import": (
        "import no_such_module_xyz",
        "ModuleNotFoundError: No module named 'no_such_module_xyz'",
    ),
    "exits on import": ("raise SystemExit(3)", "SystemExit: 3"),
    "misspells a hook": (
        "@hookimpl\ndef register_backbonez():\n    return []\n",
        "unknown hook 'register_backbonez'; did you mean 'register_backbones'?",
    ),
    "invents a hook": ("@hookimpl\ndef do_things():\n    return []\n", "unknown hook 'do_things'"),
    "names an unknown argument": (
        "@hookimpl\ndef register_backbones(config):\n    return []\n",
        "Argument(s) {'config'}",
    ),
    "forgets the marker": (
        "def register_backbones():\n    return []\n",
        "hook 'register_backbones' lacks its marker",
    ),
    "implements nothing": ("value = 1", "implements no hook"),
    "raises in its hook": (
        "@hookimpl\ndef register_backbones():\n    raise RuntimeError('no licence')\n",
        "RuntimeError: no licence",
    ),
    "returns another kind": (
        "@hookimpl\ndef register_necks():\n    return [backbone('tiny')]\n",
        "which is no Neck",
    ),
    "returns no component": (
        "@hookimpl\ndef register_necks():\n    return ['fpn']\n",
        "'fpn', which is no Neck",
    ),
    "offers one name twice": (
        "@hookimpl\ndef register_backbones():\n    return [backbone('a'), backbone('a')]\n",
        "offers backbone 'a' twice",
    ),
    "has a bad name": (
        "@hookimpl\ndef register_backbones():\n    return [backbone('Bad Name')]\n",
        "backbone name 'Bad Name'",
    ),
    "has defaults that are not literals": (
        "@hookimpl\ndef register_backbones():\n    return [backbone('a', defaults={'f': print})]\n",
        "defaults must be literals",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_is_reported_and_breaks_no_other(make_plugin: PluginMaker, fault: str) -> None:
    source, message = BROKEN[fault]
    found = discover([make_plugin("aaa-broken", source), make_plugin("good", GOOD)])
    assert [offer.component.name for offer in found.offers] == ["tiny"]
    (failure,) = found.failures
    assert failure.plugin == "aaa-broken"
    assert message in failure.error


def test_the_later_of_two_plugins_that_offer_one_name_fails_whole(make_plugin: PluginMaker) -> None:
    second = "@hookimpl\ndef register_backbones():\n    return [backbone('other'), backbone('tiny')]\n"
    found = discover([make_plugin("second", second), make_plugin("first", GOOD)])
    assert [(offer.component.name, offer.provider.plugin) for offer in found.offers] == [("tiny", "first")]
    (failure,) = found.failures
    assert failure.plugin == "second"
    assert failure.error == "offers backbone 'tiny', which plugin 'first' of unknown offers too"


def test_two_plugins_of_one_name_are_both_used(make_plugin: PluginMaker) -> None:
    first, other = make_plugin("first", GOOD), make_plugin("other", GOOD.replace("tiny", "other"))
    found = discover([first, EntryPoint("first", other.value, "segdet_kit")])
    assert not found.failures
    assert {offer.component.name for offer in found.offers} == {"tiny", "other"}


def test_the_kits_own_components_cannot_be_replaced_whatever_a_plugin_is_called(
    make_plugin: PluginMaker,
) -> None:
    source = "@hookimpl\ndef register_backbones():\n    return [backbone('resnet18')]\n"
    (own,) = [point for point in entry_points(group="segdet_kit") if point.value == OWN_PLUGIN]
    found = discover([make_plugin("aaa", source), make_plugin("builtin", source), own])
    assert {offer.provider.distribution for offer in found.offers} == {"segdet-kit"}
    assert [failure.plugin for failure in found.failures] == ["aaa", "builtin"]


def test_a_disabled_plugin_is_not_imported(make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make_plugin("bomb", "raise RuntimeError('imported')")
    monkeypatch.setenv("SEGDET_DISABLED_PLUGINS", "other, bomb")
    found = discover([bomb, make_plugin("good", GOOD)])
    assert found.failures == ()
    assert found.disabled == ("bomb",)
    assert len(found.offers) == 1


def test_strict_mode_stops_at_the_first_failure(
    make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin 'bomb' of unknown failed: RuntimeError: boom") as caught:
        discover([make_plugin("bomb", "raise RuntimeError('boom')")])
    assert "SEGDET_DISABLED_PLUGINS" in caught.value.hint


def test_installed_plugins_load_without_failure() -> None:
    found = discover()
    assert found.failures == ()
    assert found.offers
