"""Arrays as an equation: the numbers and signs that were given, one colour for one kind."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from sigdeconv.plots import numbers

X, K = np.array([[0.0, 1.0], [2.5, 3.0]]), np.array([4, 5, 6])


def test_every_number_and_sign_is_there_in_order():
    fig = numbers([[("input", X), "*", ("kernel", K)], ["as above", ("output", -X)]], title="Title")
    shown = [text.get_text() for text in fig.axes[0].texts]
    first = ["input", "0", "1", "2.5", "3", "*", "kernel", "4", "5", "6"]
    assert shown == [*first, "as above", "output", "-0", "-1", "-2.5", "-3"]
    assert fig.get_suptitle() == "Title"


def test_one_colour_for_names_that_end_alike_and_white_zeros():
    fig = numbers([[("kernel", K), "+", ("2 × kernel", 2 * K), "=", ("sum", [0, 1, 2])]])
    faces = [to_hex(patch.get_facecolor()) for patch in fig.axes[0].patches]
    assert len(set(faces[:6])) == 1
    assert faces[6] == "#ffffff"
    assert faces[7] == faces[8] and faces[7] not in (faces[0], "#ffffff")


def test_cells_do_not_overlap_and_are_square_on_paper():
    fig = numbers([[("a very long name", [1]), ("next", K)], [("below", X)]])
    fig.canvas.draw()
    boxes = [patch.get_window_extent() for patch in fig.axes[0].patches]
    for k, a in enumerate(boxes):
        assert a.width == pytest.approx(a.height)
        for b in boxes[k + 1 :]:
            inside = min(a.x1, b.x1) - max(a.x0, b.x0) > 1e-3
            assert not (inside and min(a.y1, b.y1) - max(a.y0, b.y0) > 1e-3)


@pytest.mark.parametrize(
    ("rows", "error", "text"),
    [
        ([], ValueError, "at least one pair"),
        ([["only words"]], ValueError, "at least one pair"),
        ([[("x", np.ones((2, 2, 2)))]], ValueError, r"'x' has shape \(2, 2, 2\)"),
        ([[("x", np.ones(41))]], ValueError, "1 to 40"),
        ([[("x", np.ones(0))]], ValueError, "1 to 40"),
        ([[("x", [1j])]], TypeError, "real numbers"),
        ([[("x", ["a"])]], TypeError, "real numbers"),
        ([[(X, "x")]], TypeError, "pairs"),
        ([[X]], TypeError, "pairs"),
    ],
)
def test_refusals_name_the_argument(rows, error, text):
    with pytest.raises(error, match=f"rows.*{text}"):
        numbers(rows)
