"""Convolution against oracles: dot test everywhere, scipy.ndimage, a plain loop, dense matrices."""

import itertools

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st

from sigdeconv.operators import (
    BOUNDARIES,
    Convolution,
    Diagonal,
    Difference,
    dot_test,
    fold,
    pad,
)

SHAPES = {1: (23,), 2: (13, 10), 3: (9, 8, 11)}
KERNELS = {1: [(3,), (4,)], 2: [(3, 3), (4, 3)], 3: [(3, 3, 3), (4, 3, 2)]}
MODES = {
    "zero": "constant",
    "periodic": "wrap",
    "reflect": "reflect",
    "mirror": "mirror",
    "nearest": "nearest",
}


def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("path", ["fft", "direct"])
@pytest.mark.parametrize("ndim", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_dot_test_of_every_configuration(ndim, path, boundary):
    tried = 0
    for kernel, stride, dilation, padding in itertools.product(
        KERNELS[ndim], (1, 2, 3), (1, 2), (None, "valid", "full", 1, [(2, 1)] * ndim)
    ):
        if boundary == "unknown" and padding not in (None, "valid"):
            continue
        A = Convolution(
            rng().random(kernel),
            SHAPES[ndim],
            boundary,
            stride=stride,
            dilation=dilation,
            padding=padding,
            path=path,
        )
        assert dot_test(A, trials=1).error <= 1e-12, A
        assert dot_test(A, trials=1, dtype=np.float32).error <= 1e-6, A
        tried += 1
    assert tried == (24 if boundary == "unknown" else 60)


@pytest.mark.parametrize("boundary", MODES)
@pytest.mark.parametrize("path", ["fft", "direct"])
@pytest.mark.parametrize(
    ("shape", "kernel"),
    [((23,), (5,)), ((23,), (60,)), ((13, 10), (4, 3)), ((7, 5), (9, 12)), ((9, 8, 6), (3, 4, 5))],
)
def test_equals_scipy_ndimage(boundary, path, shape, kernel):
    h, x = rng().random(kernel), rng().random(shape)
    expected = scipy.ndimage.convolve(x, h, mode=MODES[boundary])
    got = Convolution(h, shape, boundary, path=path)(x)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("path", ["fft", "direct"])
@pytest.mark.parametrize(("stride", "dilation", "before", "after"), [(1, 1, 0, 0), (2, 3, 4, 1)])
def test_equals_a_plain_loop(path, stride, dilation, before, after):
    h, x = rng().random(4), rng().random(20)
    padded = np.pad(x, (before, after))
    expected = [
        sum(h[k] * padded[m + dilation * (3 - k)] for k in range(4))
        for m in range(0, padded.size - 3 * dilation, stride)
    ]
    A = Convolution(
        h, (20,), stride=stride, dilation=dilation, padding=[(before, after)], path=path
    )
    np.testing.assert_allclose(A(x), expected, atol=1e-13)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("stride", [1, 2])
def test_the_other_adjoint(boundary, stride):
    h, x = rng().random((4, 3)), rng().random((13, 10))
    A = Convolution(h, x.shape, boundary, stride=stride)
    K = A.in_kernel(x)
    np.testing.assert_allclose(K(h), A(x), atol=1e-12)
    assert dot_test(K)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_complex_kernels_and_signals(boundary):
    h = rng().random((4, 3)) + 1j * rng().random((4, 3))
    for path in ("fft", "direct"):
        assert dot_test(Convolution(h, (13, 10), boundary, path=path), dtype=complex)
        assert dot_test(Convolution(h.real, (13, 10), boundary, path=path), dtype=complex)


def test_complex_weights_signals_and_kernels_are_conjugated_on_the_way_back():
    weights = rng().random((5, 4)) + 1j * rng().random((5, 4))
    assert dot_test(Diagonal(weights)) and dot_test(Diagonal(weights.real), dtype=complex)
    for stride in (1, 2):
        A = Convolution(rng().random((3, 2)), (5, 4), "reflect", stride=stride, dilation=(1, 2))
        for x in (weights, weights.real):
            assert dot_test(A.in_kernel(x)) and dot_test(A.in_kernel(x), dtype=complex)


def test_mask_weighs_the_data():
    mask = (rng().random((13, 10)) > 0.2).astype(float)
    A = Convolution(rng().random((4, 3)), (13, 10), "reflect", mask=mask)
    assert dot_test(A)
    assert np.all(A(rng().random((13, 10)))[mask == 0] == 0)


@pytest.mark.parametrize("centre", [(0, 0), (3, 2), (1, 4), (-2, 7)])
def test_centre_moves_the_signal(centre):
    h = np.zeros((4, 5))
    h[1, 3] = 1.0
    x = rng().random((12, 11))
    shift = (1 - centre[0], 3 - centre[1])
    got = Convolution(h, x.shape, "periodic", centre=centre)(x)
    np.testing.assert_allclose(got, np.roll(x, shift, (0, 1)), atol=1e-13)


@pytest.mark.parametrize("kernel", [5, 4, 1])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("centre", [None, 0])
def test_window_is_where_the_centre_looks(kernel, stride, dilation, centre):
    h = np.full(kernel, 1e-10)  # zeros at the ends are cut off
    h[kernel // 2 if centre is None else centre] = 1.0
    A = Convolution.for_data(h, 12, stride=stride, dilation=dilation, centre=centre)
    x = rng().random(A.shape)
    np.testing.assert_allclose(A(x), x[A.window][::stride], atol=1e-8)
    assert A.out_shape == (12,)
    assert dot_test(A)


def test_algebra():
    h = rng().random((3, 4))
    A = Convolution(h, (6, 7), "reflect")
    B = Convolution(h[::-1], (6, 7), "periodic")
    D = Difference((6, 7))
    W = Diagonal(rng().random((6, 7)))
    combined = (2.0 * A - W @ B) @ A.T
    M = (2 * A.to_dense() - W.to_dense() @ B.to_dense()) @ A.to_dense().T
    np.testing.assert_allclose(combined.to_dense(), M, atol=1e-12)
    for operator in (combined, D, D @ B, A.T, -A, A + B):
        assert dot_test(operator), operator
    assert A.T.T is A
    assert A.norm(num_iter=2000, tol=1e-12) == pytest.approx(
        np.linalg.norm(A.to_dense(), 2), rel=1e-6
    )
    np.testing.assert_allclose(A.as_scipy() @ np.ones(42), A(np.ones((6, 7))).ravel())


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("boundary", ["reflect", "periodic", "zero"])
def test_differences(order, boundary):
    D = Difference((7, 9), order, boundary, spacing=(1.0, 2.0))
    assert dot_test(D)
    if boundary != "zero":
        assert np.abs(D(np.ones((7, 9)))).max() < 1e-14


@pytest.mark.slow
@given(
    st.integers(1, 9),
    st.integers(-3, 25),
    st.integers(-3, 25),
    st.sampled_from([b for b in BOUNDARIES if b != "unknown"]),
)
def test_fold_is_the_adjoint_of_pad(n, before, after, boundary):
    before, after = max(before, -(n // 3)), max(after, -(n // 3))
    if n + before + after < 1:
        return
    x = np.eye(n)[..., None]
    P = np.stack([pad(row, [(before, after), (0, 0)], boundary)[:, 0] for row in x], axis=1)
    z = np.eye(P.shape[0])[..., None]
    F = np.stack([fold(row, [(before, after), (0, 0)], boundary)[:, 0] for row in z], axis=1)
    np.testing.assert_array_equal(P.T, F)


def test_report_names_what_is_wrong():
    def forward(x):
        return np.convolve(x, [1.0, 2.0, 3.0, 4.0], "same")

    def slipped(y):
        return np.convolve(y, [4.0, 3.0, 2.0, 1.0], "same")

    report = dot_test(forward, slipped, (9,), (9,))
    assert not report and "centre of the flipped kernel" in str(report)
    report = dot_test(lambda x: np.clip(x, 0, 1), lambda y: y, (9,), (9,))
    assert not report and "not linear" in str(report)
    with pytest.raises(TypeError, match="out_shape"):
        dot_test(forward, slipped, (9,))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"boundary": "wrap"}, ValueError, "called 'periodic'"),
        ({"centre": 1.5}, TypeError, "centre must be a whole number"),
        ({"centre": 1}, ValueError, r"centre must have 2 entries.*Write \(1, 1\)"),
        ({"centre": (1, 1, 1)}, ValueError, "centre has 3 entries"),
        ({"stride": 0}, ValueError, "stride"),
        ({"dilation": "two"}, TypeError, "dilation"),
        ({"padding": "half"}, ValueError, "padding"),
        ({"padding": "valid", "shape": (2, 9)}, ValueError, "no output sample"),
        ({"boundary": "unknown", "padding": 1}, ValueError, "unknown"),
        ({"shape": (9,)}, ValueError, "shape"),
        ({"mask": np.ones(3)}, ValueError, "mask"),
        ({"psf": np.array([[np.nan]])}, ValueError, "psf"),
        ({"path": "magic"}, ValueError, "path"),
    ],
)
def test_errors_name_the_argument(arguments, error, words):
    with pytest.raises(error, match=words):
        Convolution(**({"psf": np.ones((3, 3)), "shape": (8, 9)} | arguments))
    A = Convolution(np.ones((3, 3)), (8, 9))
    with pytest.raises(ValueError, match="x has shape"):
        A(np.ones((8, 8)))
