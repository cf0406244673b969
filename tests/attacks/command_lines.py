"""Arguments and environments that would run something if a shell, or Python, read them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from unittest.mock import patch

from tests.attacks.trap import Trap

Case = tuple[str, list[str], dict[str, str]]
"""A name, the arguments of segdet-kit, and what stands in the environment."""
RECIPE = {"task": "detection", "data": {"type": "shapes"}, "head": "rtmdet", "backbone": "resnet18"}


def command_lines(trap: Trap) -> Iterator[Case]:
    """Every command line; a sound recipe lies in the working folder."""
    (trap.folder / "recipe.json").write_text(json.dumps(RECIPE))
    for setting in _settings(trap):
        yield f"--set {setting[:40]}", ["show", "recipe.json", "--set", setting], {}
        yield (
            f"--untrusted --set {setting[:40]}",
            ["show", "recipe.json", "--untrusted", "--set", setting],
            {},
        )
    for text in _texts(trap):
        yield f"show {text[:30]}", ["show", text], {}
        yield f"plugins info {text[:30]}", ["plugins", "info", text], {}
        yield f"predict {text[:30]}", ["predict", "recipe.json", text, "--out", text], {}
        yield f"SEGDET_DATA={text[:30]}", ["show", "recipe.json"], {"SEGDET_DATA": text}
        yield f"SEGDET_PLUGIN_LOCK={text[:30]}", ["plugins", "list"], {"SEGDET_PLUGIN_LOCK": text}
    yield "show evil.py", ["show", "evil.py"], {}
    yield "show base.py --untrusted", ["show", "base.py", "--untrusted"], {}


def node_lists(trap: Trap) -> Iterator[str]:
    """What SLURM_NODELIST can hold, to a program that puts it into a shell's command."""
    yield from (
        f"n1; {trap.shell} #",
        f"$({trap.shell})",
        f"`{trap.shell}`",
        f"n1 | {trap.shell}",
        f"n1\n{trap.shell}",
    )
    yield from (f"n1 && {trap.shell} #", f"n1 > {trap.mark} #", f"-h; {trap.shell} #")


def _settings(trap: Trap) -> Iterator[str]:
    evil = json.dumps({"type": "os.mkdir", "path": str(trap.mark)})
    yield f"seed={trap.python}"
    yield f"classes=[{trap.python}]"
    yield f"overrides.model={evil}"
    yield f"overrides.custom_hooks=[{evil}]"
    yield f"overrides.model.backbone={evil}"
    yield 'overrides.custom_imports={"imports": ["evilmod"]}'
    yield "overrides.default_scope=evilmod"
    yield "overrides.model.type=evilmod.Thing"
    yield "backbone.type=evilmod.Thing"
    yield "head=evilmod:Thing"
    yield "data.type=os.system"
    yield "base=mmdet::../../../evil.py"
    yield "extends=base.py"
    yield "overrides._base_=base.py"
    yield "task={{ fileBasename }}"


def _texts(trap: Trap) -> Iterator[str]:
    yield from (
        f"; {trap.shell}",
        f"$({trap.shell})",
        f"`{trap.shell}`",
        f"|{trap.shell}",
        f"x\n{trap.shell}",
    )
    yield from (
        trap.python,
        "evilmod.Thing",
        f"--set={trap.python}",
        "ext::sh -c x",
        f"file://{trap.folder}/evil.py",
    )


def attempt(arguments: list[str], environment: dict[str, str]) -> None:
    """Run the command line in this process."""
    from segdet_kit.__main__ import main

    with patch.dict(os.environ, environment), patch.object(sys, "argv", ["segdet-kit", *arguments]):
        main()


def attempt_nodes(nodes: str) -> None:
    """Enter what every model is built and run in."""
    from segdet_kit.openmmlab.state import isolated

    with (
        patch.dict(os.environ, {"SLURM_NODELIST": nodes, "SLURM_PROCID": "0", "SLURM_NTASKS": "1"}),
        isolated(),
    ):
        raise AssertionError("a list of nodes that is none was let in")
