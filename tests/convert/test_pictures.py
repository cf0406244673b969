from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from segdet_kit.convert.pictures import data_of, names_of
from segdet_kit.errors import DataError
from segdet_kit.openmmlab.datasets import Split


def sample(path: str = "/data/a.png", **fields: Any) -> dict[str, Any]:
    return {"img_path": path, "width": 6, "height": 5, "instances": []} | fields


def split(*records: dict[str, Any], role: str = "train", **fields: Any) -> Split:
    return Split(role, ("cat",), records, **fields)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), min_size=1
    )
)
def test_names_differ_and_lead_nowhere(files: list[str]) -> None:
    paths = [f"/data/{number % 2}/{file}.png" for number, file in enumerate(files)]
    names = names_of(paths)
    assert names.keys() == set(paths)
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert name == Path(name).name
        assert not name.startswith(".")
        assert name.split() == [name]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/data/x/a.png", "/data/y/b.jpg"], ["a", "b"]),
        (["/data/x/a.png", "/data/y/a.png"], ["x-a", "y-a"]),
        (["/data/a.png", "/data/a.jpg"], ["a-2", "a"]),
        (["/data/...png", "/data/my photo.png"], ["image", "my-photo"]),
        (["/data/../../etc/passwd.png"], ["passwd"]),
    ],
)
def test_an_image_is_called_like_its_file_or_its_path(paths: list[str], names: list[str]) -> None:
    assert [names_of(paths)[path] for path in paths] == names


def test_splits_of_the_same_images_are_one() -> None:
    data = data_of([split(sample()), split(sample("/data/b.png"), role="val"), split(sample(), role="test")])
    assert list(data.splits) == ["train", "val"]
    assert data.same == {"test": "train"}


def test_samples_that_are_filtered_out_are_left_out() -> None:
    data = data_of([split(sample(), sample("/data/b.png"), dropped={"/data/a.png": "too small"})])
    assert [picture.name for picture in data.splits["train"]] == ["b"]


def test_values_of_a_label_map_are_those_that_training_sees(tmp_path: Path) -> None:
    Image.new("L", (6, 5)).save(tmp_path / "a.png")
    stored = {"img_path": "/data/a.jpg", "seg_map_path": str(tmp_path / "a.png")}
    (plain,) = data_of([split(stored)]).splits["train"]
    assert (plain.width, plain.height, plain.values) == (6, 5, None)
    (mapped,) = data_of([split(stored | {"label_map": {11: 255}})]).splits["train"]
    assert mapped.values == {11: 255}
    (reduced,) = data_of([split(stored | {"reduce_zero_label": True})]).splits["train"]
    assert reduced.values is not None
    assert [reduced.values.get(value, value) for value in (0, 1, 2, 255)] == [255, 0, 1, 255]


def test_an_image_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"split train lists /data/a\.png more than once"):
        data_of([split(sample(), sample())])


@pytest.mark.parametrize(
    "wrong",
    [split(), split(sample(segments_info=[])), split({"img_path": "a"}), split(sample(), inspectable=False)],
)
def test_labels_in_another_form_are_refused(wrong: Split) -> None:
    with pytest.raises(DataError, match="the data set has no labels that can be converted"):
        data_of([wrong])


def test_a_split_without_objects_does_not_change_what_labels_are() -> None:
    cat = {"bbox": [0, 0, 1, 1], "bbox_label": 0, "mask": [[0, 0, 1, 1, 0, 1]]}
    assert data_of([split(sample(instances=[cat])), split(sample("/data/b.png"), role="val")]).kind == "masks"
    assert data_of([split(sample())]).kind == "boxes"
