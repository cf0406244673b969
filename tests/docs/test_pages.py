"""What all pages have in common: links that lead somewhere, commands that exist, parts that are current."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, blocks, read

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = link["target"]
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.fixture(scope="module")
def tool() -> dict:
    return runpy.run_path(str(ROOT / "tools" / "docs_generate.py"))


def test_the_generated_parts_are_current(tool: dict) -> None:
    outdated = [name(page) for page, _ in tool["outdated"]()]
    assert not outdated, "run: python tools/docs_generate.py"


def test_an_outdated_part_is_rewritten_and_the_rest_is_kept(tool: dict) -> None:
    page = "before\n<!-- BEGIN generated: doctor -->\nold\n<!-- END generated -->\nafter\n"
    text = tool["rewritten"](page)
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "--json" in text
    assert tool["rewritten"](text) == text


def test_every_command_has_its_help_in_the_docs(tool: dict) -> None:
    page = read("docs/commands.md")
    for command in tool["commands"]():
        assert f"\n## segdet-kit {command}\n\n<!-- BEGIN generated: {command} -->" in page


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_in_the_pages_exist_with_their_options(page: Path, tool: dict) -> None:
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if not words or Path(words[0]).name != "segdet-kit":
                continue
            starts = [" ".join(words[1:end]) for end in (4, 3, 2)]
            command = next((start for start in starts if start in tool["commands"]()), starts[0])
            help_text = tool["usage"](command)
            for option in (word for word in words if word.startswith("--")):
                assert re.search(rf"^  {option}\b", help_text, re.MULTILINE), line


def test_files_shown_in_the_readme_are_as_they_are() -> None:
    shown = blocks("README.md", "file")
    assert shown
    for path, text in shown.items():
        assert text == read(path)
