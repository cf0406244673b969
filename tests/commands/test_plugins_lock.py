from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segdet_kit.commands.plugins_lock import plugins_allow, plugins_deny, plugins_lock
from segdet_kit.commands.plugins_verify import plugins_verify
from segdet_kit.errors import KitError
from segdet_kit.plugin_lock import EMPTY, Lock, Pin, read_lock, write_lock
from tests.fake_site import FakeSite

POINT = "moon = segdet_moon.plugin"
FILES = {"segdet_moon/__init__.py": "raise SystemExit('imported')\n", "segdet_moon/plugin.py": ""}


@pytest.fixture
def lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "plugins.lock"
    monkeypatch.setenv("SEGDET_PLUGIN_LOCK", str(path))
    return path


@pytest.fixture
def site(lock_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSite:
    """Installed are the kit and segdet-moon, as by pip, and other distributions that tests add."""
    site = FakeSite(tmp_path / "site")
    site.install(
        "segdet-kit", "0.1.0", {"segdet_kit/builtin/plugin.py": ""}, "builtin = segdet_kit.builtin.plugin"
    )
    site.install("segdet-moon", "1.0", FILES, POINT)
    monkeypatch.setattr(sys, "path", [str(site.folder)])
    return site


def editable(site: FakeSite) -> None:
    """Install segdet-mars as ``pip install -e`` does: its RECORD lists a pointer and no sources."""
    site.install(
        "segdet-mars", "2.0", {"__editable__.mars.pth": "/home/me/mars\n"}, "mars = segdet_mars.plugin"
    )


def locked() -> Lock:
    lock = read_lock()
    assert lock is not None
    return lock


def differences() -> list[tuple[str, str | None, str]]:
    text, same = plugins_verify(as_json=True)
    found = [(d["distribution"], d["file"], d["problem"]) for d in json.loads(text)["differences"]]
    assert same == (not found)
    return found


def test_all_that_is_installed_is_locked_and_verified(site: FakeSite, lock_file: Path) -> None:
    text = plugins_lock()
    assert text.splitlines() == [
        f"{lock_file}:",
        "  segdet-kit 0.1.0: allowed",
        "  segdet-moon 1.0: allowed",
    ]
    assert {name: pin.version for name, pin in locked().allowed.items()} == {
        "segdet-kit": "0.1.0",
        "segdet-moon": "1.0",
    }
    assert plugins_verify(as_json=False) == (f"{lock_file}: as locked: segdet-kit, segdet-moon", True)


def test_what_is_no_longer_installed_leaves_the_lock_and_what_is_denied_stays(
    site: FakeSite, lock_file: Path
) -> None:
    write_lock(Lock({"segdet-gone": Pin("1", "0")}, frozenset({"segdet-moon", "segdet-bad"})))
    assert "  segdet-moon: stays denied" in plugins_lock().splitlines()
    assert locked().allowed.keys() == {"segdet-kit"}
    assert locked().denied == {"segdet-moon", "segdet-bad"}


def test_one_distribution_is_allowed_and_denied_by_any_spelling(site: FakeSite, lock_file: Path) -> None:
    assert plugins_allow("Segdet_Moon") == f"{lock_file}:\n  segdet-moon 1.0: allowed"
    assert (locked().allowed.keys(), locked().denied) == ({"segdet-moon"}, set())
    assert plugins_deny("segdet.moon") == f"{lock_file}:\n  segdet-moon: denied"
    assert (locked().allowed.keys(), locked().denied) == (set(), {"segdet-moon"})
    plugins_allow("segdet-moon")
    assert (locked().allowed.keys(), locked().denied) == ({"segdet-moon"}, set())


def test_what_is_not_installed_can_be_denied_and_not_allowed(site: FakeSite, lock_file: Path) -> None:
    assert plugins_deny("segdet-bad") == f"{lock_file}:\n  segdet-bad: denied, and not installed"
    with pytest.raises(KitError, match="no distribution 'segdet-mon' with a plugin is installed") as raised:
        plugins_allow("segdet-mon")
    assert raised.value.hint == "did you mean 'segdet-moon'? there are: segdet-kit, segdet-moon"


def test_the_kit_itself_cannot_be_denied(site: FakeSite, lock_file: Path) -> None:
    with pytest.raises(KitError, match="segdet-kit is the kit itself"):
        plugins_deny("segdet-kit")
    assert not lock_file.exists()


def test_an_editable_install_is_locked_by_name_only_and_said_to_be_unpinned(site: FakeSite) -> None:
    editable(site)
    why = "RECORD does not list segdet_mars.plugin, as in an editable install"
    command = "segdet-kit plugins allow segdet-mars"
    assert f"  segdet-mars: not locked: {why}; to trust its folder: {command}" in plugins_lock().splitlines()
    assert differences() == [("segdet-mars", None, "is installed, and neither allowed nor denied")]
    said = f"  segdet-mars 2.0: allowed, its sources not pinned: {why}"
    assert said in plugins_allow("segdet-mars").splitlines()
    assert said in plugins_lock().splitlines()
    assert differences() == [("segdet-mars", None, f"has sources that are not pinned: {why}")]


def test_what_has_no_record_cannot_be_locked(site: FakeSite) -> None:
    site.distribute("segdet-mars", "2.0", plugin="mars = segdet_mars.plugin")
    said = "  segdet-mars: not locked: it has no RECORD; install it with pip"
    assert said in plugins_lock().splitlines()
    with pytest.raises(KitError, match="segdet-mars cannot be locked: it has no RECORD that can be read"):
        plugins_allow("segdet-mars")


def test_a_changed_file_is_named(site: FakeSite, lock_file: Path) -> None:
    plugins_lock()
    (site.folder / "segdet_moon/plugin.py").write_text("more = 1\n")
    assert differences() == [("segdet-moon", "segdet_moon/plugin.py", "is changed")]
    text, _ = plugins_verify(as_json=False)
    assert text == f"{lock_file}: not as locked:\n  segdet-moon: segdet_moon/plugin.py is changed"


def test_a_record_rewritten_to_fit_the_changed_files_is_found(site: FakeSite) -> None:
    plugins_lock()
    info = site.folder / "segdet_moon-1.0.dist-info"
    for file in info.iterdir():
        file.unlink()
    info.rmdir()
    site.install("segdet-moon", "1.1", {**FILES, "segdet_moon/plugin.py": "more = 1\n"}, POINT)
    problem = "has another RECORD: version 1.0 was locked, 1.1 is installed"
    assert differences() == [("segdet-moon", None, problem)]


def test_a_lost_record_is_found(site: FakeSite) -> None:
    plugins_lock()
    (site.folder / "segdet_moon-1.0.dist-info/RECORD").unlink()
    assert differences() == [("segdet-moon", None, "has no RECORD that can be read")]


def test_what_was_uninstalled_and_what_is_undecided_is_found(site: FakeSite) -> None:
    write_lock(Lock({"segdet-gone": Pin("1", "0")}, frozenset()))
    assert differences() == [
        ("segdet-gone", None, "is locked and not installed"),
        ("segdet-moon", None, "is installed, and neither allowed nor denied"),
    ]


def test_what_is_denied_need_not_be_as_anything(site: FakeSite) -> None:
    write_lock(Lock({}, frozenset({"segdet-moon"})))
    (site.folder / "segdet_moon/plugin.py").unlink()
    assert differences() == []


def test_without_a_lock_there_is_nothing_to_verify(lock_file: Path) -> None:
    with pytest.raises(KitError, match="there is no plugin lock") as raised:
        plugins_verify(as_json=False)
    assert raised.value.hint == "to write one: segdet-kit plugins lock"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line where the packages in ``folder`` are installed too."""
    return subprocess.run(
        [sys.executable, "-m", "segdet_kit", "plugins", *arguments],
        env={**os.environ, "PYTHONPATH": str(folder), "SEGDET_REQUIRE_LOCK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_locks_refuses_and_verifies(tmp_path: Path, lock_file: Path) -> None:
    site = FakeSite(tmp_path / "site")
    site.install("segdet-moon", "1.0", FILES, POINT)
    write_lock(EMPTY)
    listed = run(site.folder, "list")
    assert "moon (segdet-moon): not imported: segdet-moon is not in the plugin lock" in listed.stdout
    assert (listed.returncode, listed.stderr) == (0, "")
    assert run(site.folder, "allow", "segdet-moon").stdout == f"{lock_file}:\n  segdet-moon 1.0: allowed\n"
    assert "moon (segdet-moon): SystemExit: imported" in run(site.folder, "list").stdout
    (site.folder / "segdet_moon/more.py").write_text("")
    verified = run(site.folder, "verify")
    assert (verified.returncode, verified.stderr) == (1, "")
    assert "  segdet-moon: segdet_moon/more.py is not in RECORD\n" in verified.stdout
