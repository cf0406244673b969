from __future__ import annotations

from segdet_kit.reports.palette import GREY, colours, contrast


def test_twenty_one_classes_have_colours_of_their_own() -> None:
    assert len(set(colours([f"class {i}" for i in range(21)]))) == 21


def test_more_classes_than_colours_begin_anew() -> None:
    many = colours([f"class {i}" for i in range(150)])
    assert len(many) == 150
    assert many[21] == many[0]


def test_a_background_takes_no_colour_from_the_others() -> None:
    assert colours(["Background", "disk"]) == [GREY, *colours(["disk"])]


def test_letters_stand_out_from_their_colour() -> None:
    assert contrast((240, 228, 66)) == (0, 0, 0)
    assert contrast((0, 114, 178)) == (255, 255, 255)
