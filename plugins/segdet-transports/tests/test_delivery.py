"""What every transport does, against a real server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from loopback.served import PART, Served

from segdet_kit.errors import KitError
from segdet_kit.transfer.errors import Code, TransferError
from segdet_kit.transfer.parts import parts_of

OVERHEAD = 20 << 10
"""Room for handshakes, headers and records, in bytes; less than a part."""


def left_of(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix == ".part"]


def test_a_file_arrives_with_its_sidecar_and_comes_back(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.push(sealed)
    stored = served.stored()
    assert stored == {
        "model.sdk": sealed.read_bytes(),
        "model.sdk.xfer.json": parts_of(sealed, PART).sidecar(),
    }
    served.pull("model.sdk", tmp_path / "back.sdk")
    assert (tmp_path / "back.sdk").read_bytes() == sealed.read_bytes()
    assert not left_of(tmp_path)


def test_a_file_smaller_than_a_part_and_with_an_odd_name_arrives(served: Served, tmp_path: Path) -> None:
    small = tmp_path / "small.sdk"
    small.write_bytes(b"age-encryption.org/v1\n")
    served.push(small, "a-b_c.1.sdk")
    assert served.stored()["a-b_c.1.sdk"] == small.read_bytes()
    served.pull("a-b_c.1.sdk", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == small.read_bytes()


def test_what_is_there_is_not_sent_again(wired: Served, sealed: Path) -> None:
    assert wired.wire
    wired.push(sealed)
    wired.wire.cut()
    wired.push(sealed)
    assert wired.wire.carried["up"] < OVERHEAD


def test_another_file_under_the_name_stays(served: Served, sealed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(sealed.read_bytes()[:-1] + b"!")
    served.push(sealed)
    before = served.stored()
    with pytest.raises(TransferError) as error:
        served.push(other, "model.sdk")
    assert error.value.code is Code.TAKEN
    assert served.stored() == before


def test_a_file_without_its_sidecar_gets_it_if_it_is_the_same(served: Served, sealed: Path) -> None:
    served.store("model.sdk", sealed.read_bytes())
    served.push(sealed)
    assert served.stored()["model.sdk.xfer.json"] == parts_of(sealed, PART).sidecar()


def test_another_file_of_the_same_size_without_a_sidecar_stays(served: Served, sealed: Path) -> None:
    served.store("model.sdk", bytes(sealed.stat().st_size))
    with pytest.raises(TransferError) as error:
        served.push(sealed)
    assert error.value.code is Code.TAKEN
    assert served.stored() == {"model.sdk": bytes(sealed.stat().st_size)}


def test_an_old_sidecar_without_its_file_is_replaced(served: Served, sealed: Path) -> None:
    served.store("model.sdk.xfer.json", b"{}")
    served.push(sealed)
    assert served.stored()["model.sdk.xfer.json"] == parts_of(sealed, PART).sidecar()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.55, 0.99])
def test_a_cut_push_goes_on_where_it_stopped(wired: Served, sealed: Path, share: float) -> None:
    assert wired.wire
    size = sealed.stat().st_size
    wired.wire.cut(up=int(size * share))
    with pytest.raises(TransferError) as error:
        wired.push(sealed)
    assert error.value.code is Code.UNREACHABLE
    assert wired.wire.was_cut
    assert "model.sdk" not in wired.stored()
    first = wired.wire.carried["up"]
    wired.wire.cut()
    wired.push(sealed)
    assert wired.stored()["model.sdk"] == sealed.read_bytes()
    if wired.resumes:
        assert first + wired.wire.carried["up"] < size + PART + 2 * OVERHEAD


def test_a_push_that_is_cut_again_and_again_arrives(wired: Served, sealed: Path) -> None:
    assert wired.wire
    for _ in range(20):
        if not wired.resumes:
            break
        wired.wire.cut(up=PART + OVERHEAD)
        try:
            wired.push(sealed)
            break
        except TransferError as error:
            assert error.code is Code.UNREACHABLE  # noqa: PT017
    wired.wire.cut()
    wired.push(sealed)
    assert wired.stored()["model.sdk"] == sealed.read_bytes()


@pytest.mark.parametrize("share", [0.05, 0.3, 0.55, 0.98])
def test_a_cut_pull_goes_on_where_it_stopped(
    wired: Served, sealed: Path, tmp_path: Path, share: float
) -> None:
    assert wired.wire
    back, size = tmp_path / "back.sdk", sealed.stat().st_size
    wired.push(sealed)
    wired.wire.cut(down=int(size * share))
    with pytest.raises(TransferError) as error:
        wired.pull("model.sdk", back)
    assert error.value.code is Code.UNREACHABLE
    assert not back.exists()
    first = wired.wire.carried["down"]
    wired.wire.cut()
    wired.pull("model.sdk", back)
    assert back.read_bytes() == sealed.read_bytes()
    assert first + wired.wire.carried["down"] < size + PART + 2 * OVERHEAD


def test_a_server_that_is_not_there_is_unreachable(wired: Served, sealed: Path) -> None:
    assert wired.wire
    wired.wire.server = 1
    with pytest.raises(TransferError) as error:
        wired.push(sealed)
    assert error.value.code is Code.UNREACHABLE


def test_a_file_that_is_not_there_is_missed(served: Served, tmp_path: Path) -> None:
    with pytest.raises(TransferError) as error:
        served.pull("none.sdk", tmp_path / "back.sdk")
    assert error.value.code is Code.MISSING
    assert not (tmp_path / "back.sdk").exists()


def test_a_sidecar_without_its_file_is_missed(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.store("model.sdk.xfer.json", parts_of(sealed, PART).sidecar())
    with pytest.raises(TransferError) as error:
        served.pull("model.sdk", tmp_path / "back.sdk")
    assert error.value.code in (Code.MISSING, Code.DAMAGED)
    assert not (tmp_path / "back.sdk").exists()


def test_what_does_not_fit_its_hash_is_not_kept(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.push(sealed)
    content = bytearray(sealed.read_bytes())
    content[3 * PART] ^= 1
    served.store("model.sdk", bytes(content))
    with pytest.raises(TransferError) as error:
        served.pull("model.sdk", tmp_path / "back.sdk")
    assert error.value.code is Code.DAMAGED
    assert not (tmp_path / "back.sdk").exists()


def test_a_sidecar_that_contradicts_itself_is_refused(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.push(sealed)
    said = json.loads(parts_of(sealed, PART).sidecar())
    served.store("model.sdk.xfer.json", json.dumps(said | {"sha256": "0" * 64}).encode())
    with pytest.raises(TransferError) as error:
        served.pull("model.sdk", tmp_path / "back.sdk")
    assert error.value.code is Code.DAMAGED
    assert not (tmp_path / "back.sdk").exists()
    assert not left_of(tmp_path)


def test_a_sidecar_that_is_none_is_refused(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.store("model.sdk", sealed.read_bytes())
    served.store("model.sdk.xfer.json", b"[" * 100_000)
    with pytest.raises(TransferError) as error:
        served.pull("model.sdk", tmp_path / "back.sdk")
    assert error.value.code is Code.DAMAGED


def test_a_pull_never_overwrites_another_file(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.push(sealed)
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(TransferError) as error:
        served.pull("model.sdk", tmp_path / "mine")
    assert error.value.code is Code.TAKEN
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_file_that_changes_on_the_way_does_not_arrive(served: Served, sealed: Path) -> None:
    def change(done: int, total: int) -> None:
        sealed.write_bytes(bytes(total))

    with pytest.raises(TransferError, match="this machine gave"):
        served.transport.push(sealed, served.base + "model.sdk", change)
    assert "model.sdk" not in served.stored()


def test_a_folder_that_is_not_there_is_told(served: Served, sealed: Path, tmp_path: Path) -> None:
    served.push(sealed)
    with pytest.raises(KitError, match="this machine cannot be read or written: No such file"):
        served.pull("model.sdk", tmp_path / "none" / "back.sdk")


def test_progress_ends_with_all_bytes(served: Served, sealed: Path) -> None:
    told: list[tuple[int, int]] = []
    served.transport.push(sealed, served.base + "model.sdk", lambda done, total: told.append((done, total)))
    size = sealed.stat().st_size
    assert told == [(min(PART * n, size), size) for n in range(1, 7)]
