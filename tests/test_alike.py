"""Signals of one kind along some axes: each as if it stood alone, with what was found on all."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from sigdeconv.problem import observe
from sigdeconv.solvers.quadratic.row_matrix import make_row_matrix
from sigdeconv.solvers.quadratic.rows import make_row_filter

H = sd.psf.gaussian(2.0, ndim=1)
DECAY = np.exp(-np.arange(20) / 4.0)
DECAY /= DECAY.sum()


def lines(signals=12, samples=150, seed=0):
    rng = np.random.default_rng(seed)
    t, x = np.arange(samples + H.size - 1), np.zeros((signals, samples + H.size - 1))
    for _ in range(4):
        place, width = rng.uniform(0, t.size, (signals, 1)), rng.uniform(2, 5, (signals, 1))
        x += np.exp(-(((t - place) / width) ** 2))
    y = np.stack([np.convolve(row, H, "valid") for row in x])
    half = H.size // 2
    return y + rng.normal(0, 0.02, y.shape), x[:, half : x.shape[1] - half]


@pytest.mark.parametrize(
    ("h", "how"),
    [
        (H, {}),
        (H[:-3], {}),
        (np.ones(61), {}),  # a window shorter than the kernel
        (H, {"boundary": "periodic"}),
        (np.exp(-np.arange(20) / 4.0), {"centre": "start"}),
        (H, {"mask": np.arange(50) % 17 > 1}),
    ],
)
def test_the_filter_of_all_rows_is_the_minimiser_of_each(h, how):
    y = np.random.default_rng(1).normal(size=(5, 50)).cumsum(axis=1)
    obs = observe(y[0], h, **how)
    problem = registry.get("wiener").solve(obs).posterior.problem
    found = make_row_filter(problem, y[0])(y)
    for row, x in zip(y, found, strict=True):
        alone = problem.solve(row, tol=1e-9, num_iter=2000).x[obs.A.window]
        np.testing.assert_allclose(x, alone, atol=1e-8 * np.abs(alone).max())


@pytest.mark.parametrize(
    ("h", "how"),
    [
        (DECAY, {"centre": "start", "boundary": (("zero", "unknown"),)}),
        (H, {"boundary": "reflect"}),
        (H, {"boundary": "zero", "mask": np.linspace(0.2, 1, 50)}),
    ],
)
def test_the_matrix_of_all_rows_is_the_minimiser_of_each(h, how):
    y = np.random.default_rng(1).normal(size=(5, 50)).cumsum(axis=1)
    obs = observe(y[0], h, **how)
    problem = registry.get("wiener").solve(obs).posterior.problem
    assert make_row_filter(problem, y[0]) is None
    found = make_row_matrix(problem, y[0], signals=5)(y)
    for row, x in zip(y, found, strict=True):
        alone = problem.solve(row, tol=1e-10, num_iter=4000).x[obs.A.window]
        np.testing.assert_allclose(x, alone, atol=1e-6 * np.abs(alone).max())
    together = sd.deconvolve(y, h, method="wiener", axis=-1, **how)
    assert together.x.shape == y.shape and together.parameters["signals"] == 5


def test_one_filter_serves_complex_rows():
    y = np.random.default_rng(1).normal(size=(2, 5, 50)).cumsum(axis=2)
    both = sd.wiener(y[0] + 1j * y[1], H, axis=-1, nsr=0.01)
    for part, x in ((y[0], both.real), (y[1], both.imag)):
        np.testing.assert_allclose(x, sd.wiener(part, H, axis=-1, nsr=0.01), atol=1e-9)


def test_no_filter_of_rows_where_the_weights_are_grey():
    y, weights = np.ones(50), np.linspace(0.2, 1, 50)
    problem = registry.get("wiener").solve(observe(y, H, mask=weights)).posterior.problem
    assert make_row_filter(problem, y) is None


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "method",
    [
        "wiener",
        "landweber",
        *(pytest.param(n, marks=SLOW) for n in ("tikhonov", "cgls", "richardson_lucy")),
    ],
)
def test_traces_together_are_restored_as_well_as_one_by_one(method):
    y, x = lines()
    together = sd.deconvolve(y, H, method=method, axis=-1)
    each = sd.deconvolve(y, H, method=method, channel_axis=0)
    error, alone = (np.linalg.norm(r.x - x) for r in (together, each))
    assert error < np.linalg.norm(y - x)
    assert error < 1.1 * alone
    assert together.parameters["signals"] == 12


@pytest.mark.parametrize(
    "method", ["wiener", "nnls", *(pytest.param(n, marks=SLOW) for n in ("tv", "richardson_lucy"))]
)
def test_the_place_of_the_axis_does_not_matter(method):
    y, _ = lines(6, 60)
    stack = y.reshape(2, 3, 60)
    function = getattr(sd, method)
    found = function(stack, H, axis=-1)
    assert found.shape == stack.shape
    np.testing.assert_array_equal(function(y, H, axis=1).reshape(stack.shape), found)
    moved = function(np.moveaxis(stack, -1, 1), H, axis=1)
    np.testing.assert_array_equal(np.moveaxis(moved, 1, -1), found)
    same = sd.deconvolve(stack, H, method=method, axis=2)
    np.testing.assert_array_equal(same.x, found)


@pytest.mark.parametrize("method", ["richardson_lucy", "landweber", "tv", "wiener"])
def test_signals_do_not_see_each_other(method):
    y = lines(4, 60)[0] + 0.2
    strength = {"weight": 0.05, "noise": 0.02} if method in ("tv", "wiener") else {"num_iter": 9}
    other = y.copy()
    other[2] = y[2][::-1]
    a, b = (getattr(sd, method)(v, H, axis=1, **strength) for v in (y, other))
    keep = [0, 1, 3]
    close = 0.02 if method in ("tv", "wiener") else 1e-9  # what is found on all
    np.testing.assert_allclose(a[keep], b[keep], atol=close)
    assert np.abs(a[2] - b[2]).max() > 0.1


def test_a_picture_in_a_stack_is_restored_by_a_kernel_of_two_axes():
    psf = sd.psf.gaussian(1.5)
    scene = sd.datasets.coins()[:60, :60]
    y = np.stack([sd.simulate(scene, psf, noise=0.02, rng=k).y for k in range(3)], axis=1)
    x = sd.wiener(y, psf, axis=(0, 2))
    assert x.shape == y.shape
    alone = sd.wiener(y[:, 1], psf)
    assert np.linalg.norm(x[:, 1] - alone) < 0.05 * np.linalg.norm(alone)


def test_masks_of_one_signal_and_of_all():
    y, x = lines(5, 80)
    dead = np.ones(80)
    dead[30:33] = 0
    broken = np.where(dead > 0, y, np.nan)
    shared = sd.wiener(broken, H, axis=-1, mask=dead)
    each = sd.wiener(broken, H, axis=-1, mask=np.broadcast_to(dead, y.shape))
    assert np.isfinite(shared).all()
    assert np.linalg.norm(shared - each) < 0.1 * np.linalg.norm(each)
    assert np.linalg.norm((shared - x)[:, dead > 0]) < np.linalg.norm((y - x)[:, dead > 0])


@pytest.mark.parametrize(
    "method", ["ictm", "tikhonov", pytest.param("hyper_laplacian", marks=SLOW)]
)
def test_one_mask_for_all_leaves_each_signal_its_own_data(method):
    y, _ = lines(4, 60)
    weights = np.where(np.arange(60) % 20 == 7, 0.5, 1.0)
    together = sd.deconvolve(y, H, method=method, axis=-1, mask=weights, weight=0.05).x
    for row, x in zip(y, together, strict=True):
        alone = sd.deconvolve(row, H, method=method, mask=weights, weight=0.05).x
        assert np.linalg.norm(x - alone) < 0.1 * np.linalg.norm(alone)


def test_precision_and_namespace_come_back():
    y, _ = lines(4, 60)
    assert sd.wiener(y.astype(np.float32), H, axis=-1).dtype == np.float32
    torch = pytest.importorskip("torch")
    x = sd.wiener(torch.asarray(y), H, axis=-1)
    assert isinstance(x, torch.Tensor)
    np.testing.assert_allclose(np.asarray(x), sd.wiener(y, H, axis=-1), atol=1e-9)


def test_an_automatic_choice_is_one_for_all():
    y, x = lines()
    result = sd.deconvolve(y, H, axis=-1)
    assert result.method in sd.methods() and "why" in result.parameters
    assert np.linalg.norm(result.x - x) < np.linalg.norm(y - x)


@pytest.mark.parametrize(
    ("how", "error", "text"),
    [
        ({"axis": 2}, ValueError, "axis must be one of the 2 axes of y; got 2"),
        ({"axis": (0, 0)}, ValueError, "different axes"),
        ({"axis": ()}, ValueError, "different axes"),
        ({"axis": (0, 1)}, ValueError, "psf has 1 axes and acts along 2"),
        ({"axis": 1.5}, TypeError, "axis"),
        ({"axis": 1, "mask": np.ones(7)}, ValueError, r"mask has shape \(7,\)"),
    ],
)
def test_what_does_not_fit_is_told(how, error, text):
    y, _ = lines(3, 40)
    with pytest.raises(error, match=text):
        sd.wiener(y, H, **how)


def test_the_door_takes_one_word_for_the_axes():
    y, _ = lines(3, 40)
    with pytest.raises(ValueError, match="axis and channel_axis"):
        sd.deconvolve(y, H, axis=1, channel_axis=0)
    with pytest.raises(ValueError, match="psf='auto'"):
        sd.deconvolve(y, "auto", axis=1)
    with pytest.raises(ValueError, match="y "):
        sd.wiener(np.where(y > y.mean(), np.nan, y), H, axis=1)


def test_doubts_name_a_signal():
    y, _ = lines(6, 60)
    with pytest.warns(sd.sanity.ResultWarning, match="signal"):
        sd.inverse_filter(y, H, axis=-1, threshold=1e-6)
