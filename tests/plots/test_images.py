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
        ({"a": np.ones((2, 2, 2, 2))}, {}, "panels"),
        ({"a": TRUTH}, {"columns": 0}, "columns"),
        ({"a": TRUTH}, {"limits": (1, 1)}, "limits"),
        ({"a": TRUTH}, {"detail": (slice(50, 60), slice(0, 4))}, "detail"),
    ],
)
def test_refusals_name_the_argument(panels, options, name):
    with pytest.raises(ValueError, match=name):
        sd.plots.images(panels, **options)


def test_a_trace_is_drawn_on_its_own_range():
    low, high = RNG.random(50), 40 * RNG.random(50)
    fig = sd.plots.images({"data": low, "restored": high}, title="spectrum")
    for axes, trace in zip(fig.axes, (low, high), strict=True):
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), trace)
        assert axes.get_ylim()[1] < 1.2 * trace.max()


def test_dead_pixels_do_not_take_the_range():
    dead = TRUTH.copy()
    dead[3, 4], dead[5, 6] = np.nan, np.inf
    for axes in sd.plots.images({"data": dead, "restored": NOISY}).axes:
        assert axes.images[0].get_clim() == (TRUTH.min(), TRUTH.max())
    assert np.isfinite(
        sd.plots.images({"a": np.full((4, 4), np.nan)}).axes[0].images[0].get_clim()
    ).all()


def test_slices_of_a_stack_are_in_proportion():
    stack = RNG.random((6, 20, 30))
    fig = sd.plots.images({"stack": stack}, spacing=(0.3, 0.1, 0.1))
    shown = fig.axes[0].images[0].get_array()
    assert shown.shape == (20 + 2 + 18, 30 + 2 + 18)
    assert set(np.unique(shown.compressed())) <= set(np.unique(stack))  # nothing is made up
    for wrong, text in (((1, 1), "has 2 entries .* expected .* 3"), ((1, 1, 0), "above 0; got 0")):
        with pytest.raises(ValueError, match=f"spacing.* {text}"):
            sd.plots.images({"stack": stack}, spacing=wrong)
    with pytest.raises(ValueError, match=r"spacing\[2\] must be a finite number"):
        sd.plots.images({"stack": stack}, spacing=(1, 1, np.nan))
    with pytest.raises(TypeError, match=r"spacing\[0\] must be"):
        sd.plots.images({"stack": stack}, spacing=("a", 1, 1))


def test_a_list_is_told_to_be_a_mapping():
    with pytest.raises(TypeError, match=r"panels must map .* got list. Write \{'data': y"):
        sd.plots.images([TRUTH, NOISY])


def test_traces_side_by_side_have_one_range():
    low, high = np.sin(np.arange(50.0)), 3 * np.sin(np.arange(50.0))
    left, right = sd.plots.images({"data": low, "estimate": high}, limits=(-1, 1)).axes
    assert left.get_ylim() == right.get_ylim()
    assert left.get_ylim()[0] < high.min() and left.get_ylim()[1] > high.max()
