"""Attack sealed bundles: thousands of mutants, by outsiders, by recipients and by trusted signers' mistakes.

    python tools/attack_bundles.py --count 10000 [--seed N]

None may be opened, nothing may be written or left open, and each must be refused by a ``BundleError``. The
seed is new each time, and printed. Exit status 1 if anything else happens.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.bundle.attacks.mutants import mutants, verdict  # noqa: E402
from tests.bundle.attacks.world import GENERATORS, World  # noqa: E402


def main() -> int:
    """Run the attacks, and print how they ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {len(GENERATORS)} generators, {arguments.count} mutants")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        world = World.new(folder)
        assert {verdict(world, "alice", folder / name) for name in ("current", "other")} == {"ACCEPTED"}
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        verdicts: Counter[str] = Counter()
        slowest, before = 0.0, sorted(folder.rglob("*"))
        for kind, opener, data in mutants(world, arguments.seed, arguments.count):
            path = folder / "mutant"
            path.write_bytes(data)
            started = time.perf_counter()
            verdicts[result := verdict(world, opener, path)] += 1
            slowest = max(slowest, time.perf_counter() - started)
            path.unlink()
            if result == "ACCEPTED" or result.startswith("UNEXPECTED"):
                print(f"{kind}: {result}")
        left = sorted(set(folder.rglob("*")) - set(before))
        leaked = len(list(Path("/proc/self/fd").iterdir())) - descriptors
    for code, number in verdicts.most_common():
        print(f"{number:>8} {code}")
    print(f"files left: {len(left)}; descriptors left open: {leaked}; slowest: {slowest * 1e3:.0f} ms")
    bad = verdicts["ACCEPTED"] + sum(
        count for code, count in verdicts.items() if code.startswith("UNEXPECTED")
    )
    return 1 if bad or left or leaked > 0 else 0


if __name__ == "__main__":
    sys.exit(main())
