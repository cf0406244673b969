"""A report as one HTML file: nothing in it comes from elsewhere, and no script runs."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from segdet_kit.reports.table import Scores

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1d2328; --dim: #5c6770;
  --line: #d9dee3; --card: #f5f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181c; --ink: #e4e8ec; --dim: #9aa5af; --line: #333b43; --card: #1d2328; }
}
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem 4rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
p { color: var(--dim); margin: .25rem 0; max-width: 45rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--dim); font-weight: 600; }
tr > :first-child { text-align: left; padding-left: 0; }
td:first-child { white-space: normal; min-width: min(14rem, 35vw); max-width: 20rem;
  overflow-wrap: anywhere; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .75rem;
  margin-top: 1.5rem; }
.tiles div { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
.tiles b { display: block; font-size: 1.4rem; }
.tiles span { color: var(--dim); display: block; font-size: .8rem; line-height: 1.35;
  overflow-wrap: anywhere; }
.notes { border-left: .25rem solid #e69f00; background: var(--card); margin: 1.5rem 0; padding: .5rem 1rem; }
.notes p { color: var(--ink); max-width: none; overflow-wrap: anywhere; }
figure { margin: .75rem 0 1rem; overflow-x: auto; }
img { max-width: max(100%, 36rem); height: auto; background: #fff; border-radius: .5rem; padding: .5rem;
  box-sizing: border-box; }
"""


@dataclass(frozen=True)
class Picture:
    """A PNG of a report. ``text`` says what it shows."""

    title: str
    text: str
    png: bytes


def report_page(
    title: str,
    *,
    summary: str,
    scores: Scores,
    per_class: Mapping[str, Scores],
    pictures: Sequence[Picture],
    facts: Mapping[str, str],
) -> str:
    """Return a self-contained page: scores, a table of classes, pictures, and facts such as versions."""
    parts = [f"<p>{escape(summary)}</p>", tiles({name: _number(value) for name, value in scores.items()})]
    if any(per_class.values()):
        names = list(dict.fromkeys(name for values in per_class.values() for name in values))
        rows = [
            [label, *(_number(values.get(name, math.nan)) for name in names)]
            for label, values in per_class.items()
        ]
        parts.append(f"<h2>Classes</h2>{table(['class', *names], rows)}")
    parts += [figure(picture) for picture in pictures]
    parts.append(f"<h2>How it was made</h2>{facts_table(facts)}")
    return page(title, parts)


def page(title: str, parts: Sequence[str]) -> str:
    """Return the file around its parts, which are HTML, under a heading."""
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def tiles(values: Mapping[str, str]) -> str:
    """Return the few numbers that a reader looks for first, each above its name."""
    each = (f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in values.items())
    return f'<div class="tiles">{"".join(each)}</div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose first column is names."""
    titles = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'


def facts_table(facts: Mapping[str, str]) -> str:
    """Return a table of long values by name."""
    rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in facts.items())
    return f'<div class="scroll"><table class="facts">{rows}</table></div>'


def figure(picture: Picture) -> str:
    """Return a picture under its title; on a narrow screen it is moved sideways rather than made tiny."""
    data = b64encode(picture.png).decode("ascii")
    return (
        f"<h2>{escape(picture.title)}</h2><p>{escape(picture.text)}</p>"
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(picture.title)}"></figure>'
    )


def _number(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "–"
