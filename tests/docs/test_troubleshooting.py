"""What the doctor can find is what the page on troubleshooting explains."""

from __future__ import annotations

import ast

from tests.docs.pages import ROOT, rows, section


def test_every_finding_of_the_doctor_is_explained() -> None:
    codes = set()
    for path in (ROOT / "segdet_kit" / "diagnosis").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                codes.add(node.args[0].value)
    explained = rows(section("docs/troubleshooting.md", "## What the doctor finds"))
    assert codes
    assert sorted(code.strip("`") for code, *_ in explained) == sorted(codes)
