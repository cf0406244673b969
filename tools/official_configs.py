"""How many of mmdet's and mmseg's own configs a stranger could send, by what check_untrusted says of them.

python tools/official_configs.py [--sample N]

The configs are Python programs, run here by whoever installed them. Of each, the model is taken as a sender
would take it, through JSON, and checked. Configs without a model, and those that need a package which is not
installed, are counted apart. The whole takes a few minutes.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segdet_kit.assemble.native import SCOPES, configs_of, run_native
from segdet_kit.errors import KitError, PolicyError, RecipeError
from segdet_kit.untrusted import check_untrusted, evaluated, marked, read_json, unmarked

NOT_INSTALLED = "mmpretrain."
"""The prefix of types from a toolbox that the kit does not install."""


def official() -> list[Path]:
    """Return the configs that are not there to be inherited only."""
    paths = (path for scope in SCOPES for path in sorted(configs_of(scope).rglob("*.py")))
    return [path for path in paths if "_base_" not in path.parts]


def judged(path: Path) -> str:
    """Return ``accepted``, ``no model``, ``fails by itself``, ``needs mmpretrain``, or why it is refused."""
    try:
        config = run_native(path)
    except RecipeError:
        return "fails by itself"
    if not config.get("model"):
        return "no model"
    model: dict[str, Any] = {"default_scope": config["default_scope"], "model": config["model"]}
    text = json.dumps(marked(evaluated(model)))
    if f'"{NOT_INSTALLED}' in text:
        return "needs mmpretrain"
    try:
        check_untrusted(unmarked(read_json(text.encode())))
    except PolicyError as error:
        return error.message
    except KitError as error:
        return f"cannot be read: {error.message}"
    return "accepted"


def verdicts(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Return the configs of each verdict."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[judged(path)].append(f"{path.parent.name}/{path.name}")
    return dict(found)


def main() -> None:
    """Print each verdict with its number, and the names of those that are refused."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int, help="try every Nth config alone")
    found = verdicts(official()[:: parser.parse_args().sample or 1])
    apart = {
        verdict: len(found.pop(verdict, []))
        for verdict in ("no model", "fails by itself", "needs mmpretrain")
    }
    accepted = len(found.pop("accepted", []))
    refused = sum(map(len, found.values()))
    for verdict, names in sorted(found.items()):
        print(f"refused ({len(names)}): {verdict}")
        print("".join(f"  {name}\n" for name in names), end="")
    print("; ".join(f"{verdict}: {number}" for verdict, number in apart.items()))
    print(f"accepted {accepted} of {accepted + refused}: {accepted / (accepted + refused):.2%}")


if __name__ == "__main__":
    main()
