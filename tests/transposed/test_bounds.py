"""Layers of extreme sizes, attributes of the wrong length, arguments as NumPy has them."""

import time

import numpy as np
import pytest
import scipy.signal

import sigdeconv as sd
from sigdeconv.transposed import ConvGeometry, Layer, conv, conv_transpose

X, W = np.ones((1, 1, 4)), np.ones((1, 1, 3))
IMAGE, KERNEL = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 2, 3, 3))


def onnx(**words):
    return conv_transpose(IMAGE, KERNEL, convention="onnx", **words)


def test_the_work_does_not_grow_with_the_stride():
    conv_transpose(X, W, stride=10)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        y = conv_transpose(X, W, stride=10**6)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.1
    assert y.shape == (1, 1, 3 * 10**6 + 3) and y.sum() == 12
    assert np.flatnonzero(y[0, 0]).tolist() == [n * 10**6 + k for n in range(4) for k in range(3)]


@pytest.mark.parametrize("kernel", [1, 3, 7])
@pytest.mark.parametrize("stride", [5, 8])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_strides_beyond_the_kernel_agree_in_every_form(kernel, stride, padding, dilation):
    """Samples that no tap reaches are zero; phases without taps are not visited."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 2, 4)), rng.standard_normal((2, 1, kernel))
    words = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": 3}
    expected = conv_transpose(x, w, form="scatter", **words)
    np.testing.assert_allclose(conv_transpose(x, w, **words), expected, atol=1e-13)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: conv_transpose(X, W, stride=2**40), "stride"),
        (lambda: conv_transpose(X, W, stride=2**70), "stride"),
        (lambda: conv_transpose(X, W, dilation=2**50), "dilation"),
        (lambda: conv_transpose(X, W, padding=2**62), "padding"),
        (lambda: conv_transpose(X, W, output_size=2**62), "output_size"),
        (lambda: conv(X, W, padding=2**40), "padding"),
        (lambda: conv(X, W, padding=2**40, stride=2**39), "padding"),
        (lambda: onnx(strides=2**40), "strides"),
        (lambda: onnx(dilations=[2**60, 1]), "dilations"),
        (lambda: onnx(pads=[2**62] * 4), "pads"),
        (lambda: onnx(pads=[3] * 4), "pads"),
        (lambda: onnx(output_shape=[2**62, 5]), "output_shape"),
        (lambda: onnx(output_shape=[2**40, 2**40]), "output_shape"),
        (lambda: onnx(auto_pad="SAME_UPPER", strides=2**40), "strides"),
        (
            lambda: conv_transpose(
                IMAGE[0, 0, :, :, None], KERNEL.T[:, :, :, :1], convention="jax", strides=1,
                padding=[(2**50, 0), (0, 0)],
            ),
            "padding",
        ),
        (lambda: Layer((3,), (1,), (1,), ((-(2**50), 0),))(X, W), "cut"),
    ],
)  # fmt: skip
def test_what_no_memory_holds_is_refused_by_name_before_the_work(call, name):
    start = time.perf_counter()
    with pytest.raises(ValueError, match=rf"^{name}\b"):
        call()
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("shape", [(), (3, 3), (1, 1, 0, 3), (1, 0, 3, 3), (1, 1, 1, 3, 3)])
@pytest.mark.parametrize("convention", ["torch", "onnx", "keras", "tf", "jax"])
def test_data_with_other_axes_or_none_are_named(shape, convention):
    words = {"tf": {"output_shape": [6, 6]}, "jax": {"strides": 1, "padding": "SAME"}}
    with pytest.raises(ValueError, match=r"^x has shape \("):
        conv_transpose(
            np.ones(shape), KERNEL, convention=convention, **words.get(convention, {})
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strides", [2]), ("strides", [2, 2, 2]), ("dilations", [1]), ("output_padding", [0]),
        ("kernel_shape", [3]), ("pads", [1]), ("pads", [1, 1]), ("pads", 1),
        ("output_shape", [6]), ("output_shape", [9, 6, 6]), ("output_shape", [7, 9, 6, 6]),
        ("output_shape", [1, 1, 6, 6]), ("output_shape", [2, 2, 6, 6]), ("output_shape", 6),
        ("output_shape", [1, 1, 2, 6, 6]), ("output_shape", [0, 6]), ("group", 0), ("group", 2),
    ],
)  # fmt: skip
def test_onnx_attributes_of_the_wrong_length_are_named(name, value):
    with pytest.raises(ValueError, match=rf"^{name}\b"):
        onnx(**{name: value})


def test_onnx_output_shapes_that_agree():
    expected = onnx(output_shape=[6, 6])
    for shape in ([1, 2, 6, 6], (6, 6), np.array([6, 6]), np.array([1, 2, 6, 6])):
        np.testing.assert_array_equal(onnx(output_shape=shape), expected)
    single = conv_transpose(IMAGE[0], KERNEL, convention="onnx", output_shape=[1, 2, 6, 6])
    np.testing.assert_array_equal(single, expected[0])


def numpy_forms(value):
    """Return a number or a tuple as NumPy users write it."""
    if isinstance(value, tuple):
        return [np.array(value), list(map(np.int64, value)), tuple(map(np.int32, value))]
    return [np.int64(value), np.uint8(value), np.array(value)]


@pytest.mark.parametrize("value", [2, (2, 1)])
@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "output_padding"])
def test_settings_as_numpy_has_them(name, value):
    words = {"stride": 3} if name == "output_padding" else {}
    expected = conv_transpose(IMAGE, KERNEL, **words, **{name: value})
    for given in numpy_forms(value):
        np.testing.assert_array_equal(
            conv_transpose(IMAGE, KERNEL, **words, **{name: given}), expected
        )
        assert ConvGeometry((3, 3), **words, **{name: given}) == ConvGeometry(
            (3, 3), **words, **{name: value}
        )
        if name != "output_padding":
            weight = KERNEL.transpose(1, 0, 2, 3)
            big = np.arange(81.0).reshape(1, 1, 9, 9)
            np.testing.assert_array_equal(
                conv(big, weight, **{name: given}), conv(big, weight, **{name: value})
            )
    with pytest.raises(TypeError, match=rf"{name}(\[0\])? must be"):
        conv_transpose(IMAGE, KERNEL, **{name: 1.5})
    with pytest.raises(TypeError, match=rf"{name}(\[0\])? must be"):
        conv_transpose(IMAGE, KERNEL, **{name: True})


def test_frameworks_take_what_numpy_has():
    cases = {
        "onnx": {"strides": (2, 2), "pads": (1, 1, 0, 0), "dilations": (1, 2), "group": 1,
                 "output_padding": (1, 1)},
        "keras": {"strides": (2, 2), "dilation_rate": 1},
        "tf": {"output_shape": (6, 6), "strides": (2, 2)},
        "jax": {"strides": (2, 2), "padding": [(1, 1), (0, 2)], "rhs_dilation": (1, 2),
                "transpose_kernel": True},
    }  # fmt: skip
    for convention, words in cases.items():
        x, w = (IMAGE, KERNEL) if convention == "onnx" else (IMAGE[0, 0, :, :, None], KERNEL.T)
        expected = conv_transpose(x, w, convention=convention, **words)
        arrays = {name: np.array(value) for name, value in words.items()}
        np.testing.assert_array_equal(
            conv_transpose(x, w, convention=convention, **arrays), expected, err_msg=convention
        )


def test_sizes_of_other_functions_as_numpy_has_them():
    g = ConvGeometry(np.array([3, 3]), np.int64(2), np.array([[1, 1], [0, 1]]))
    assert g.padding == ((1, 1), (0, 1)) and g.output_size(np.array([9, 8])) == (5, 4)
    assert g.transposed_size(np.int16(4)) == g.transposed_size(4)
    C = sd.transposed.conv_matrix(np.ones((1, 1, 3)), np.int64(5), stride=np.array(2))
    assert C.shape == (2, 5)
    assert sd.transposed.centred_geometry(np.int64(5), np.array([16])).padding == ((2, 2),)
    layer = Layer.from_torch(np.array([3, 3]), np.int64(2))
    assert layer.output_size(np.array([4, 5])) == (9, 11)


@pytest.mark.parametrize("shape", [(15, 15), (16, 17), (31, 21)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_conv_with_large_kernels_against_scipy(shape, dilation):
    """Kernels so large that the layer goes through spectra, and takes the flip there."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 2, 70, 66)), rng.standard_normal((3, 2, *shape))
    spread = np.zeros((3, 2, *(dilation * (k - 1) + 1 for k in shape)))
    spread[..., ::dilation, ::dilation] = w
    expected = [
        [sum(scipy.signal.correlate(c, k, "valid") for c, k in zip(image, kernel, strict=True))
         for kernel in spread]
        for image in x
    ]  # fmt: skip
    np.testing.assert_allclose(conv(x, w, dilation=dilation), expected, atol=1e-10)


@pytest.mark.parametrize("dtype", ["uint32", "int64", "uint64"])
def test_integers_above_two_to_the_thirty_one_keep_their_values(dtype):
    top = np.iinfo(np.uint32).max if dtype == "uint32" else 2**40
    x = np.array([[[0, 1, 2**31, 2**31 + 5, top]]], dtype)
    w = np.array([[[1, 0]]], dtype)
    for y in (conv(x, w)[0, 0], conv_transpose(x, w)[0, 0, :4]):
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y, x[0, 0, :4].astype(np.float64))
    A = sd.Convolution(np.array([0, 1, 0], dtype), (5,))
    np.testing.assert_array_equal(A(x[0, 0]), x[0, 0].astype(np.float64))
    np.testing.assert_array_equal(A.T(x[0, 0]), x[0, 0].astype(np.float64))
    np.testing.assert_array_equal(sd.Convolution(x[0, 0], (5,)).psf, x[0, 0].astype(np.float64))


def test_layers_do_not_change_their_arguments():
    rng = np.random.default_rng(0)
    x, w, b = rng.random((2, 2, 9)), rng.random((2, 2, 3)), rng.random(2)
    kept = [a.copy() for a in (x, w, b)]
    for a in (x, w, b):
        a.flags.writeable = False
    for form in ("fast", "matrix", "stuff", "scatter"):
        conv_transpose(x, w, b, stride=2, padding=1, form=form)
    conv(x, w, b, padding=1)
    for a, before in zip((x, w, b), kept, strict=True):
        np.testing.assert_array_equal(a, before)
