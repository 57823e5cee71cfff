"""What solvers read of a convolution: grid, transfer function, samples, mask; and who owns it."""

import dataclasses
import pickle

import numpy as np
import pytest

from sigdeconv.geometry import ConvGeometry
from sigdeconv.operators import BOUNDARIES, Convolution, Diagonal, FFTGrid

RNG = np.random.default_rng(11)
PSF = RNG.random((4, 3))
SHAPE = (13, 10)


def test_settings_are_tuples_however_they_were_given():
    A = Convolution(PSF, list(SHAPE), stride=np.int64(2), dilation=np.array([1, 2]), padding=1)
    assert A.shape == SHAPE and A.stride == (2, 2) and A.dilation == (1, 2)
    assert A.padding == ((1, 1), (1, 1)) and A.centre == (2, 1)
    assert all(type(n) is int for n in (*A.shape, *A.stride, *A.dilation, *A.centre))
    assert A.geometry == ConvGeometry((4, 3), (2, 2), 1, (1, 2))
    assert A.geometry.output_size(SHAPE) == A.out_shape
    B = dataclasses.replace(A, mask=np.ones(A.out_shape))
    assert B.geometry == A.geometry and B.mask is not None


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_parts_make_the_whole(boundary, stride, dtype):
    """Pad, multiply by the transfer function, take the samples, weigh: the forward map."""
    from sigdeconv.operators import pad

    A = Convolution(PSF, SHAPE, boundary, stride=stride, dilation=(1, 2), path="fft")
    A = dataclasses.replace(A, mask=RNG.random(A.out_shape))
    x = RNG.random(SHAPE).astype(dtype)
    full = np.iscomplexobj(x)
    padded = pad(x, A.grid.padding, boundary)
    H = A.transfer(x, full_spectrum=full)
    forward, back = (np.fft.fftn, np.fft.ifftn) if full else (np.fft.rfftn, np.fft.irfftn)
    size, axes = A.grid.shape, (0, 1)
    grid = back(forward(padded, size, axes) * H, size, axes)
    expected = A.weigh(grid[A.samples])
    np.testing.assert_allclose(A(x), expected, atol=1e-5 if dtype == np.float32 else 1e-12)
    assert A.transfer(x, full_spectrum=full) is H
    assert H.dtype == (np.complex64 if dtype == np.float32 else np.complex128)
    assert isinstance(A.grid, FFTGrid)
    assert len(A.grid_pads) == 2 and (not any(A.grid_pads) or boundary not in ("reflect", "mirror"))


def test_upsampling_is_the_adjoint_of_taking_the_samples():
    A = Convolution(PSF, SHAPE, stride=(3, 2))
    y = RNG.random(A.out_shape)
    z = A.upsample(y)
    np.testing.assert_array_equal(z[A.samples], y)
    assert z.sum() == pytest.approx(y.sum())
    assert Convolution(PSF, SHAPE).upsample(y) is y


def test_weights_keep_the_precision_and_the_data():
    mask = RNG.random(SHAPE)
    A = Convolution(PSF, SHAPE, mask=mask)
    for dtype in (np.float32, np.float64, np.complex64):
        y = RNG.random(SHAPE).astype(dtype)
        for got in (A.weigh(y), A(y), A.adjoint(y)):
            assert got.dtype == dtype
        np.testing.assert_allclose(A.weigh(y), y * mask, rtol=1e-6)
    y = RNG.random(SHAPE)
    assert Convolution(PSF, SHAPE).weigh(y) is y


def test_circulant_operators_are_their_transfer_function():
    A = Convolution(PSF, SHAPE, "periodic")
    assert A.is_circulant
    assert not Convolution(PSF, SHAPE, "periodic", stride=2).is_circulant
    assert not Convolution(PSF, SHAPE, "periodic", mask=np.ones(SHAPE)).is_circulant
    assert not Convolution(PSF, SHAPE, "reflect").is_circulant
    x = RNG.random(SHAPE)
    np.testing.assert_allclose(A(x), np.fft.ifft2(np.fft.fft2(x) * A.otf).real, atol=1e-13)


@pytest.mark.parametrize("path", ["fft", "direct"])
def test_an_operator_owns_its_arrays(path):
    psf, mask = PSF.copy(), RNG.random(SHAPE)
    A = Convolution(psf, SHAPE, mask=mask, path=path)
    K = A.in_kernel(x := RNG.random(SHAPE))
    before = A(x), A.adjoint(x), K(psf)
    same_x = x.copy()
    psf[:] = 0
    mask[:] = 0
    x[:] = 0
    after = A(same_x), A.adjoint(same_x), K(PSF)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    for array in (A.psf, A.mask):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 1
    view = PSF.copy()[::-1]
    B = Convolution(view, SHAPE, path=path)
    view.base[:] = 0
    np.testing.assert_array_equal(B.psf, PSF[::-1])


def test_a_diagonal_owns_its_weights():
    weights = np.array([1.0, 2.0])
    D = Diagonal(weights)
    weights[:] = 0
    np.testing.assert_array_equal(D(np.ones(2)), [1, 2])
    with pytest.raises(ValueError, match="read-only"):
        D.weights[:] = 0
    torch = pytest.importorskip("torch")
    weights = torch.ones(2)
    D = Diagonal(weights)
    weights[:] = 0
    assert D(torch.ones(2)).tolist() == [1, 1]
    psf = torch.ones(3)
    A = Convolution(psf, (5,))
    psf[:] = 0
    np.testing.assert_array_equal(A.psf, np.ones(3))


def test_a_pickled_operator_is_the_same_and_read_only():
    A = Convolution.for_data(PSF, SHAPE, stride=2, mask=RNG.random(SHAPE))
    x = RNG.random(A.shape)
    y = A(x)
    B = pickle.loads(pickle.dumps(A))
    np.testing.assert_array_equal(B(x), y)
    assert B.geometry == A.geometry and not B.psf.flags.writeable and not B.mask.flags.writeable


@pytest.mark.parametrize("most", [1.001, 255.0])
def test_a_mask_holds_weights_up_to_one(most):
    mask = RNG.random(SHAPE)
    mask[0, 0] = most
    with pytest.raises(ValueError, match=r"mask must hold weights from 0 to 1; .*Divide it by"):
        Convolution(PSF, SHAPE, mask=mask)
    Convolution(PSF, SHAPE, mask=mask / most)
    with pytest.raises(ValueError, match="mask must hold weights from 0 to 1, some above 0"):
        Convolution(PSF, SHAPE, mask=-mask)


@pytest.mark.parametrize("path", ["fft", "direct"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_operators_do_not_change_their_argument(path, boundary):
    A = Convolution(PSF, SHAPE, boundary, stride=2, path=path)
    A = dataclasses.replace(A, mask=RNG.random(A.out_shape))
    x, y = RNG.random(A.shape), RNG.random(A.out_shape)
    operators = [A, A.T, 2 * A, -A, A.T @ A, A + A, A.in_kernel(x), Diagonal(RNG.random(SHAPE))]
    for operator in operators:
        for apply, shape in (
            (operator.forward, operator.shape), (operator.adjoint, operator.out_shape)
        ):  # fmt: skip
            a = RNG.random(shape)
            kept = a.copy()
            a.flags.writeable = False
            apply(a)
            np.testing.assert_array_equal(a, kept)
    A.weigh(y), A.upsample(y)


@pytest.mark.parametrize("value", [np.int64(2), np.array(2), np.array([2, 2]), [np.int32(2)] * 2])
@pytest.mark.parametrize("name", ["stride", "dilation", "padding", "centre"])
def test_settings_as_numpy_has_them(name, value):
    if name == "centre" and np.ndim(value) == 0:  # an index has one entry an axis
        with pytest.raises(ValueError, match=r"centre must have 2 entries"):
            Convolution(PSF, SHAPE, centre=value)
        value = (value, value)
    A = Convolution(PSF, np.array(SHAPE), **{name: value})
    B = Convolution(PSF, SHAPE, **{name: (2, 2)})
    assert getattr(A, name) == getattr(B, name) and A.out_shape == B.out_shape
    for wrong, error in ((1.5, TypeError), (True, TypeError), ("2", (TypeError, ValueError))):
        with pytest.raises(error, match=name):
            Convolution(PSF, SHAPE, **{name: wrong})


def test_other_operators_take_what_numpy_has():
    from sigdeconv.operators import Difference
    from sigdeconv.operators.wavelet import FrameTransform

    D = Difference(np.array([4, 5]), np.int64(2), spacing=np.array([1.0, 2.0], np.float32))
    assert D.shape == (4, 5) and D.order == 2 and D.spacing == (1.0, 2.0)
    assert Difference(np.int64(4)).shape == (4,)
    assert Convolution(PSF[:, 0], 9, workers=np.int64(1)).workers == 1
    assert FrameTransform(np.array([8]), levels=np.int64(2)).levels == 2
    for call in (
        lambda: Difference((4,), 1.5),
        lambda: Difference((4,), spacing="2"),
        lambda: FrameTransform((8,), levels=2.0),
        lambda: Convolution(PSF, SHAPE, workers=1.5),
    ):
        with pytest.raises(TypeError, match=r"order|spacing|levels|workers"):
            call()
