from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from segdet_kit.benchmark.pages import html
from tests.benchmark.pages.example import document, target

HOSTILE = "<script>alert(1)</script>&\"'$x^2$"


class Page(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def pictures(self) -> list[str | None]:
        return [attrs["alt"] for tag, attrs in self.tags if tag == "img"]


def test_the_page_shows_verdicts_table_plots_and_circumstances() -> None:
    page = Page(html(document()))
    for words in (
        "2.00×",
        "onnx: faster, 1.90 to 2.10",
        "no difference shown",
        "Example CPU",
        "torch 2.14.1",
    ):
        assert words in page.text
    assert page.pictures == [
        "Speed beside the baseline", "Latency", "Where the time goes", "Memory", "coco/AP and speed",
    ]  # fmt: skip


def test_notes_stand_before_the_results() -> None:
    text = html(document())
    assert text.index("Another program kept a core busy") < text.index("<h2>Results</h2>")


def test_nothing_on_the_page_comes_from_elsewhere_or_runs() -> None:
    page = Page(html(document()))
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    sources = [value for _, attrs in page.tags for key, value in attrs.items() if key in {"src", "href"}]
    assert sources
    assert all(source is not None and source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"url\(|@import", html(document()))


@pytest.mark.parametrize(
    "place", ["name", "note", "failure", "machine", "setting", "version", "score", "stage"]
)
def test_text_of_others_is_shown_and_never_taken_for_html(place: str) -> None:
    name = HOSTILE if place == "name" else "a"
    measured = target(name, 0.1)
    if place == "score":
        measured["facts"]["accuracy"] = {HOSTILE: 0.5}
    if place == "stage":
        measured["stages"] = {HOSTILE: measured["stages"]["forward"]}
    made = document(measured, target("b", 0.1))
    if place == "note":
        made["notes"] = [HOSTILE]
    if place == "failure":
        made["failures"] = [{"name": HOSTILE, "error": HOSTILE, "hint": ""}]
    if place == "machine":
        made["machine"]["host"] = HOSTILE
    if place == "setting":
        made["settings"][HOSTILE] = HOSTILE
    if place == "version":
        made["versions"][HOSTILE] = "1"
    page = Page(html(made))
    assert "script" not in {tag for tag, _ in page.tags}
    assert place == "stage" or HOSTILE in page.text


def test_one_target_alone_shows_its_speed_and_no_ratio() -> None:
    page = Page(html(document(target("a", 0.02), notes=[])))
    assert "images per second" in page.text
    assert "Speed beside the baseline" not in page.pictures


def test_without_any_target_the_page_says_what_failed() -> None:
    failure = {"name": "a", "error": "it broke", "hint": ""}
    page = Page(html(document(target("a", 1)) | {"targets": [], "failures": [failure]}))  # type: ignore[arg-type]
    assert "a was not measured: it broke" in page.text
    assert not page.pictures


def test_targets_without_scores_get_no_plot_of_them() -> None:
    plain = target("a", 0.1)
    del plain["facts"]["accuracy"]
    assert Page(html(document(plain, plain))).pictures[-1] == "Memory"
