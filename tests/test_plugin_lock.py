from __future__ import annotations

import json
import os
import string
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.catalog import installed
from segdet_kit.commands.plugins_lock import plugins_allow, plugins_deny, plugins_lock
from segdet_kit.errors import KitError, PluginError
from segdet_kit.plugin_lock import EMPTY, Lock, Pin, check_point, lock_path, read_lock, write_lock
from segdet_kit.plugins import Discovery, discover
from segdet_kit.testing.check import Check, CheckFailure
from segdet_kit.testing.conformance import checks_of
from segdet_kit.testing.subject import find_subject
from tests.fake_site import FakeSite

MARKING = "from pathlib import Path\nwith Path({!r}).open('a') as file:\n    file.write(__name__ + ' ')\n"
PLUGIN = """
from segdet_kit import Loss, hookimpl

@hookimpl
def register_losses():
    return [Loss(name="crater", target="segdet_moon.net:Crater", summary="a loss")]
"""


class Moon:
    """The distribution segdet-moon, whose modules leave marks when they are imported."""

    def __init__(self, folder: Path) -> None:
        self.site = FakeSite(folder / "site")
        self.marks = folder / "marks"
        self.install("1.0")

    def install(self, version: str) -> None:
        mark = MARKING.format(str(self.marks))
        files = {"segdet_moon/__init__.py": mark, "segdet_moon/plugin.py": mark + PLUGIN}
        self.record = self.site.install("segdet-moon", version, files, plugin="moon = segdet_moon.plugin")

    def imported(self) -> bool:
        """Whether anything of the package ran, its parent package included."""
        return self.marks.exists() or any(name.startswith("segdet_moon") for name in sys.modules)


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("segdet_moon")]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "plugins.lock"
    monkeypatch.setenv("SEGDET_PLUGIN_LOCK", str(path))
    for name in ("SEGDET_REQUIRE_LOCK", "SEGDET_STRICT_PLUGINS", "SEGDET_DISABLED_PLUGINS"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.fixture
def moon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moon]:
    moon = Moon(tmp_path)
    monkeypatch.syspath_prepend(str(moon.site.folder))
    yield moon
    forget()


def outcome(found: Discovery) -> str:
    """Of the plugin 'moon': 'loaded', or why it failed."""
    failed = [failure.error for failure in found.failures if failure.plugin == "moon"]
    offered = [offer.component.name for offer in found.offers if offer.provider.plugin == "moon"]
    return "loaded" if (failed, offered) == ([], ["crater"]) else " ".join(failed)


ALLOW = "segdet-kit plugins allow segdet-moon"


def test_without_a_lock_plugins_load(moon: Moon) -> None:
    assert outcome(discover()) == "loaded"
    assert moon.marks.read_text() == "segdet_moon segdet_moon.plugin "


def test_where_a_lock_is_required_and_missing_only_the_kits_own_plugin_loads(
    moon: Moon, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    found = discover()
    assert {offer.provider.plugin for offer in found.offers} == {"builtin"}
    assert outcome(found) == (
        f"not imported: SEGDET_REQUIRE_LOCK is set and there is no plugin lock at {path}; "
        "to write one of all that is installed: segdet-kit plugins lock"
    )
    assert not moon.imported()


def test_what_is_locked_loads_where_a_lock_is_required(moon: Moon, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_lock()
    assert not moon.imported()
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    assert outcome(discover()) == "loaded"


def test_what_is_not_in_the_lock_is_not_imported(moon: Moon, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lock(EMPTY)
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    assert outcome(discover()) == f"not imported: segdet-moon is not in the plugin lock; to allow it: {ALLOW}"
    assert not moon.imported()


CHANGED = (
    "not imported: segdet-moon changed since it was locked; what changed: segdet-kit plugins verify; "
    f"to allow it as it is now: {ALLOW}"
)


def test_a_changed_record_is_refused_where_a_lock_is_required(
    moon: Moon, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins_lock()
    with moon.record.open("a") as file:
        file.write("segdet_moon/more.py,,\n")
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    assert outcome(discover()) == CHANGED
    assert not moon.imported()
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "0")
    assert outcome(discover()) == "loaded"


def test_another_version_is_refused_until_it_is_allowed(moon: Moon, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_lock()
    for file in moon.record.parent.iterdir():
        file.unlink()
    moon.record.parent.rmdir()
    moon.install("2.0")
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    assert outcome(discover()) == CHANGED
    assert not moon.imported()
    plugins_allow("Segdet_Moon")
    assert outcome(discover()) == "loaded"


def test_what_lost_its_record_is_refused(moon: Moon, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_lock()
    moon.record.unlink()
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    assert outcome(discover()) == CHANGED
    assert not moon.imported()


@pytest.mark.parametrize("required", ["", "1"])
def test_what_is_denied_is_never_imported(moon: Moon, required: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_lock()
    plugins_deny("segdet-moon")
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", required)
    assert outcome(discover()) == f"not imported: the plugin lock denies segdet-moon; to allow it: {ALLOW}"
    assert not moon.imported()


def test_the_conformance_test_does_not_import_what_is_refused(moon: Moon) -> None:
    plugins_deny("segdet-moon")
    installed.cache_clear()
    try:
        failed = [check for check in checks_of(find_subject("moon")) if _failure(check)]
    finally:
        installed.cache_clear()
    assert [check.id for check in failed][:2] == [
        "plugin: loads, and its hooks are known",
        "plugin: its descriptions import nothing heavy",
    ]
    assert all("the plugin lock denies segdet-moon" in _failure(check) for check in failed[:2])
    assert not moon.imported()


def _failure(check: Check) -> str:
    try:
        check.run()
    except CheckFailure as failure:
        return failure.message
    return ""


def test_what_is_refused_is_an_error_in_strict_mode(moon: Moon, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_deny("segdet-moon")
    monkeypatch.setenv("SEGDET_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="plugin 'moon' of segdet-moon failed: not imported: "):
        discover()
    assert not moon.imported()


def test_a_point_of_no_distribution_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    with pytest.raises(PluginError, match="not imported: unknown is not in the plugin lock"):
        check_point(
            EntryPoint("a", "a.plugin", "segdet_kit"), "unknown", Lock({"unknown": Pin("1", "")}, frozenset())
        )


def test_nothing_else_enters_by_the_name_of_the_kits_own_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGDET_REQUIRE_LOCK", "1")
    check_point(EntryPoint("anything", "segdet_kit.builtin.plugin", "segdet_kit"), "other", EMPTY)
    with pytest.raises(PluginError, match="not imported"):
        check_point(EntryPoint("builtin", "segdet_moon.plugin", "segdet_kit"), "segdet-kit", EMPTY)


names = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)
pins = st.builds(Pin, st.text(string.printable), st.text("0123456789abcdef", min_size=64, max_size=64))
locks = st.builds(Lock, st.dictionaries(names, pins, max_size=4), st.frozensets(names, max_size=4))


@given(lock=locks)
def test_a_lock_is_read_as_it_was_written(lock: Lock) -> None:
    write_lock(lock)
    assert read_lock() == lock


def test_nobody_but_its_owner_can_write_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        write_lock(EMPTY)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o622])
def test_a_lock_that_others_can_write_is_refused(path: Path, mode: int) -> None:
    write_lock(EMPTY)
    path.chmod(mode)
    with pytest.raises(KitError, match="can be written by others than its owner") as raised:
        discover()
    assert raised.value.hint == f"look through it, then: chmod go-w {path}"


def changed(**keys: object) -> str:
    return json.dumps({"format": 1, "allowed": {}, "denied": [], **keys})


DAMAGED = {
    "": "Expecting value",
    "{": "Expecting property name",
    "[]": "it must have the keys format, allowed and denied, and no others",
    '{"format": 1, "allowed": {}}': "it must have the keys",
    changed(comment="mine"): "it must have the keys",
    changed(allowed=[]): "it must have the keys",
    changed(denied=["a", 1]): "it must have the keys",
    changed(format=2): "it has format 2, and this version of the kit reads format 1",
    changed(allowed={"a": {}}): "'a' must have version and record_sha256, and nothing else",
    changed(allowed={"a": {"version": "1", "record_sha256": None}}): "'a' must have",
    changed(allowed={"a": {"version": "1", "record_sha256": "0", "url": ""}}): "'a' must have",
    b"\xff\xfe": "can't decode",
}


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_lock_stops_every_command_that_needs_plugins(path: Path, content: str | bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(KitError) as raised:
        discover()
    assert raised.value.message.startswith(f"{path}: the plugin lock is damaged: ")
    assert DAMAGED[content] in raised.value.message
    assert raised.value.hint == f"restore it, or: rm {path} && segdet-kit plugins lock"


def test_names_in_a_file_written_by_hand_are_made_normal(path: Path) -> None:
    path.parent.mkdir()
    pinned = {"Its_Package": {"version": "1", "record_sha256": "0"}}
    path.write_text(changed(allowed=pinned, denied=["Other.One"]))
    path.chmod(0o600)
    assert read_lock() == Lock({"its-package": Pin("1", "0")}, frozenset({"other-one"}))


def test_a_lock_that_is_no_file_cannot_be_read_nor_written(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(KitError, match="the plugin lock cannot be read: Is a directory"):
        read_lock()
    with pytest.raises(KitError, match="the plugin lock cannot be written: Is a directory") as raised:
        write_lock(EMPTY)
    assert raised.value.hint == "name another file in SEGDET_PLUGIN_LOCK"


def test_the_file_lies_among_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGDET_PLUGIN_LOCK")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert lock_path() == tmp_path / "settings" / "segdet-kit" / "plugins.lock"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert lock_path() == tmp_path / ".config" / "segdet-kit" / "plugins.lock"
