"""The files of a new plugin package, by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from string import Template

from segdet_kit import __version__
from segdet_kit.components import KINDS
from segdet_kit.scaffold.cases import cases_module
from segdet_kit.scaffold.names import Names
from segdet_kit.scaffold.template import filled, import_line

LICENCES = {"apache-2.0": "Apache-2.0", "mit": "MIT", "bsd-3-clause": "BSD-3-Clause"}
"""The licences to choose from, and what SPDX calls them."""

BESIDES = {
    "loss": {"tests/test_loss.py": "loss/test_loss.py"},
    "dataset": {
        "src/{module}/draw.py": "dataset/draw.py",
        "tests/test_dataset.py": "dataset/test_dataset.py",
    },
    "transport": {"tests/test_transport.py": "transport/test_transport.py"},
}
"""By kind, what is written besides its implementation, and the template of it."""

RECIPE_LINES = {
    "dataset": 'data = dict(type="$plugin", root="boxes")\nclasses = ["red", "blue"]',
    "backbone": 'backbone = "$plugin"',
    "neck": 'neck = "$plugin"',
    "block": 'blocks = dict(backbone=["$plugin"])',
    "head": 'head = "$plugin"',
    "loss": 'losses = dict(box="$plugin")',
    "method": 'method = "$plugin"',
    "augmentation": 'augmentations = ["$plugin"]',
    "metric": 'metrics = ["$plugin"]',
    "exporter": 'exporters = ["$plugin"]',
}
"""How a recipe names each kind. Nothing in a recipe names a runtime, a transport or a reader."""

OTHERWISE = {
    "dataset": 'data = dict(type="shapes", train=16, val=4, test=4, image_size=64)',
    "backbone": 'backbone = dict(type="resnet18", base_channels=8)',
    "head": 'head = "rtmdet"',
}
"""What the recipe takes from the kit, where the plugin does not bring its own."""


def package_files(names: Names, kinds: Sequence[str], licence: str) -> dict[str, str]:
    """Return the text of each file of the package, by its path. ``licence``: of ``LICENCES``, or none."""
    kinds = [kind for kind in KINDS if kind in kinds]
    cases = cases_module(names, kinds)
    said = _placeholders(names, kinds, licence, bool(cases))
    source = f"src/{names.module}"
    templates = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        f"{source}/__init__.py": "init.py",
        f"{source}/plugin.py": "plugin.py",
        f"recipes/{names.plugin}.py": "recipe.py",
        "tests/conftest.py": "conftest.py",
        "tests/test_conformance.py": "test_conformance.py",
    }
    for kind in kinds:
        templates[f"{source}/{kind}.py"] = f"{kind}/{kind}.py"
        for path, template in BESIDES.get(kind, {}).items():
            templates[path.format(module=names.module)] = template
    if licence in LICENCES:
        templates["LICENSE"] = f"licences/{licence}"
    written = {path: filled(template, said) for path, template in templates.items()}
    return written | ({f"{source}/cases.py": cases} if cases else {})


def _placeholders(names: Names, kinds: Sequence[str], licence: str, has_cases: bool) -> dict[str, str]:
    said = {
        "distribution": names.distribution,
        "module": names.module,
        "plugin": names.plugin,
        "kit": __version__,
        "year": str(date.today().year),
        "kinds": ", ".join(kinds),
        "licence": "",
        "licence_name": LICENCES.get(licence, "none yet"),
        "prepare": f"python -m {names.module}.draw\n" if "dataset" in kinds else "",
        "imports": import_line("segdet_kit", [*sorted(KINDS[kind].__name__ for kind in kinds), "hookimpl"]),
        "constants": f'\n\nconformance_cases = "{names.module}.cases:cases"' if has_cases else "",
    }
    if licence in LICENCES:
        said["licence"] = f'license = "{LICENCES[licence]}"\nlicense-files = ["LICENSE"]\n'
    return said | {
        "hooks": "\n\n\n".join(filled(f"{kind}/hook.py", said).rstrip() for kind in kinds),
        "lines": "\n".join(_recipe_lines(said, kinds)),
        "table": "\n".join(_table(said, kinds)),
    }


def _recipe_lines(said: Mapping[str, str], kinds: Sequence[str]) -> Iterator[str]:
    for kind, line in RECIPE_LINES.items():
        if kind in kinds:
            yield Template(line).substitute(said)
        elif kind in OTHERWISE:
            yield OTHERWISE[kind]
        if kind == "dataset":
            yield "image_size = (64, 64)"


def _table(said: Mapping[str, str], kinds: Sequence[str]) -> Iterator[str]:
    for kind in kinds:
        line = Template(RECIPE_LINES.get(kind, "")).substitute(said).partition("\n")[0]
        yield f"| {kind} | {f'`{line}`' if line else ''} | `src/{said['module']}/{kind}.py` |"
