from __future__ import annotations

import pytest

from segdet_kit.catalog import Catalog, check_kind
from segdet_kit.components import Backbone, Head, Metric, Neck
from segdet_kit.errors import PluginError
from segdet_kit.plugins import discover
from tests.fake_plugins import PluginMaker

SOURCE = """
@hookimpl
def register_backbones():
    return [backbone('resnet18'), backbone('shared', tasks=('semantic',))]

@hookimpl
def register_necks():
    return [Neck(name='shared', target='a.b:C', summary='a neck')]
"""


@pytest.fixture
def catalog(make_plugin: PluginMaker, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    monkeypatch.setenv("SEGDET_DISABLED_PLUGINS", "off")
    sources = {"mine": SOURCE, "sick": "import no_such_module", "off": SOURCE}
    return Catalog(discover([make_plugin(name, source) for name, source in sources.items()]))


def test_a_component_is_found_by_kind_and_name(catalog: Catalog) -> None:
    assert catalog.get(Backbone, "resnet18").type == "fake.net.Net"
    assert catalog.provider(catalog.get(Neck, "shared")).plugin == "mine"


def test_a_misspelt_name_gets_the_nearest_one_what_exists_and_what_failed(catalog: Catalog) -> None:
    with pytest.raises(PluginError, match="no backbone is named 'resnet-18' in the registry") as caught:
        catalog.get(Backbone, "resnet-18")
    assert "did you mean 'resnet18'?" in caught.value.hint
    assert "there are: resnet18, shared" in caught.value.hint
    assert "failed plugins: sick (ModuleNotFoundError" in caught.value.hint
    assert caught.value.hint.endswith("disabled plugins: off")


def test_an_empty_kind_says_that_there_are_none(catalog: Catalog) -> None:
    with pytest.raises(PluginError) as caught:
        catalog.get(Head, "rtmdet")
    assert "there are: none" in caught.value.hint


def test_a_component_of_another_task_is_refused(catalog: Catalog) -> None:
    with pytest.raises(PluginError, match="backbone 'shared' is for semantic, not for detection") as caught:
        catalog.get(Backbone, "shared", "detection")
    assert caught.value.hint == "for detection there are: resnet18"


def test_a_name_that_kinds_share_must_be_written_with_its_kind(catalog: Catalog) -> None:
    with pytest.raises(PluginError, match="'shared' names more than one component") as caught:
        catalog.find("shared")
    assert caught.value.hint == "write one of: backbone/shared, neck/shared"
    assert catalog.find("neck/shared").component.kind == "neck"
    with pytest.raises(PluginError, match="no component is named 'metric/shared'"):
        catalog.find(f"{Metric.kind}/shared")


def test_components_of_one_kind_share_a_name_where_their_tasks_differ(make_plugin: PluginMaker) -> None:
    source = """
@hookimpl
def register_backbones():
    return [backbone('net', tasks=('semantic',)), backbone('net', tasks=('instance', 'panoptic'))]
"""
    catalog = Catalog(discover([make_plugin("mine", source)]))
    assert catalog.get(Backbone, "net", "panoptic").tasks == ("instance", "panoptic")
    assert catalog.get(Backbone, "net", "semantic").tasks == ("semantic",)
    with pytest.raises(PluginError, match="backbone 'net' is for semantic, instance, panoptic, not for det"):
        catalog.get(Backbone, "net", "detection")
    with pytest.raises(PluginError, match="'net' names more than one component") as caught:
        catalog.find("net")
    assert caught.value.hint == "write one of: backbone/semantic/net, backbone/instance/net"
    assert catalog.find("backbone/instance/net").component.tasks == ("instance", "panoptic")
    assert catalog.find("semantic/net").component.tasks == ("semantic",)


def test_an_unknown_kind_is_named_with_its_nearest(catalog: Catalog) -> None:
    assert check_kind("head") == "head"
    with pytest.raises(PluginError, match="no kind of component is named 'heads'") as caught:
        check_kind("heads")
    assert caught.value.hint.startswith("did you mean 'head'? kinds are: backbone, neck")
