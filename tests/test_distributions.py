from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segdet_kit.distributions import file_faults, normal, record_sha256, recorded_files, records_module
from tests.fake_site import FakeSite

FILES = {
    "segdet_moon/__init__.py": "",
    "segdet_moon/plugin.py": "from segdet_kit import hookimpl\n",
    "segdet_moon/nets/crater.py": "depth = 3\n",
    "segdet_moon/crater, small.txt": "5\n",
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return FakeSite(tmp_path).install("segdet-moon", "1.0", FILES, plugin="moon = segdet_moon.plugin")


def of(record: Path) -> Distribution:
    return PathDistribution(record.parent)


def faults(record: Path) -> list[tuple[str, str]]:
    return [(fault.file, fault.problem) for fault in file_faults(of(record))]


def test_what_was_just_installed_is_as_recorded(record: Path) -> None:
    assert FILES.keys() < recorded_files(of(record)).keys()
    assert faults(record) == []


def test_what_pip_installed_is_as_recorded() -> None:
    installed = distribution("pluggy")
    assert records_module(installed, "pluggy")
    assert list(file_faults(installed)) == []


def edit(site: Path) -> None:
    (site / "segdet_moon/plugin.py").write_text("from segdet_kit import hookimpl \n")


def edit_in_place_of_same_length(site: Path) -> None:
    (site / "segdet_moon/nets/crater.py").write_text("depth = 4\n")


def edit_metadata(site: Path) -> None:
    (site / "segdet_moon-1.0.dist-info/entry_points.txt").write_text("[segdet_kit]\nmoon = os\n")


def remove(site: Path) -> None:
    (site / "segdet_moon/plugin.py").unlink()


def replace_by_folder(site: Path) -> None:
    remove(site)
    (site / "segdet_moon/plugin.py").mkdir()


def add_module(site: Path) -> None:
    (site / "segdet_moon/nets/extra.py").write_text("")


def add_compiled_module(site: Path) -> None:
    (site / "segdet_moon/plugin.abi3.so").write_bytes(b"")


def add_bytecode_without_source(site: Path) -> None:
    (site / "segdet_moon/extra.pyc").write_bytes(b"")


def add_package(site: Path) -> None:
    (site / "segdet_moon/plugin").mkdir()
    (site / "segdet_moon/plugin/__init__.py").write_text("")


def add_link_to_folder(site: Path) -> None:
    (site / "elsewhere").mkdir()
    (site / "segdet_moon/linked").symlink_to(site / "elsewhere")


def rewrite_record(site: Path, change: Callable[[str], str]) -> None:
    path = site / "segdet_moon-1.0.dist-info/RECORD"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(change(line) if "moon/plugin.py" in line else line for line in lines))


def take_hash_from_record(site: Path) -> None:
    rewrite_record(site, lambda line: line.split(",")[0] + ",,")


def put_weak_hash_into_record(site: Path) -> None:
    digest = hashlib.md5((site / "segdet_moon/plugin.py").read_bytes()).hexdigest()
    rewrite_record(site, lambda line: f"{line.split(',')[0]},md5={digest},")


def cut_row_in_record(site: Path) -> None:
    rewrite_record(site, lambda line: line.split(",")[0])


NO_HASH = "has no hash in RECORD that counts (sha256, sha384, sha512)"
TAMPERING = [
    (edit, "segdet_moon/plugin.py", "is changed"),
    (edit_in_place_of_same_length, "segdet_moon/nets/crater.py", "is changed"),
    (edit_metadata, "segdet_moon-1.0.dist-info/entry_points.txt", "is changed"),
    (remove, "segdet_moon/plugin.py", "is missing"),
    (replace_by_folder, "segdet_moon/plugin.py", "is missing"),
    (add_module, "segdet_moon/nets/extra.py", "is not in RECORD"),
    (add_compiled_module, "segdet_moon/plugin.abi3.so", "is not in RECORD"),
    (add_bytecode_without_source, "segdet_moon/extra.pyc", "is not in RECORD"),
    (add_package, "segdet_moon/plugin/__init__.py", "is not in RECORD"),
    (add_link_to_folder, "segdet_moon/linked", "is not in RECORD"),
    (take_hash_from_record, "segdet_moon/plugin.py", NO_HASH),
    (put_weak_hash_into_record, "segdet_moon/plugin.py", NO_HASH),
    (cut_row_in_record, "segdet_moon/plugin.py", NO_HASH),
]


@pytest.mark.parametrize(
    ("tamper", "file", "problem"), TAMPERING, ids=lambda value: getattr(value, "__name__", "")
)
def test_tampering_is_found(record: Path, tamper: Callable[[Path], None], file: str, problem: str) -> None:
    tamper(record.parents[1])
    assert faults(record) == [(file, problem)]


def test_bytecode_and_data_that_a_run_leaves_are_no_faults(record: Path) -> None:
    package = record.parents[1] / "segdet_moon"
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "plugin.cpython-311.pyc").write_bytes(b"")
    (package / "cache.json").write_text("{}")
    with record.open("a") as file:
        file.write("segdet_moon/__pycache__/gone.cpython-311.pyc,,\n")
    assert faults(record) == []


def test_neighbours_in_a_namespace_that_is_shared_are_no_faults(tmp_path: Path) -> None:
    site = FakeSite(tmp_path)
    mine = site.install("space-moon", "1.0", {"space/moon/plugin.py": "", "crater.py": ""})
    site.install("space-mars", "1.0", {"space/mars/plugin.py": "", "dust.py": ""})
    assert faults(mine) == []


@given(content=st.binary(min_size=1), flip=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, flip: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("site")
    record = FakeSite(folder).install("segdet-moon", "1.0", {"segdet_moon/a.txt": content.hex()})
    path = folder / "segdet_moon/a.txt"
    changed = bytearray(path.read_bytes())
    changed[flip % len(changed)] ^= 1 << bit
    path.write_bytes(changed)
    assert faults(record) == [("segdet_moon/a.txt", "is changed")]


def test_a_record_is_hashed_with_any_line_ends(record: Path) -> None:
    content = record.read_bytes()
    assert b"\r\n" in content
    before = record_sha256(of(record))
    assert before == hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
    record.write_bytes(content.replace(b"\r\n", b"\n"))
    assert record_sha256(of(record)) == before
    record.write_bytes(content + b"segdet_moon/more.py,,\r\n")
    assert record_sha256(of(record)) != before


def test_a_record_that_is_missing_or_no_text_has_no_hash(record: Path) -> None:
    record.write_bytes(b"\xff\xfe")
    assert record_sha256(of(record)) is None
    record.unlink()
    assert record_sha256(of(record)) is None
    assert recorded_files(of(record)) == {}


def test_a_module_is_recorded_as_file_package_or_compiled(tmp_path: Path) -> None:
    files = {"a/__init__.py": "", "a/b.py": "", "a/c.abi3.so": "", "a/d/e.py": ""}
    installed = of(FakeSite(tmp_path).install("its-package", "1.0", files))
    assert all(records_module(installed, module) for module in ("a", "a.b", "a.c", "a.d.e"))
    assert not any(records_module(installed, module) for module in ("b", "a.e", "a.d", "a.b.py"))


def test_names_are_compared_as_indexes_do() -> None:
    assert normal("Segdet_.Moon") == normal("segdet-moon") == "segdet-moon"
