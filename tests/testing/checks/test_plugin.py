from __future__ import annotations

import pytest

from tests.testing.conftest import Judge, MakeSubject

OFFER = "@hookimpl\ndef register_backbones():\n    return [backbone('net')]\n"


def test_a_light_plugin_passes(judge: Judge) -> None:
    for title in ("hooks are known", "imports nothing heavy".replace("imports", "import"), "named registry"):
        assert judge(title, OFFER) == ""


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ("@hookimpl\ndef register_backbone():\n    return []\n", "did you mean 'register_backbones'"),
        ("def register_backbones():\n    return []\n", "lacks its marker"),
        ("@hookimpl\ndef register_backbones():\n    return [backbone('Net')]\n", "use lower case"),
        (
            "@hookimpl\ndef register_backbones():\n    return [backbone('a', defaults={'f': print})]\n",
            "literals",
        ),
        ("@hookimpl\ndef register_heads():\n    return [backbone('a')]\n", "which is no Head"),
        (
            "@hookimpl\ndef register_losses():\n"
            "    return [Loss(name='giou', target='a:B', summary='taken')]\n",
            "offers loss 'giou', which plugin 'builtin' of segdet-kit offers too",
        ),
        ("raise OSError('no such device')", "OSError: no such device"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_caught(judge: Judge, hooks: str, said: str) -> None:
    assert said in judge("hooks are known", hooks)


@pytest.mark.parametrize(
    "hooks",
    [
        "import numpy\n" + OFFER,
        "@hookimpl\ndef register_backbones():\n    import torch.nn\n    return []\n",
        "try:\n    import cv2\nexcept ImportError:\n    cv2 = None\n" + OFFER,
        "import segdet_kit.openmmlab.state\n" + OFFER,
    ],
    ids=["at the top", "in a hook", "if it is there", "through another module"],
)
def test_a_plugin_that_imports_something_heavy_is_caught(judge: Judge, hooks: str) -> None:
    said = judge("import nothing heavy", hooks)
    assert "imports " in said
    assert "the module that a target names" in said


def test_levels_that_import_something_heavy_are_caught(judge: Judge) -> None:
    hooks = "@hookimpl\ndef register_backbones():\n    return [backbone('net', levels='made_parts:levels')]\n"
    assert "torch at" in judge("import nothing heavy", hooks, "import torch\n")


def test_a_module_named_registry_is_caught(
    subject_of: MakeSubject, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import EntryPoint
    from pathlib import Path

    from segdet_kit.testing import CheckFailure
    from segdet_kit.testing.checks.plugin import no_registry
    from segdet_kit.testing.subject import Subject

    made = subject_of(OFFER)
    folder = Path(made.point.load().__file__).parent / "made_package"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").touch()
    packaged = Subject(EntryPoint("made", "made_package.plugin", "segdet_kit"), made.catalog)
    (folder / "registry_of_things.py").touch()
    no_registry(packaged)
    (folder / "deep" / "registry.py").touch()
    with pytest.raises(CheckFailure, match=r"has a module named registry: .*registry\.py\nrename it"):
        no_registry(packaged)
