"""A push that is killed leaves nothing that could be taken for the file."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from loopback import killed
from loopback.served import PART, Served

TIMES = 6


def test_kill_9_at_any_moment_leaves_nothing_partial(served: Served, sealed: Path) -> None:
    target = type(served.transport)
    seed = random.SystemRandom().randrange(1 << 32)
    arguments = [f"{target.__module__}:{target.__name__}", PART, sealed, served.base, seed, TIMES]
    environment = os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = subprocess.run(
        [sys.executable, killed.__file__, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{TIMES}\n", f"seed {seed}"
    stored = served.stored()
    assert stored["whole.sdk"] == sealed.read_bytes()
    for number in range(TIMES):
        name = f"{number}.sdk"
        assert stored.get(name, sealed.read_bytes()) == sealed.read_bytes(), f"seed {seed}"
        served.push(sealed, name)
        assert served.stored()[name] == sealed.read_bytes(), f"seed {seed}"
