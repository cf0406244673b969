"""The protocol that the peers of tools/peers speak, by a peer that measures nothing."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from segdet_kit.benchmark.process import Worker
from segdet_kit.errors import KitError
from segdet_kit.workload import Spec

PEERS = Path(__file__).parents[2] / "tools" / "peers"
PEER = f"""
import sys
sys.path.insert(0, {str(PEERS)!r})
from protocol import endless, predicts_only, serve

class Peer:
    def __init__(self, spec, images):
        predicts_only(spec)
        print("hello from a library")
        self.images, self.met = endless(images), []
        self.facts = {{"met": self.met, "kit": any(name.startswith("segdet_kit") for name in sys.modules)}}

    def step(self, watch):
        self.met.append(next(self.images))
        watch.lap("data")
        watch.lap("forward")

serve(Peer)
"""


def start(folder: Path, spec: Spec) -> Worker:
    script = folder / "peer.py"
    script.write_text(PEER)
    return Worker(spec, [sys.executable, str(script), "a.png", "b.png"])


def test_a_peer_is_measured_as_the_kits_own_workers_are(tmp_path: Path) -> None:
    with closing(start(tmp_path, Spec("x"))) as peer:
        assert peer.images_per_step == 1
        assert peer.memory.keys() == {"host_peak", "host_growth", "device_peak"}
        assert peer.memory["host_peak"] > peer.memory["host_growth"] >= 0
        samples = peer.run(3)
        assert [list(sample) for sample in samples] == [["data", "forward", "total"]] * 3
        assert all(sample["total"] >= sample["data"] + sample["forward"] > 0 for sample in samples)


def test_a_peer_meets_all_images_in_their_order_and_begins_anew(tmp_path: Path) -> None:
    with closing(start(tmp_path, Spec("x"))) as peer:
        peer.run(3)
        assert peer.facts()["met"] == ["a.png", "b.png", "a.png"]


def test_a_peer_that_starts_has_done_one_image(tmp_path: Path) -> None:
    with closing(start(tmp_path, Spec("x", mode="startup"))) as peer:
        assert peer.facts()["met"] == ["a.png"]


def test_the_process_of_a_peer_holds_nothing_of_the_kit(tmp_path: Path) -> None:
    with closing(start(tmp_path, Spec("x"))) as peer:
        assert peer.facts()["kit"] is False


def test_what_a_peer_cannot_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="this peer predicts, one image at a time"):
        start(tmp_path, Spec("x", mode="train"))
