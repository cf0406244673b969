"""The project's pages, and the blocks of code in them that a marker names."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("plugins/*/*.md")),
]

BLOCK = re.compile(r"<!-- (?P<kind>\w+): (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(page: str, kind: str) -> dict[str, str]:
    """The blocks of a page marked ``<!-- kind: FILE -->``, by file. Blocks of one file follow each other."""
    found: dict[str, str] = {}
    for match in BLOCK.finditer(read(page)):
        if match["kind"] == kind:
            found[match["name"]] = found.get(match["name"], "") + match["text"]
    return found


def write_blocks(page: str, kind: str, folder: Path) -> dict[str, Path]:
    """Write the marked blocks of a page below a folder, and return their paths."""
    written = {}
    for name, text in blocks(page, kind).items():
        path = written[name] = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return written


def section(page: str, heading: str) -> str:
    """The text of a page under a heading, up to the next one of its level or higher."""
    lines = read(page).splitlines()
    start = lines.index(heading)
    level = len(heading) - len(heading.lstrip("#"))
    ends = (
        index
        for index, line in enumerate(lines[start + 1 :], start + 1)
        if re.match(rf"#{{1,{level}}} ", line)
    )
    return "\n".join(lines[start + 1 : next(ends, len(lines))])


def rows(text: str) -> list[list[str]]:
    """The cells of the table rows in a text, without heads."""
    lines = [*text.splitlines(), ""]
    return [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line, after in pairwise(lines)
        if line.startswith("|") and not line.startswith("|---") and not after.startswith("|---")
    ]
