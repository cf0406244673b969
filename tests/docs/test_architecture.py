"""The page on architecture tells the order of imports that the tests hold."""

from __future__ import annotations

import re

from tests.docs.pages import section
from tests.test_import_order import FLOOR, FLOORS


def test_the_floors_are_those_that_imports_are_held_to() -> None:
    listed = re.findall(r"^\d+\. (.+)$", section("docs/architecture.md", "## Floors"), re.MULTILINE)
    floors = [tuple(re.findall(r"`(\w+)`", line.partition(":")[0])) for line in listed]
    assert floors == list(FLOORS)


def test_every_room_is_described() -> None:
    rooms = set(re.findall(r"`(?:\w+/)*(\w+)/?`", section("docs/architecture.md", "## The rooms")))
    assert FLOOR.keys() - {"implementations", "__init__"} <= rooms | {"errors", "suggest", "signature"}


def test_the_run_folder_is_described_as_the_code_names_its_files() -> None:
    from pathlib import Path

    from segdet_kit.openmmlab.run_folder import RunFolder

    names = [
        getattr(RunFolder(Path()), name).name
        for name, member in vars(RunFolder).items()
        if isinstance(member, property)
    ]
    for page, heading in (
        ("docs/architecture.md", "## The run folder"),
        ("docs/commands.md", "## segdet-kit train"),
    ):
        text = section(page, heading)
        assert not [name for name in names if name not in text], page
