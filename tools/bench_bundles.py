"""Measure sealing and opening beside the age command, in CPU seconds, and the memory that they take.

    python tools/bench_bundles.py [--megabytes 256] [--rounds 5] [--folder /dev/shm]

The four take turns, and medians are printed. age does less: it neither hashes nor signs, and writes what it
decrypts before it knows the end.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyrage
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from segdet_kit.bundle.opening import Identity, open_into
from segdet_kit.bundle.sealing import first_edition, seal
from segdet_kit.keys.public import of_signer, parse
from segdet_kit.keys.trust import Trust


def cpu_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Run in a child, and return its CPU seconds, its children's included, and its largest memory in MiB."""
    if child := os.fork():
        _, status, used = os.wait4(child, 0)
        assert status == 0
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    work()
    os._exit(0)


def main() -> None:
    """Measure, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = name
        weights = folder / "weights"
        with weights.open("wb") as file:
            for _ in range(arguments.megabytes):
                file.write(os.urandom(1 << 20))
        secret, signer = pyrage.x25519.Identity.generate(), generate_private_key(SECP256R1())
        identity = Identity(parse(str(secret.to_public()), "new"), secret)
        (folder / "identity").write_text(f"{secret}\n")
        trust = Trust((of_signer(signer.public_key()),), 1)
        contents = {"weights.safetensors": weights}
        bundle, age, plain = folder / "bundle", folder / "age", folder / "plain"
        encrypt = ["age", "-r", identity.public.text, "-o", age, weights]
        decrypt = ["age", "-d", "-i", folder / "identity", "-o", plain, age]
        works: dict[str, Callable[[], object]] = {
            "age encrypt": lambda: subprocess.run(encrypt, check=True),
            "seal": lambda: seal(contents, first_edition(None), [identity.public], [signer], bundle),
            "age decrypt": lambda: subprocess.run(decrypt, check=True),
            "open": lambda: open_into(bundle, folder / "out", [identity], trust),
        }
        figures: dict[str, list[tuple[float, float]]] = {work: [] for work in works}
        for _ in range(arguments.rounds):
            for work, run in works.items():
                figures[work].append(cpu_seconds(run))
            for path in (bundle, age, plain, folder / "out" / "weights.safetensors"):
                path.unlink()
            (folder / "out").rmdir()
        idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{arguments.megabytes} MiB, {arguments.rounds} rounds; the interpreter alone: {idle:.0f} MiB")
    median = {work: statistics.median(seconds for seconds, _ in each) for work, each in figures.items()}
    for work, each in figures.items():
        peer = median["age encrypt" if work in ("seal", "age encrypt") else "age decrypt"]
        speed = arguments.megabytes * 1.048576 / median[work]
        memory = max(size for _, size in each)
        print(
            f"{work:<12} {speed:5.0f} MB per CPU second, {peer / median[work]:.2f} of age; {memory:.0f} MiB"
        )


if __name__ == "__main__":
    sys.exit(main())
