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
th { color: var(--dim); font-weight: 600; } tr > :first-child { text-align: left; padding-left: 0; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .75rem;
  margin-top: 1.5rem; }
.tiles div { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
.tiles b { display: block; font-size: 1.4rem; }
.tiles span { color: var(--dim); font-size: .8rem; overflow-wrap: anywhere; }
figure { margin: 0 0 1rem; } img { max-width: 100%; height: auto; background: #fff; border-radius: .5rem; }
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
    tiles = "".join(
        f"<div><b>{_number(value)}</b><span>{escape(name)}</span></div>" for name, value in scores.items()
    )
    parts = [f"<h1>{escape(title)}</h1><p>{escape(summary)}</p>", f'<div class="tiles">{tiles}</div>']
    if any(per_class.values()):
        parts.append(f"<h2>Classes</h2>{_class_table(per_class)}")
    parts += [_figure(picture) for picture in pictures]
    rows = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in facts.items())
    parts.append(f'<h2>How it was made</h2><div class="scroll"><table class="facts">{rows}</table></div>')
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _class_table(per_class: Mapping[str, Scores]) -> str:
    names = list(dict.fromkeys(name for scores in per_class.values() for name in scores))
    head = "".join(f"<th>{escape(name)}</th>" for name in ("class", *names))
    rows = "".join(
        f"<tr><td>{escape(label)}</td>"
        + "".join(f"<td>{_number(scores.get(name, math.nan))}</td>" for name in names)
        + "</tr>"
        for label, scores in per_class.items()
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _figure(picture: Picture) -> str:
    data = b64encode(picture.png).decode("ascii")
    return (
        f"<h2>{escape(picture.title)}</h2><p>{escape(picture.text)}</p>"
        f'<figure><img src="data:image/png;base64,{data}" alt="{escape(picture.title)}"></figure>'
    )


def _number(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else "–"
