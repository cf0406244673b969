from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segdet_kit import API_VERSION, __version__
from segdet_kit.errors import PluginError
from segdet_kit.hookspecs import HOOKS
from segdet_kit.testing import conformance
from segdet_kit.testing.conformance import OF_COMPONENTS, OF_KIND, OF_PLUGINS, checks_of
from tests.testing.conftest import MakeSubject

TEST_MODULE = """
from segdet_kit.testing import conformance

test_conformance = conformance("timm")
"""


def test_a_check_is_a_line_of_pytests_list(tmp_path: Path) -> None:
    (tmp_path / "test_conformance.py").write_text(TEST_MODULE)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "test_conformance[backbone/timm: channels and strides as declared]" in done.stdout
    assert "test_conformance[plugin: its descriptions import nothing heavy]" in done.stdout


def test_every_kind_has_checks_of_its_own() -> None:
    assert OF_KIND.keys() == set(HOOKS.values())


def test_every_check_that_is_listed_exists() -> None:
    from importlib import import_module

    places = [
        *OF_PLUGINS.values(),
        *OF_COMPONENTS.values(),
        *(p for kind in OF_KIND.values() for p in kind.values()),
    ]
    for place in places:
        module, _, function = place.partition(":")
        assert callable(getattr(import_module(f"segdet_kit.testing.checks.{module}"), function))


def test_a_plugin_that_fails_to_load_still_has_the_checks_of_a_plugin(subject_of: MakeSubject) -> None:
    checks = checks_of(subject_of("raise OSError('no')"))
    assert [check.id for check in checks] == [f"plugin: {title}" for title in OF_PLUGINS]


def test_a_plugin_that_is_not_installed_is_named() -> None:
    with pytest.raises(PluginError, match="plugin 'tim' is not installed") as error:
        conformance("tim")
    assert error.value.hint.startswith("did you mean 'timm'? installed are: ")
    assert " builtin, " in error.value.hint


def test_a_disabled_plugin_is_told_so() -> None:
    code = "from segdet_kit.testing import conformance; conformance('timm')"
    environment = os.environ | {"SEGDET_DISABLED_PLUGINS": "timm"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert "plugin 'timm' is disabled" in done.stderr


def test_the_api_s_version_begins_the_kit_s() -> None:
    assert __version__.split(".")[:2] == API_VERSION.split(".")
