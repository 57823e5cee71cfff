"""The best kernel of a transposed layer: against brute force, and against the Wiener filter."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.transposed import (
    ConvGeometry,
    centred_geometry,
    conv_transpose,
    learn_kernel,
    learning_curve,
)

GEOMETRIES = [
    ConvGeometry(3, padding=1),
    ConvGeometry(5, stride=2, padding=((1, 2),)),
    ConvGeometry(2, stride=3, output_padding=1),
    ConvGeometry(4, stride=2, dilation=3, padding=2),
    ConvGeometry((3, 4), stride=(2, 1), padding=(1, 0)),
    ConvGeometry((2, 3), stride=(1, 3), dilation=(2, 1)),
]


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("g", GEOMETRIES, ids=str)
def test_normal_equations_against_the_layer_itself(g, complex_):
    rng = np.random.default_rng(1)
    size = (9, 8)[: g.ndim]

    def draw(shape):
        a = rng.standard_normal(shape)
        return a + 1j * rng.standard_normal(shape) if complex_ else a

    y = draw((3, *size))
    x = draw((3, *g.transposed_size(size)))
    learned = learn_kernel(y, x, g)

    def layer(kernel):
        return conv_transpose(
            y[:, None], kernel[None, None], stride=g.stride, padding=g.padding,
            dilation=g.dilation, output_padding=g.output_padding,
        )[:, 0]  # fmt: skip

    units = np.eye(int(np.prod(g.kernel))).reshape((-1, *g.kernel))
    design = np.stack([layer(u + 0 * y.flat[0]).ravel() for u in units], axis=1)
    best = np.linalg.lstsq(design, x.ravel(), rcond=None)[0].reshape(g.kernel)
    np.testing.assert_allclose(learned.kernel, best, atol=1e-9)
    np.testing.assert_allclose(learned(y), layer(best), atol=1e-9)
    assert learned.mse == pytest.approx(np.mean(np.abs(layer(best) - x) ** 2), rel=1e-9)


def test_finds_the_kernel_that_made_the_data():
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((4, 3))
    g = ConvGeometry((4, 3), stride=2, padding=1)
    y = rng.standard_normal((20, 17))
    x = conv_transpose(y[None], kernel[None, None], stride=2, padding=1)[0]
    learned = learn_kernel(y, x, g)
    np.testing.assert_allclose(learned.kernel, kernel, atol=1e-10)
    assert learned.mse < 1e-14 * np.mean(x**2)  # squares of rounding, by normal equations


def test_taps_that_reach_nothing_get_no_weight():
    learned = learn_kernel([1.0], [3.0], ConvGeometry(3, padding=1))
    np.testing.assert_allclose(learned.kernel, [0, 3, 0])


def test_centred():
    for k, s, o in [(3, 1, 0), (5, 2, 0), (4, 2, 1), (8, 4, 2), (9, 3, 1)]:
        g = centred_geometry(k, 7, 7 * s, stride=s, offset=o)
        assert g.transposed_size(7) == (7 * s,)
        kernel = np.zeros(k)
        kernel[k // 2] = 1
        y = np.zeros(7)
        y[3] = 1
        out = conv_transpose(
            y[None], kernel[None, None], stride=s, padding=g.padding,
            output_padding=g.output_padding,
        )[0]  # fmt: skip
        assert np.flatnonzero(out).tolist() == [3 * s + o]
    with pytest.raises(ValueError, match=r"kernel 1 .* at least"):
        centred_geometry(1, 7, 40, stride=2)


def random_scenes(count, rng):
    """Stationary scenes of a known spectrum, blurred around the torus, with noise of 0.05."""
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128))

    def spectrum(f):
        return 1 / (1 + (f / 0.05) ** 2) ** 1.5

    white = rng.standard_normal((count, 128, 128))
    x = np.fft.ifft2(np.fft.fft2(white) * np.sqrt(spectrum(f))).real
    A = sd.Convolution(sd.psf.gaussian(1.5), (128, 128), "periodic")
    y = np.stack([A(scene) for scene in x]) + 0.05 * rng.standard_normal(x.shape)
    return y, x, A, spectrum


@pytest.mark.slow
def test_tends_to_the_wiener_filter_at_stride_one_and_not_beyond_it():
    # The claim is "the weights may learn to compensate".
    edge = 14
    y, x, A, spectrum = random_scenes(12, np.random.default_rng(0))
    inside = (slice(None), slice(edge, -edge), slice(edge, -edge))
    truth = x[inside]
    pairs, judge = (y[:8], truth[:8]), (y[8:], truth[8:])
    wiener = np.stack([sd.wiener(one, A, noise=0.05, signal_spectrum=spectrum) for one in y[8:]])
    asymptote = np.mean((wiener[inside] - judge[1]) ** 2)
    sizes = [(k, k) for k in (1, 3, 5, 9, 17, 27)]
    error = [r["mse"] for r in learning_curve(*pairs, sizes, offset=-edge, test=judge)]
    assert error[:-1] == sorted(error[:-1], reverse=True)
    assert error[0] > 1.5 * asymptote
    assert 0.99 * asymptote < error[-1] < 1.02 * asymptote
    # A stride of three throws eight samples of nine away; no kernel brings them back.
    thin = (slice(None), slice(None, None, 3), slice(None, None, 3))
    sizes = [(k, k) for k in (3, 9, 17, 27)]
    error = [
        r["mse"]
        for r in learning_curve(
            pairs[0][thin], pairs[1], sizes, stride=3, offset=-edge, test=(judge[0][thin], judge[1])
        )
    ]
    assert error[-1] > 1.2 * asymptote
    assert error[-1] > 0.98 * error[-2]


def test_refuses_what_does_not_fit():
    g = ConvGeometry(3)
    with pytest.raises(ValueError, match=r"x has shape .* expected \(1, 7\)"):
        learn_kernel(np.ones(5), np.ones(6), g)
    with pytest.raises(TypeError, match="geometry"):
        learn_kernel(np.ones(5), np.ones(7), 3)
    with pytest.raises(ValueError, match="weight"):
        learn_kernel(np.ones(5), np.ones(7), g, weight=-1)
    with pytest.raises(ValueError, match="y"):
        learn_kernel(np.array([1.0, np.nan]), np.ones(4), g)
