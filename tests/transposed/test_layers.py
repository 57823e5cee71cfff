"""Layers and their arithmetic against PyTorch, a plain loop, the adjoint, and each other."""

import itertools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.transposed import conv, conv_transpose
from sigdeconv.transposed.layers import LAYER_FORMS


def layers(count, seed):
    """Yield random layers: unequal axes, groups, every option; some of them impossible."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        ndim, groups = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        axis = {
            name: tuple(int(v) for v in rng.integers(low, high, ndim))
            for name, low, high in (
                ("kernel", 1, 5),
                ("stride", 1, 4),
                ("dilation", 1, 4),
                ("padding", 0, 4),
                ("output_padding", 0, 3),
                ("size", 1, 8),
            )
        }
        C, O = groups * int(rng.integers(1, 3)), int(rng.integers(1, 4))
        x = rng.standard_normal((2, C, *axis.pop("size")))
        kernel = axis.pop("kernel")
        yield ndim, x, rng.standard_normal((C, O, *kernel)), axis | {"groups": groups}, rng


def attempt(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except (RuntimeError, ValueError):
        return None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_equal_to_pytorch_and_refused_where_it_refuses(seed):
    torch = pytest.importorskip("torch")
    for ndim, x, weight, options, rng in layers(100, seed):
        peer = getattr(torch.nn.functional, f"conv_transpose{ndim}d")
        bias = rng.standard_normal(weight.shape[1] * options["groups"])
        given = [torch.asarray(a) for a in (x, weight, bias)]
        expected = attempt(peer, *given, **options)
        for form in LAYER_FORMS:
            found = attempt(conv_transpose, x, weight, bias, form=form, **options)
            assert (found is None) == (expected is None), (x.shape, weight.shape, options)
            if found is not None:
                np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)
        options.pop("output_padding")
        kernels = rng.standard_normal((6, x.shape[1] // options["groups"], *weight.shape[2:]))
        peer = getattr(torch.nn.functional, f"conv{ndim}d")
        expected = attempt(peer, torch.asarray(x), torch.asarray(kernels), **options)
        found = attempt(conv, x, kernels, **options)
        assert (found is None) == (expected is None), (x.shape, kernels.shape, options)
        if found is not None:
            np.testing.assert_allclose(found, expected.numpy(), atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_transpose_is_the_adjoint(seed):
    tried = 0
    for _, x, _, options, rng in layers(60, seed):
        options.pop("output_padding")
        groups = options["groups"]
        weight = rng.standard_normal((2 * groups, x.shape[1] // groups, *[2] * (x.ndim - 2)))
        y = attempt(conv, x, weight, **options)
        if y is None:
            continue
        z = rng.standard_normal(y.shape)
        back = attempt(conv_transpose, z, weight, output_size=x.shape[2:], **options)
        if back is not None:
            assert np.vdot(z, y) == pytest.approx(np.vdot(back, x), rel=1e-12, abs=1e-11)
            tried += 1
    assert tried > 20


def test_a_plain_loop():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((1, 2, 4)), rng.standard_normal((2, 3, 3))
    expected = np.zeros((1, 3, 3 * 2 + 5))
    for c, o, m, k in itertools.product(range(2), range(3), range(4), range(3)):
        expected[0, o, 2 * m + 2 * k] += w[c, o, k] * x[0, c, m]
    for form in LAYER_FORMS:
        found = conv_transpose(x, w, stride=2, dilation=2, padding=[(1, 2)], form=form)
        np.testing.assert_allclose(found, expected[..., 1:-2], atol=1e-13)


def test_large_kernels_take_the_fft_and_agree():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 1, 20, 23)), rng.standard_normal((1, 1, 15, 13))
    options = {"stride": (2, 1), "padding": (3, 2), "output_padding": (1, 0)}
    fast = conv_transpose(x, w, **options)
    np.testing.assert_allclose(fast, conv_transpose(x, w, form="scatter", **options), atol=1e-11)


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_arrays_stay_what_they_are(library, dtype):
    xp = pytest.importorskip(library)
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 2, 7, 5)), rng.standard_normal((2, 3, 3, 2))
    given = [xp.asarray(a.astype(dtype)) for a in (x, w)]
    for form in ("scatter", "stuff", "fast"):
        got = conv_transpose(*given, stride=2, form=form)
        assert type(got) is type(given[0]) and got.dtype == given[0].dtype
        np.testing.assert_allclose(
            np.asarray(got), conv_transpose(x, w, stride=2), rtol=1e-4, atol=1e-5
        )


def test_it_is_the_adjoint_of_the_operator_of_the_other_wing():
    rng = np.random.default_rng(0)
    w, y = rng.standard_normal((4, 3)), rng.standard_normal((5, 6))
    A = sd.Convolution(w[::-1, ::-1], (12, 8), stride=(2, 1), padding=[(1, 1), (0, 0)])
    assert A.out_shape == (6, 6)
    y = rng.standard_normal((6, 6))
    found = conv_transpose(
        y[None], w[None, None], stride=(2, 1), padding=(1, 0), output_size=(12, 8)
    )
    np.testing.assert_allclose(found[0], A.adjoint(y), atol=1e-13)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stride": 0}, "stride"),
        ({"padding": -1}, "padding"),
        ({"output_padding": 2, "stride": 2}, "output_padding"),
        ({"output_size": 40}, "output"),
        ({"groups": 2}, "groups=2 must divide"),
        ({"groups": 1.5}, "groups must be a whole number"),
        ({"dilation": (1, 1)}, "dilation"),
        ({"padding": "same"}, "padding='same'"),
        ({"form": "magic"}, "form must be"),
        ({"bias": np.ones(5)}, "bias has shape"),
    ],
)
def test_errors_name_the_argument(options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        conv_transpose(np.ones((1, 3, 8)), np.ones((3, 1, 3)), **options)
