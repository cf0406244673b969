"""What starts trainings on several machines says in the environment, checked before OpenMMLab reads it."""

from __future__ import annotations

import os
import re

from segdet_kit.errors import KitError

NODE_LISTS = ("SLURM_NODELIST", "SLURM_JOB_NODELIST", "SLURM_STEP_NODELIST")
NODES = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9.,\[\]_-]*")


def check_nodes() -> None:
    """Refuse a list of nodes that is more than names: mmengine puts it into the text of a shell's command."""
    for variable in NODE_LISTS:
        nodes = os.environ.get(variable)
        if nodes and not NODES.fullmatch(nodes):
            raise KitError(
                f"{variable} is no list of nodes: {nodes!r}", "Slurm writes for example: node[1-4,7]"
            )
