"""What starts trainings of several processes says in the environment, checked before it is used."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from segdet_kit.errors import KitError

NODE_LISTS = ("SLURM_NODELIST", "SLURM_JOB_NODELIST", "SLURM_STEP_NODELIST")
NODES = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9.,\[\]_-]*")


@dataclass(frozen=True)
class Place:
    """Which of the ``count`` processes that train together this one is: of all, and of its machine's."""

    rank: int = 0
    local_rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes the run folder and reports."""
        return self.rank == 0


def place() -> Place:
    """Return what torchrun says of this process, or that it is alone. Raises ``KitError`` for nonsense."""
    count = _number("WORLD_SIZE", 1)
    if count == 1:
        return Place()
    here = Place(_number("RANK"), _number("LOCAL_RANK"), count)
    if not here.local_rank <= here.rank < count:
        raise KitError(
            f"RANK={here.rank}, LOCAL_RANK={here.local_rank} are no place among WORLD_SIZE={count} processes",
            "start them by torchrun",
        )
    return here


def check_nodes() -> None:
    """Refuse a list of nodes that is more than names: mmengine puts it into the text of a shell's command."""
    for variable in NODE_LISTS:
        nodes = os.environ.get(variable)
        if nodes and not NODES.fullmatch(nodes):
            raise KitError(
                f"{variable} is no list of nodes: {nodes!r}", "Slurm writes for example: node[1-4,7]"
            )


def _number(variable: str, default: int | None = None) -> int:
    text = os.environ.get(variable, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit()):
        raise KitError(
            f"{variable} is no number: {text!r}",
            "start several processes by torchrun, and leave its variables alone otherwise",
        )
    return int(text)
