"""Measure sealing and opening beside the age command, in CPU seconds, and the memory that they take.

    python tools/bench_bundles.py [--megabytes 256] [--rounds 5] [--folder /dev/shm]

All take turns, and medians are printed. age does less: it neither hashes nor signs, and writes what it
decrypts before it knows the end. The libraries are pyrage and hashlib's SHA-256, each once over all bytes:
what a bundle costs at the least. The folder needs room for three times the size.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
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
        figures: dict[str, list[tuple[float, float]]] = {}
        works = works_in(folder, arguments.megabytes)
        for _ in range(arguments.rounds):
            for work, (run, written) in works.items():
                figures.setdefault(work, []).append(cpu_seconds(run))
                for path in written:
                    path.unlink()
                shutil.rmtree(folder / "out", ignore_errors=True)
        idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{arguments.megabytes} MiB, {arguments.rounds} rounds; the interpreter alone: {idle:.0f} MiB")
    for work, measured in figures.items():
        way = "decrypt" if work in ("open", "age decrypt", "libraries decrypt") else "encrypt"
        speed = arguments.megabytes * 1.048576 / statistics.median(seconds for seconds, _ in measured)
        shares = [
            statistics.median(
                theirs / ours for (theirs, _), (ours, _) in zip(figures[peer], measured, strict=True)
            )
            for peer in (f"age {way}", f"libraries {way}")
        ]
        memory = max(size for _, size in measured)
        print(f"{work:<18} {speed:5.0f} MB per CPU second, {shares[0]:.2f} of age, ", end="")
        print(f"{shares[1]:.2f} of the libraries; {memory:.0f} MiB")


def works_in(folder: Path, megabytes: int) -> dict[str, tuple[Callable[[], object], list[Path]]]:
    """Return what is measured, in its order, and which files are of no use after each."""
    weights, bundle, age, other = (folder / name for name in ("weights", "bundle", "age", "other"))
    block = os.urandom(1 << 20)
    with weights.open("wb") as file:
        for _ in range(megabytes):
            file.write(block)
    secret, signer = pyrage.x25519.Identity.generate(), generate_private_key(SECP256R1())
    identity = Identity(parse(str(secret.to_public()), "new"), secret)
    (folder / "identity").write_text(f"{secret}\n")
    trust = Trust((of_signer(signer.public_key()),), 1)
    contents = {"weights.safetensors": weights}
    encrypt = ["age", "-r", identity.public.text, "-o", age, weights]
    decrypt = ["age", "-d", "-i", folder / "identity", "-o", other, age]

    def libraries_encrypt() -> None:
        digest(weights)
        pyrage.encrypt_file(str(weights), str(other), [secret.to_public()])

    def libraries_decrypt() -> None:
        pyrage.decrypt_file(str(age), str(other), [secret])
        digest(other)

    return {
        "age encrypt": (lambda: subprocess.run(encrypt, check=True), []),
        "libraries encrypt": (libraries_encrypt, [other]),
        "age decrypt": (lambda: subprocess.run(decrypt, check=True), [other]),
        "libraries decrypt": (libraries_decrypt, [other, age]),
        "seal": (lambda: seal(contents, first_edition(None), [identity.public], [signer], bundle), []),
        "open": (lambda: open_into(bundle, folder / "out", [identity], trust), [bundle]),
    }


def digest(path: Path) -> bytes:
    """Return the SHA-256 of a file."""
    state, block = hashlib.sha256(), memoryview(bytearray(1 << 17))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            state.update(block[:count])
    return state.digest()


if __name__ == "__main__":
    sys.exit(main())
