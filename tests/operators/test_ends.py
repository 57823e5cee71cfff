"""A border of its own at each end of an axis, against NumPy's padding and convolution."""

import itertools
import pickle

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.operators import fold, pad

MODES = {"zero": "constant", "reflect": "symmetric", "mirror": "reflect", "nearest": "edge"}
WORDS = [*MODES, "unknown"]
MIXED = [pair for pair in itertools.product(WORDS, WORDS) if pair[0] != pair[1]]


def extended(x, before, after, ends):
    """Return `x` continued by NumPy, each end by its own rule."""
    left = np.pad(x, (before, 0), MODES[ends[0]]) if before > 0 else x[-before:]
    right = np.pad(x, (0, after), MODES[ends[1]]) if after > 0 else x[: x.size + after]
    return np.concatenate([left[: max(before, 0)], x[max(-before, 0) :], right[x.size :]])[
        : x.size + before + after
    ]


@pytest.mark.parametrize("ends", MIXED)
@pytest.mark.parametrize("widths", [(4, 3), (0, 9), (11, -2), (-1, 5)])
def test_padding_by_the_rule_of_each_end(ends, widths):
    x = np.arange(1.0, 8.0)
    rules = tuple("zero" if word == "unknown" else word for word in ends)
    found = pad(x, [widths], (ends,))
    np.testing.assert_array_equal(found, extended(x, *widths, rules))
    z = np.random.default_rng(0).random(found.size)
    assert found @ z == pytest.approx(x @ fold(z, [widths], (ends,)))


@pytest.mark.parametrize("ends", MIXED)
@pytest.mark.parametrize(("kernel", "centre"), [(5, 0), (4, 2), (5, 4), (4, -2), (3, 5)])
@pytest.mark.parametrize("path", ["fft", "direct"])
def test_data_of_a_border_with_two_ends(ends, kernel, centre, path):
    rng = np.random.default_rng(1)
    h, data = rng.random(kernel), 12
    A = sd.Convolution.for_data(h, data, boundary=ends, centre=(centre,), path=path)
    x = rng.random(A.shape)
    (before, after), (at,) = A.padding[0], A.window
    # Wherever the rule is not needed the signal is there: y[m] = sum h[k] x[m + centre - k].
    wide = extended(x, before, after, tuple("zero" if w == "unknown" else w for w in ends))
    np.testing.assert_allclose(A(x), np.convolve(wide, h, "valid"), atol=1e-12)
    assert A.out_shape == (data,)
    if ends[0] == "unknown":
        assert before <= 0
    if ends[1] == "unknown":
        assert after <= 0
    if 0 <= centre < kernel:
        assert at.stop - at.start == data
    assert sd.dot_test(A).passed
    again = pickle.loads(pickle.dumps(A))
    np.testing.assert_array_equal(again(x), A(x))


def test_axes_with_ends_of_their_own():
    rng = np.random.default_rng(2)
    h = rng.random((3, 4))
    border = [("zero", "unknown"), "periodic"]
    A = sd.Convolution.for_data(h, (7, 8), boundary=border, stride=(2, 1))
    assert A.out_shape == (7, 8) and A.shape == (15, 8)
    assert sd.dot_test(A).passed
    assert "zero/unknown x periodic" in repr(A)
    x = rng.random(A.shape)
    rows = np.pad(x, [(1, 0), (0, 0)])
    rolled = sum(
        h[j, k] * np.roll(rows[2 - j : rows.shape[0] - j], k - 2, axis=1)
        for j in range(3)
        for k in range(4)
    )
    np.testing.assert_allclose(A(x), rolled[::2][:7], atol=1e-12)


@pytest.mark.parametrize(
    ("border", "words"),
    [
        (("zero", "periodic"), "expected both"),
        (("zero", "constant"), "called 'zero' here"),
        ([("zero", "unknown")] * 3, "has 3 entries"),
        ([("zero", "unknown", "zero"), "zero"], "a word or a pair"),
    ],
)
def test_what_a_border_cannot_be(border, words):
    with pytest.raises(ValueError, match=words):
        sd.Convolution(np.ones((3, 3)), (9, 9), boundary=border)
    with pytest.raises(TypeError, match="boundary must be one of"):
        sd.Convolution(np.ones((3, 3)), (9, 9), boundary=3)


def test_two_equal_ends_are_one_word():
    assert sd.Convolution([1.0, 2.0], 5, boundary=("zero", "zero")).boundary == "zero"
    assert sd.Convolution.for_data([1.0, 2.0], 5, boundary=["unknown"]).boundary == "unknown"
