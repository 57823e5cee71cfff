"""Layers as engineers hold them: objects, configurations, words; and the nearest layer."""

import dataclasses
import itertools
import types

import numpy as np
import pytest

from sigdeconv.transposed import Layer, conv_transpose
from sigdeconv.transposed.frameworks import CONVENTIONS

CONFIG = {
    "name": "up", "trainable": True, "filters": 8, "kernel_size": (4, 4), "strides": (2, 2),
    "padding": "same", "output_padding": None, "data_format": "channels_last",
    "dilation_rate": (1, 1), "activation": "linear", "use_bias": True,
    "kernel_initializer": {"class_name": "GlorotUniform"},
}  # fmt: skip
SETTINGS = list(itertools.product((2, 3, 4), (1, 2, 3), (0, 1), (0, 1), (1, 2, 3)))


def data(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def made(module, class_name, /, **attributes):
    """Return an object whose class is that of a framework, by name."""
    cls = type(class_name, (), {"__module__": module})
    layer = cls()
    layer.__dict__.update(attributes)
    return layer


def node(**attributes):
    attributes["auto_pad"] = "NOTSET"
    entries = []
    for name, value in attributes.items():
        kind = 3 if isinstance(value, str) else 2 if isinstance(value, int) else 7
        entry = types.SimpleNamespace(name=name, type=kind, i=value, ints=value)
        entry.s = value.encode() if kind == 3 else b""
        entries.append(entry)
    return types.SimpleNamespace(op_type="ConvTranspose", attribute=entries)


SAME = Layer.from_torch((4, 4), 2, 1)
NUMBERS = {"kernel_size": (4, 4), "stride": (2, 2), "padding": (1, 1), "output_padding": (0, 0)}
NUMBERS |= {"dilation": (1, 1), "groups": 1}
HELD = {
    "torch": made("torch.nn.modules.conv", "ConvTranspose2d", **NUMBERS, padding_mode="zeros"),
    "tinygrad": made("tinygrad.nn", "ConvTranspose2d", **NUMBERS),
    "paddle": made(
        "paddle.nn.layer.conv", "Conv2DTranspose", output_padding=0, _data_format="NCHW",
        **{f"_{k}": list(v) if k != "groups" else v for k, v in NUMBERS.items()},
    ),
    "mlx": made(
        "mlx.nn.layers", "ConvTranspose2d", weight=np.zeros((8, 4, 4, 3)), stride=(2, 2),
        padding=(1, 1), dilation=(1, 1), output_padding=(0, 0),
    ),
    "flax": made(
        "flax.linen.linear", "ConvTranspose", kernel_size=(4, 4), strides=(2, 2),
        padding=((2, 2), (2, 2)), kernel_dilation=None, transpose_kernel=False, features=8,
    ),
    "keras": made("keras.src.layers", "Conv2DTranspose", **CONFIG),
    "configuration": CONFIG,
    "serialised": {"class_name": "Conv2DTranspose", "config": CONFIG | {"kernel_size": 4}},
    "onnx": node(kernel_shape=(4, 4), strides=(2, 2), pads=(1, 1, 1, 1), group=1),
}  # fmt: skip


@pytest.mark.parametrize("held", HELD)
def test_a_layer_as_it_is_held(held):
    layer = Layer.from_layer(HELD[held])
    assert (layer.kernel, layer.stride, layer.cut) == (SAME.kernel, SAME.stride, SAME.cut)
    name = {"configuration": "keras", "serialised": "keras"}.get(held, held)
    assert getattr(Layer, f"from_{name}")(HELD[held]) == layer


def test_keywords_of_the_constructors():
    keras = Layer.from_keras(**CONFIG)
    assert keras.cut == SAME.cut
    assert Layer.from_keras(filters=64, kernel_size=4, strides=2, padding="SAME", ndim=2) == keras
    torch = Layer.from_torch(in_channels=3, out_channels=8, kernel_size=4, stride=2, padding=1)
    assert torch.cut == ((1, 1),)
    assert Layer.from_torch(4, 2, 1, ndim=2) == SAME
    with pytest.raises(
        TypeError, match=r"unexpected keyword argument 'stride'.*Did you mean strid"
    ):
        Layer.from_keras(filters=8, kernel_size=3, stride=2)
    with pytest.raises(TypeError, match="Conv2d, which is not transposed"):
        Layer.from_torch(made("torch.nn.modules.conv", "Conv2d", **NUMBERS))
    with pytest.raises(TypeError, match="that of a Conv2D, which is not transposed"):
        Layer.from_keras({"class_name": "Conv2D", "config": CONFIG})
    with pytest.raises(TypeError, match="layer is a ConvTranspose2d of torch; from_keras"):
        Layer.from_keras(HELD["torch"])
    with pytest.raises(TypeError, match="layer must be a transposed layer of one of torch"):
        Layer.from_layer(3)
    with pytest.raises(ValueError, match="CIRCULAR"):
        Layer.from_flax((3,), padding="CIRCULAR")


def keras_accepts(words, span):
    """Return whether keras.layers.Conv2DTranspose takes the words, by its written rules."""
    strides, dilation = words["strides"], words["dilation_rate"]
    if max(strides) > 1 and max(dilation) > 1:
        return False
    extra = words["output_padding"]
    if extra is None:
        return True
    if any(a >= s for a, s in zip(extra, strides, strict=True)):
        return False
    if words["padding"] == "valid":
        return True
    # on TensorFlow: the gradient of a "same" convolution with H outputs
    grown = zip(span, extra, strides, strict=True)
    return all(0 < n - 2 * (n // 2) + a <= s for n, a, s in grown)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_108_settings_of_torch_in_keras(k):
    """What is written is accepted; what is refused comes with a nearest layer of equal values."""
    for s, p, a, l in itertools.product((1, 2, 3), (0, 1), (0, 1), (1, 2, 3)):
        if a >= max(s, l):
            continue
        layer = Layer.from_torch((k, k), s, p, a, dilation=l)
        try:
            assert keras_accepts(layer.to_keras(), layer.span)
        except ValueError as error:
            assert "keras cannot express" in str(error)
            assert "Nearest: " in str(error) and "Conv2DTranspose(filters" in str(error)
        found = layer.nearest("keras")
        assert keras_accepts(found.words, found.layer.span)
        assert_nearest_is_equal(layer, "keras")


def assert_nearest_is_equal(layer, name):
    n = len(layer.kernel)
    size = (6, 5, 4)[:n]
    found = layer.nearest(name, size)
    c, o = 2 * layer.groups, 3
    x, w = data(1, c, *size), data(c, o, *layer.kernel)
    expected = layer(x, w)
    parts = []
    for xs, ws in zip(np.split(x, found.parts, 1), np.split(w, found.parts, 0), strict=True):
        v = np.zeros((*ws.shape[:2], *found.layer.kernel))
        v[(..., *(slice(None, None, step) for step in found.spread))] = ws
        v = found.layer.convert_weight(v, name)
        last = name in ("keras", "tf", "jax", "flax", "mlx")
        words = {**found.words}
        if name == "tf":
            words["output_shape"] = (1, *words["output_shape"], o)
        given = np.moveaxis(xs, 1, -1) if last else xs
        y = conv_transpose(given, v, convention=name, **words)
        parts.append(np.moveaxis(y, -1, 1) if last else y)
    y = np.concatenate(parts, 1)
    slices = [slice(max(b, 0), -q if q > 0 else None) for b, q in found.trim]
    y = y[(..., *slices)]
    y = np.pad(y, ((0, 0), (0, 0), *((max(-b, 0), max(-q, 0)) for b, q in found.trim)))
    np.testing.assert_allclose(y, expected, atol=1e-12, err_msg=f"{layer} in {name}")
    return found


AWKWARD = [
    Layer.from_keras((3, 3), 2, "same"),
    Layer.from_torch((5, 3), (2, 3), ((0, 3), (2, 1)), (1, 0), dilation=(2, 1)),
    Layer.from_torch(3, 2, 1, 1, groups=2),
    Layer.from_jax((3,), 2, [(4, 5)]),
    Layer.from_jax((2, 2), 3, "VALID"),
]


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("n", range(len(AWKWARD)))
def test_the_nearest_layer_has_equal_values(n, name):
    layer = dataclasses.replace(AWKWARD[n], channels="first", layout="io...", flipped=False)
    found = assert_nearest_is_equal(layer, name)
    code = layer.code(name, (6, 5, 4)[: len(layer.kernel)])
    assert ("y[..." in code) == any(max(pair) > 0 for pair in found.trim)
    if found.is_exact:
        assert len(code.splitlines()) == 1


def test_the_slice_of_a_same_layer():
    text = Layer.from_keras((3, 3), 2, "same").code("torch")
    assert text.splitlines() == [
        "y = torch.nn.ConvTranspose2d(in_channels, out_channels, 3, stride=2, padding=0)(x)",
        "y = y[..., :-1, :-1]",
    ]


@pytest.mark.parametrize("name", ["mlx", "tinygrad", "paddle", "flax"])
def test_other_words_give_the_same_numbers(name):
    x, w, b = data(2, 4, 5, 6), data(4, 3, 3, 4), data(3)
    layer = Layer.from_torch((3, 4), (2, 3), ((1, 1), (2, 2)), 1, dilation=(1, 2))
    expected = layer(x, w, b)
    words, v = getattr(layer, f"to_{name}")(), layer.convert_weight(w, name)
    last = name in ("mlx", "flax")
    y = conv_transpose(np.moveaxis(x, 1, -1) if last else x, v, b, convention=name, **words)
    np.testing.assert_allclose(np.moveaxis(y, -1, 1) if last else y, expected, atol=1e-12)
    again = getattr(Layer, f"from_{name}")((3, 4), **words)
    assert again.cut == layer.cut


def test_tinygrad_and_paddle_say_both_ends():
    layer = Layer.from_torch((3, 3), 2, ((0, 1), (2, 0)))
    assert layer.to_tinygrad()["padding"] == (2, 0, 0, 1)
    assert layer.to_paddle()["padding"] == [0, 1, 2, 0]
    assert Layer.from_tinygrad((3, 3), stride=2, padding=(2, 0, 0, 1)).cut == layer.cut
    assert Layer.from_paddle((3, 3), 2, [0, 1, 2, 0]).cut == layer.cut
    assert Layer.from_paddle((3, 3), 2, [[0, 0], [0, 0], [0, 1], [2, 0]]).cut == layer.cut


def test_a_layer_explains_itself():
    layer = Layer.from_torch(HELD["torch"])
    assert layer.geometry.transposed_size((8, 8)) == layer.output_size((8, 8)) == (16, 16)
    assert "the size 16 is restored" in layer.explain((8, 8))
    shown = layer._repr_html_()
    assert "ConvTranspose2d" in shown and "4 x 4" in shown


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_code_runs_in_torch(n):
    torch = pytest.importorskip("torch")
    layer = dataclasses.replace(AWKWARD[n], channels="first", layout="io...")
    x = torch.zeros(1, 4, 6, 5) if len(layer.kernel) == 2 else torch.zeros(1, 4, 6)
    space = {"torch": torch, "x": x, "in_channels": 4, "out_channels": 6}
    exec(layer.code("torch"), space)
    assert tuple(space["y"].shape[2:]) == layer.output_size(tuple(x.shape[2:]))
