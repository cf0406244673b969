"""The check of the versions that a plugin's metadata asks for."""

from __future__ import annotations

from segdet_kit.testing.check import CheckFailure
from segdet_kit.testing.subject import Subject
from segdet_kit.testing.support import KIT, supported_versions


def supported(subject: Subject) -> None:
    """The plugin says which kit it supports, and the installed kit and OpenMMLab are among it."""
    distribution = subject.point.dist
    if distribution is None or distribution.name == KIT:
        return
    supports = supported_versions(distribution)
    if not any(each.name == KIT for each in supports):
        raise CheckFailure(
            f"{distribution.name} does not say which {KIT} it supports",
            f'add "{KIT}" with its bounds to the dependencies of its pyproject.toml',
        )
    for each in supports:
        if not each.admitted:
            raise CheckFailure(
                f"{distribution.name} supports {each.name} {each.bounds}; installed is {each.installed}",
                f'install what it supports: pip install "{each.name}{each.bounds}", or widen the bounds',
            )
