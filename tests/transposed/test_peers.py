"""Values and refusals against the frameworks themselves, where they are installed."""

import itertools
import warnings

import numpy as np
import pytest

from sigdeconv.transposed import Layer, conv_transpose

GRID = list(itertools.product((2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2)))


def data(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, atol=2e-5)


def framework(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


@pytest.mark.slow
def test_keras():
    """Each of 108 settings of torch: what is written builds and runs, with equal values."""
    framework("jax")
    keras = framework("keras")
    x, said = data(1, 6, 7, 2), 0
    for k, s, l, p, a in itertools.product((2, 3, 4), (1, 2, 3), (1, 2, 3), (0, 1), (0, 1)):
        if a >= max(s, l):
            continue
        layer = Layer.from_torch((k, k), s, p, a, dilation=l)
        w = data(2, 3, k, k)
        found = layer.nearest("keras")
        said += found.is_exact
        built = keras.layers.Conv2DTranspose(3, found.layer.kernel, use_bias=False, **found.words)
        built.build(x.shape)
        v = np.zeros((2, 3, *found.layer.kernel), np.float32)
        v[:, :, :: found.spread[0], :: found.spread[1]] = w
        built.set_weights([found.layer.convert_weight(v, "keras")])
        y = np.moveaxis(np.asarray(built(x)), -1, 1)
        y = y[(..., *(slice(max(b, 0), -q if q > 0 else None) for b, q in found.trim))]
        y = np.pad(y, [(0, 0)] * 2 + [(max(-b, 0), max(-q, 0)) for b, q in found.trim])
        close(y, layer(np.moveaxis(x, -1, 1), w))
        assert (
            Layer.from_layer(built).cut == Layer.from_keras(found.layer.kernel, **found.words).cut
        )
    assert said > 20


@pytest.mark.slow
@pytest.mark.parametrize(("k", "s", "p", "l"), GRID)
def test_mlx(k, s, p, l):
    mx = framework("mlx.core")
    layer = Layer.from_torch((k, k), s, p, min(1, max(s, l) - 1), dilation=l)
    x, w = data(1, 6, 7, 2), data(2, 3, k, k)
    if p > l * (k - 1):
        with pytest.raises(ValueError, match="mlx cannot express"):
            layer.to_mlx()
        return
    y = mx.conv_transpose2d(mx.array(x), mx.array(layer.convert_weight(w, "mlx")), **layer.to_mlx())
    close(np.moveaxis(np.array(y), -1, 1), layer(np.moveaxis(x, -1, 1), w))


@pytest.mark.slow
@pytest.mark.parametrize(("k", "s", "p", "l"), GRID[::3])
def test_tinygrad(k, s, p, l):
    Tensor = framework("tinygrad").Tensor
    layer = Layer.from_torch((k, 3), s, [(p, 0), (1, 2)], min(1, max(s, l) - 1), 2, l)
    x, w = data(1, 4, 6, 7), data(4, 3, k, 3)
    y = Tensor(x).conv_transpose2d(Tensor(w), **layer.to_tinygrad())
    close(y.numpy(), layer(x, w))


@pytest.mark.slow
@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("padding", ["SAME", "VALID", 1, ((2, 1), (0, 3))])
def test_flax(padding, adjoint):
    linen, jax = framework("flax.linen"), framework("jax")
    module = linen.ConvTranspose(
        3, (3, 4), strides=(2, 3), padding=padding, kernel_dilation=(1, 2), use_bias=False,
        transpose_kernel=adjoint,
    )  # fmt: skip
    x = data(1, 6, 7, 2)
    y, made = module.init_with_output(jax.random.key(0), x)
    w = np.asarray(made["params"]["kernel"])
    layer = Layer.from_layer(module)
    close(y, layer(x, w))
    words = {"strides": (2, 3), "padding": padding, "kernel_dilation": (1, 2)}
    words["transpose_kernel"] = adjoint
    close(y, conv_transpose(x, w, convention="flax", **words))
