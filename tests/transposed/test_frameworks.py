"""The translator: each framework's rules, read from its document, against plain definitions."""

import itertools

import numpy as np
import pytest

from sigdeconv.transposed import ConvGeometry, Layer, conv, conv_transpose

RNG = np.random.default_rng(3)
GRID = [
    (k, s, l)
    for k, s, l in itertools.product(range(1, 6), range(1, 5), range(1, 4))
    if k * l * s < 40
]


def data(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@pytest.mark.parametrize(("k", "s", "l"), GRID)
def test_keras_sizes_are_those_of_its_document(k, s, l):
    span = l * (k - 1) + 1
    for h in (1, 4, 7):
        same = Layer.from_keras(k, s, "same", dilation_rate=l)
        valid = Layer.from_keras(k, s, "valid", dilation_rate=l)
        assert same.output_size(h) == (h * s,)
        assert valid.output_size(h) == ((h - 1) * s + max(span, s),)
        for extra in range(s):
            told = Layer.from_keras(k, s, "valid", extra, dilation_rate=l)
            assert told.output_size(h) == ((h - 1) * s + span + extra,)


def tf_same(size, k, s, l):
    """TensorFlow's SAME for a convolution of `size`: pads before and after, output size."""
    out = -(-size // s)
    total = max((out - 1) * s + l * (k - 1) + 1 - size, 0)
    return (total // 2, total - total // 2), out


@pytest.mark.parametrize(("k", "s", "l"), GRID)
def test_tf_is_the_gradient_of_its_convolution(k, s, l):
    w = data(1, 1, k)
    for size in range(l * (k - 1) + 1, l * (k - 1) + 9):
        x = data(1, 1, size)
        (before, after), out = tf_same(size, k, s, l)
        forward = conv(x, w, stride=s, dilation=l, padding=[(before, after)])
        assert forward.shape[-1] == out
        y = data(1, 1, out)
        back = conv_transpose(
            np.moveaxis(y, 1, -1), np.moveaxis(w, -1, 0), convention="tf", strides=s,
            output_shape=[1, size, 1], padding="SAME", data_format="NWC", dilations=l,
        )  # fmt: skip
        assert back.shape == (1, size, 1)
        assert np.vdot(forward, y) == pytest.approx(np.vdot(x, back), abs=1e-11)


@pytest.mark.parametrize(("k", "s", "l"), GRID)
def test_keras_same_is_tf_same_of_the_whole_size(k, s, l):
    keras = Layer.from_keras(k, s, "same", dilation_rate=l)
    tf = Layer.from_tf(k, 5, [5 * s], s, "SAME", dilations=l)
    if l * (k - 1) + 1 >= s:  # else keras begins with zeros cut elsewhere
        assert keras.cut == tf.cut


def jax_oracle(x, w, s, frame, l):
    """conv_general_dilated: stuff, pad, correlate with the kernel as it is. Channels last."""
    stuffed = np.zeros(((x.shape[1] - 1) * s + 1, x.shape[2]))
    stuffed[::s] = x[0]
    padded = np.pad(stuffed, (frame, (0, 0)))
    length = len(padded) - l * (len(w) - 1)
    return np.array([sum(padded[i + l * k] @ w[k] for k in range(len(w))) for i in range(length)])


@pytest.mark.parametrize(("k", "s", "l"), GRID)
def test_jax_numbers_before_and_after_the_change_of_meaning(k, s, l):
    x, w, span = data(1, 30, 2), data(k, 2, 3), l * (k - 1) + 1
    for p, q in [(0, 0), (1, 2), (span - 1, span - 1), (span + 1, span)]:
        y = conv_transpose(x, w, convention="jax", strides=[s], padding=[(p, q)], rhs_dilation=[l])
        np.testing.assert_allclose(y[0], jax_oracle(x, w, s, (p, q), l), atol=1e-12)
        frame = (span - 1 - p, span - 1 - q)
        if min(frame) >= 0:
            y = conv_transpose(
                x, w, convention="jax", strides=[s], padding=[(p, q)], rhs_dilation=[l],
                use_consistent_padding=True,
            )  # fmt: skip
            np.testing.assert_allclose(y[0], jax_oracle(x, w, s, frame, l), atol=1e-12)


@pytest.mark.parametrize(("k", "s", "l"), GRID)
def test_jax_words(k, s, l):
    span = l * (k - 1) + 1
    assert Layer.from_jax(k, s, "SAME", l).output_size(6) == (6 * s,)
    assert Layer.from_jax(k, s, "VALID", l).output_size(6) == (5 * s + max(span, s),)


def test_transpose_kernel_flips_and_swaps():
    x, w = data(2, 5, 6, 3), data(3, 4, 3, 2)
    y = conv_transpose(x, w[::-1, ::-1], convention="jax", strides=(2, 1), padding="SAME")
    v = np.swapaxes(w, -1, -2)
    z = conv_transpose(
        x, v, convention="jax", strides=(2, 1), padding="SAME", transpose_kernel=True
    )
    np.testing.assert_allclose(y, z, atol=1e-13)
    keras = conv_transpose(x, v, convention="keras", strides=(2, 1), padding="same")
    np.testing.assert_allclose(keras, z, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torch", "keras", "tf", "onnx", "jax"])
def test_there_and_back(name):
    """Every geometry that a framework can say comes back as the same cut; others are refused."""
    said = 0
    for k, s, l in GRID:
        for p, q, a in itertools.product(range(3), range(3), range(max(s, l))):
            layer = Layer.from_torch(k, s, [(p, q)], a, dilation=l)
            if layer.span[0] + 5 * s - p - q + a < 1:
                continue
            try:
                words = layer.to_tf(6) if name == "tf" else getattr(layer, f"to_{name}")()
            except ValueError as error:
                assert f"{name} cannot express this layer" in str(error)
                continue
            words.pop("groups", None)
            groups = words.pop("group", 1)
            if name == "tf":
                words["input_size"] = 6
            key = {"onnx": "kernel_shape", "torch": "kernel_size"}.get(name, "kernel_size")
            words[key] = k
            words = {n: tuple(v) if isinstance(v, list) else v for n, v in words.items()}
            again = getattr(Layer, f"from_{name}")(**words)
            assert groups == 1 and again.cut == layer.cut, (k, s, l, p, q, a)
            said += 1
    assert said > {"torch": 500, "keras": 100, "tf": 500, "onnx": 900, "jax": 900}[name]


def test_same_numbers_in_every_convention():
    x, w, b = data(2, 4, 5, 6), data(4, 3, 4, 4), data(3)
    layer = Layer.from_torch((4, 4), 2, 1)
    expected = conv_transpose(x, w, b, stride=2, padding=1)
    np.testing.assert_allclose(layer(x, w, b), expected, atol=1e-13)
    last, v = np.moveaxis(x, 1, -1), layer.convert_weight(w, "keras")
    assert v.shape == (4, 4, 3, 4)
    said = {"keras": layer.to_keras(), "tf": layer.to_tf((5, 6)), "jax": layer.to_jax()}
    said["tf"]["output_shape"] = (2, *said["tf"]["output_shape"], 3)
    for name, words in said.items():
        y = conv_transpose(last, v, b, convention=name, **words)
        np.testing.assert_allclose(np.moveaxis(y, -1, 1), expected, atol=1e-13, err_msg=name)
    y = conv_transpose(x, w, b, convention="onnx", **layer.to_onnx())
    np.testing.assert_allclose(y, expected, atol=1e-13)


def test_what_cannot_be_said():
    grouped = Layer.from_torch(3, 2, 1, groups=2)
    for name in ("keras", "jax"):
        with pytest.raises(ValueError, match=f"{name} cannot express .* no groups"):
            getattr(grouped, f"to_{name}")()
    with pytest.raises(ValueError, match=r"tf cannot express .* no groups"):
        grouped.to_tf(5)
    with pytest.raises(ValueError, match=r"torch cannot express .* cuts 0 samples before and 1"):
        Layer.from_keras(3, 2, "same").to_torch()
    with pytest.raises(ValueError, match="keras cannot express"):
        Layer.from_torch(5, 2, 4).to_keras()
    with pytest.raises(ValueError, match="onnx cannot express"):
        Layer.from_jax(3, 2, [(9, 9)]).to_onnx()


@pytest.mark.parametrize(
    ("convention", "words", "message"),
    [
        ("keras", {"padding": "full"}, "padding must be one of valid, same"),
        ("keras", {"strides": 2, "output_padding": 2}, "output_padding must be below strides"),
        ("keras", {"dilations": 2}, "dilations"),
        ("onnx", {"auto_pad": "SAME"}, "auto_pad must be one of"),
        ("onnx", {"auto_pad": "SAME_UPPER", "pads": [0, 0]}, "pads"),
        ("onnx", {"kernel_shape": [4]}, "kernel_shape"),
        ("tf", {"output_shape": [99]}, "output_shape"),
        ("jax", {"strides": 1, "padding": "FULL"}, "padding must be one of SAME, VALID"),
        ("jax", {"strides": 1, "padding": [(1, 2), (3, 4)]}, "padding must be one pair"),
        ("caffe", {}, "convention must be one of"),
        ("torch", {"strides": 2}, "'strides' in torch's words, which are stride, padding"),
    ],
)
def test_errors_name_the_word(convention, words, message):
    with pytest.raises((ValueError, TypeError), match=message):
        conv_transpose(data(1, 3, 3), data(3, 3, 3), convention=convention, **words)


def test_samples_beyond_every_tap_hold_the_bias():
    x, w, b = data(1, 3, 1), data(3, 1, 1), np.array([5.0])
    y = conv_transpose(x, w, b, convention="jax", strides=[2], padding=[(4, 4)])
    assert y.shape == (1, 11, 1)
    np.testing.assert_array_equal(y[0, [0, 1, -2, -1], 0], 5.0)
    g = ConvGeometry(3, 2)
    assert y.shape[1] == g.transposed_size(3)[0] + 4


def test_a_size_with_other_axes_is_told_the_kernel():
    layer = Layer.from_torch(3, stride=2, padding=1, output_padding=1)
    assert layer.output_size(10) == (20,)
    with pytest.raises(ValueError, match=r"has 2 axes and the layer has 1; .* such as \(3, 3\)"):
        layer.output_size((10, 11))
