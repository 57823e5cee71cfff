"""Layers, operators and their geometry are one arithmetic: equal sizes, equal numbers."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.transposed import ConvGeometry, conv, conv_transpose, layer_operator


@st.composite
def layers(draw):
    """A layer of one channel in one to three dimensions, and the size of its convolution's input.

    The output padding is below the stride: the layer is the transpose of the convolution of `size`.
    """
    ndim = draw(st.integers(1, 3))
    most = (6, 4, 3)[ndim - 1]
    axes = []
    for _ in range(ndim):
        k, s, l = (draw(st.integers(1, n)) for n in (most, 4, 3))
        p, q = draw(st.integers(0, 4)), draw(st.integers(0, 4))
        m, a = draw(st.integers(1, most)), draw(st.integers(0, s - 1))
        axes.append((k, s, (p, q), l, a, (m - 1) * s - p - q + l * (k - 1) + 1 + a))
    kernel, stride, padding, dilation, extra, size = (tuple(a) for a in zip(*axes, strict=True))
    hypothesis.assume(min(size) >= 1)
    return ConvGeometry(kernel, stride, padding, dilation, extra), size


@pytest.mark.slow
@hypothesis.given(layers(), st.sampled_from(["fft", "direct"]))
@hypothesis.settings(max_examples=200)
def test_layers_are_the_operator_and_its_adjoint(layer, path):
    g, size = layer
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal(g.kernel), rng.standard_normal(size)
    settings = {"stride": g.stride, "padding": g.padding, "dilation": g.dilation}
    y = conv(x[None], w[None, None], **settings)[0]
    z = rng.standard_normal(y.shape)
    back = conv_transpose(
        z[None], w[None, None], output_padding=g.output_padding, **settings
    )[0]  # fmt: skip
    A = layer_operator(w, g, size)
    assert A.out_shape == g.output_size(size) == y.shape
    assert A.shape == g.transposed_size(y.shape) == size
    np.testing.assert_allclose(A.forward(x), y, rtol=0, atol=1e-12)
    np.testing.assert_allclose(A.adjoint(z), back, rtol=0, atol=1e-12)
    B = sd.Convolution.from_geometry(g, np.flip(w), size, path=path)
    np.testing.assert_allclose(B.forward(x), y, rtol=0, atol=1e-12)
    np.testing.assert_allclose(B.adjoint(z), back, rtol=0, atol=1e-12)
    assert B.geometry == ConvGeometry(g.kernel, g.stride, g.padding, g.dilation)


def test_complex_weights_are_conjugated_in_the_adjoint_alone():
    rng = np.random.default_rng(0)
    w = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    x, y = rng.standard_normal(8) + 0j, rng.standard_normal(4) + 0j
    g = ConvGeometry(3, 2, 1)
    A = layer_operator(w, g, 8)
    settings = {"stride": 2, "padding": 1}
    np.testing.assert_allclose(A(x), conv(x[None], w[None, None], **settings)[0])
    back = conv_transpose(y[None], w.conj()[None, None], output_padding=1, **settings)
    np.testing.assert_allclose(A.adjoint(y), back[0])


def test_other_borders_and_masks_are_the_operators_own():
    g = ConvGeometry((3, 3), (2, 1), 1)
    mask = np.random.default_rng(0).random((4, 6))
    A = sd.Convolution.from_geometry(g, np.ones((3, 3)), (8, 6), boundary="reflect", mask=mask)
    assert A.boundary == "reflect" and A.out_shape == (4, 6) and sd.dot_test(A)
    with pytest.raises(ValueError, match=r"psf has shape \(3,\); expected \(3, 3\)"):
        sd.Convolution.from_geometry(g, np.ones(3), (8, 6))
    with pytest.raises(ValueError, match=r"weight has shape \(3,\); expected \(3, 3\)"):
        layer_operator(np.ones(3), g, (8, 6))


@pytest.mark.slow
@hypothesis.given(
    st.integers(1, 5), st.integers(1, 4), st.integers(-6, 6), st.integers(-6, 6),
    st.integers(1, 3), st.integers(1, 20),
)  # fmt: skip
@hypothesis.settings(max_examples=300)
def test_a_cropping_geometry_counts_the_windows_that_fit(k, s, p, q, l, size):
    g = ConvGeometry(k, s, [(p, q)], l, crop=True)
    places = range(-p, size + q)
    windows = [i for i in places[::s] if i + l * (k - 1) in places]
    if not windows:
        with pytest.raises(ValueError, match="smaller than the kernel"):
            g.output_size(size)
        return
    assert g.output_size(size) == (len(windows),)
    assert size in g.input_sizes(len(windows))[0]
    A = sd.Convolution(np.ones(k), size, stride=s, dilation=l, padding=[(p, q)])
    assert A.out_shape == (len(windows),) and A.geometry == g
    x = np.arange(1.0, size + 1)
    at = {n: x[n] for n in range(size)}
    expected = [sum(at.get(i + l * n, 0.0) for n in range(k)) for i in windows]
    np.testing.assert_allclose(A(x), expected, atol=1e-11)
    assert sd.dot_test(A, trials=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda p: ConvGeometry(3, padding=p),
        lambda p: conv(np.ones((1, 9)), np.ones((1, 1, 3)), padding=p),
        lambda p: conv_transpose(np.ones((1, 9)), np.ones((1, 1, 3)), padding=p),
        lambda p: sd.transposed.conv_matrix(np.ones((1, 1, 3)), 9, padding=p),
        lambda p: sd.transposed.Layer.from_torch(3, padding=p),
    ],
)
@pytest.mark.parametrize("padding", [-1, [(0, -2)]])
def test_layers_refuse_to_crop(call, padding):
    with pytest.raises(ValueError, match="padding must be zero or more"):
        call(padding)


def test_one_axis_with_two_paddings_is_shown_the_pair():
    with pytest.raises(ValueError, match=r"padding has 2 entries .* is written \(\(0, 2\),\)"):
        ConvGeometry((3,), padding=(0, 2))
