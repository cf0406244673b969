"""The kit's own requirements, against what is installed.

The kit's metadata holds plain lower and upper bounds and one marker, so that a doctor for broken
installations can read it with nothing but the standard library.
"""

from __future__ import annotations

import operator
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from segdet_kit.diagnosis.finding import Finding
from segdet_kit.diagnosis.stack import STACK
from segdet_kit.diagnosis.versions import compare
from segdet_kit.distributions import normal

KIT = "segdet-kit"
REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+?)(?P<bounds>((?:>=|<=|==|!=|<|>)[\d.]+,?)*)"
    r"(; python_version < [\"'](?P<python_below>[\d.]+)[\"'])?"
)
BOUND = re.compile(r"(>=|<=|==|!=|<|>)([\d.]+)")
OPERATORS: Mapping[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Requirement:
    """A distribution and the versions of it that will do."""

    name: str
    bounds: str

    def admits(self, installed: str) -> bool:
        """Tell whether a version lies within the bounds."""
        found = BOUND.findall(self.bounds)
        return all(OPERATORS[sign](compare(installed, bound), 0) for sign, bound in found)


def requirements(lines: list[str]) -> list[Requirement]:
    """Read the requirements that hold here, leaving out those of extras."""
    found = []
    for line in lines:
        match = REQUIREMENT.fullmatch(line)
        if match is None:  # of an extra
            continue
        below = match["python_below"]
        if below is None or compare(platform.python_version(), below) < 0:
            found.append(Requirement(normal(match["name"]), match["bounds"]))
    return found


def requirement_findings() -> list[Finding]:
    """Report what is missing or out of range. The stack's missing parts are left to its owners' check."""
    try:
        lines = requires(KIT) or []
    except PackageNotFoundError:
        message = f"{KIT} runs from its sources without being installed, so its own plugin is not found"
        return [Finding("not-installed", "error", message, "pip install -e .")]
    findings = []
    for requirement in requirements(lines):
        fix = f'pip install "{requirement.name}{requirement.bounds}"'
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            if requirement.name not in STACK.values():
                message = f"{requirement.name} is not installed"
                findings.append(Finding("not-installed", "error", message, fix))
            continue
        if not requirement.admits(installed):
            message = f"{requirement.name} {installed} is installed, and {KIT} needs {requirement.bounds}"
            findings.append(Finding("wrong-version", "error", message, fix))
    return findings
