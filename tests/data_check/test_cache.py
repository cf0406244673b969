from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.data_check import cache
from segdet_kit.data_check.cache import Asked, scan
from segdet_kit.data_check.facts import Facts
from tests.data_check.samples import noise


@pytest.fixture
def files(tmp_path: Path) -> list[Asked]:
    return [Asked(str(noise(tmp_path / f"{name}.png"))) for name in "abcdef"]


def test_a_file_is_looked_into_once(files: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(files)
    monkeypatch.setattr(cache, "examine", lambda path, labels: pytest.fail(f"{path} again"))
    assert scan(files) == first
    assert first.facts.keys() == set(files)


def test_a_file_that_changed_is_looked_into_again(files: list[Asked], tmp_path: Path) -> None:
    first = scan(files)
    noise(tmp_path / "other.png", (8, 8)).replace(files[0].path)
    second = scan(files)
    assert [asked for asked in files if first.facts[asked] != second.facts[asked]] == files[:1]
    assert second.facts[files[0]].width == 8


def test_an_image_and_a_label_map_in_one_file_are_two_things_to_know(files: list[Asked]) -> None:
    scan(files)
    label_map = Asked(files[0].path, labels=True)
    assert scan([label_map]).facts.keys() == {label_map}


def test_a_limit_spreads_and_later_scans_take_the_rest(files: list[Asked]) -> None:
    assert list(scan(files, limit=2).facts) == [files[0], files[3]]
    assert len(scan(files, limit=2).facts) == 4
    assert len(scan(files, limit=2).facts) == 6


def test_files_that_do_not_exist_are_missing(files: list[Asked]) -> None:
    nowhere = [Asked("/nowhere.png"), Asked("nul\0.png")]
    found = scan([*files, *nowhere])
    assert found.missing == {asked.path for asked in nowhere}
    assert found.facts.keys() == set(files)


def test_where_nothing_can_be_remembered_that_is_said_and_all_is_looked_into(
    files: list[Asked], own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_cache / "segdet-kit").mkdir()
    (own_cache / "segdet-kit" / "data-check.sqlite").write_text("no database")
    assert len(scan(files).facts) == len(files)
    err = capsys.readouterr().err
    assert "data: nothing is remembered of earlier checks: " in err
    assert "data: the next check looks into every file again: " in err


class Halves:
    """Takes ``FILE#left`` for a part of a file."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def file_of(self, path: str) -> str:
        return path.removesuffix("#left")

    def examine(self, path: str, labels: bool) -> Facts:
        self.asked.append(path)
        return Facts(7, 3, channels=1)


def test_a_part_of_a_file_is_told_of_by_its_data_set_until_the_file_changes(
    files: list[Asked], tmp_path: Path
) -> None:
    halves = Halves()
    part = Asked(f"{files[0].path}#left", examiner=halves)
    assert scan([part]).facts == scan([part]).facts == {part: Facts(7, 3, channels=1)}
    assert len(halves.asked) == 1
    noise(tmp_path / "other.png", (8, 8)).replace(files[0].path)
    scan([part])
    assert len(halves.asked) == 2


def test_a_part_of_no_file_is_missing() -> None:
    part = Asked("/nowhere.nii#left", examiner=Halves())
    assert scan([part]).missing == {part.path}
