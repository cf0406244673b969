"""Opening what a spec names."""

from __future__ import annotations

from segdet_kit.workload import Spec, Workload


def open_workload(spec: Spec) -> Workload:
    """Open a target. Raises ``KitError`` for what cannot be opened or is not supported."""
    from segdet_kit.openmmlab.workloads import open_workload as opened

    return opened(spec)
