"""Images side by side: one range, the PSNR in the title, enlarged parts, refusals."""

import numpy as np
import pytest

import sigdeconv as sd

RNG = np.random.default_rng(0)
TRUTH = RNG.random((20, 30))
NOISY = TRUTH + 0.1 * RNG.standard_normal(TRUTH.shape)


def test_one_range_and_the_number_in_the_title():
    fig = sd.plots.images({"truth": TRUTH, "noisy": NOISY}, truth=TRUTH)
    first, second = fig.axes
    psnr = 10 * np.log10(np.ptp(TRUTH) ** 2 / np.mean((NOISY - TRUTH) ** 2))
    assert first.get_title() == "truth\n"
    assert second.get_title() == f"noisy\n{psnr:.1f} dB"
    for axes in fig.axes:
        assert axes.images[0].get_clim() == (TRUTH.min(), TRUTH.max())
    assert np.array_equal(second.images[0].get_array(), NOISY)


def test_detail_is_the_part():
    part = (slice(2, 9), slice(4, 20))
    fig = sd.plots.images({"a": TRUTH, "b": NOISY, "c": NOISY}, detail=part, columns=2)
    assert len(fig.axes) == 6
    assert np.array_equal(fig.axes[1].images[0].get_array(), TRUTH[part])


def test_colour_is_taken_from_zero_to_one_of_the_range():
    colour = np.stack([TRUTH, 2 * TRUTH, -TRUTH], axis=-1)
    shown = sd.plots.images({"colour": colour}).axes[0].images[0].get_array()
    assert np.array_equal(shown, np.clip(colour, 0, 1))


def test_a_stack_is_drawn_by_three_slices():
    stack = RNG.random((6, 20, 30))
    shown = sd.plots.images({"stack": stack}).axes[0].images[0].get_array()
    assert shown.shape == (20 + 2 + 6, 30 + 2 + 6)


@pytest.mark.parametrize(
    ("panels", "options", "name"),
    [
        ({}, {}, "panels"),
        ({"a": np.ones(5)}, {}, "panels"),
        ({"a": TRUTH}, {"columns": 0}, "columns"),
        ({"a": TRUTH}, {"limits": (1, 1)}, "limits"),
        ({"a": TRUTH}, {"detail": (slice(50, 60), slice(0, 4))}, "detail"),
    ],
)
def test_refusals_name_the_argument(panels, options, name):
    with pytest.raises(ValueError, match=name):
        sd.plots.images(panels, **options)
