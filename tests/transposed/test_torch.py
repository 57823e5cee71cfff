"""The layers against PyTorch on random configurations: equal numbers, equal refusals, adjoint.

Seeds 0 to 599 for either layer. An output without any sample is refused here, always; PyTorch
refuses it in double precision and returns an empty tensor in some single precision kernels.
"""

import warnings

import numpy as np
import pytest

from sigdeconv.transposed import ConvGeometry, Layer, conv, conv_transpose

torch = pytest.importorskip("torch")
F = torch.nn.functional

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
DTYPES = ["float32", "float64", "complex64", "complex128"]
TOL = {"float32": 1e-5, "float64": 1e-12, "complex64": 1e-5, "complex128": 1e-12}


def draw(seed):
    """A configuration that is mostly legal: unequal axes, groups, sometimes unbatched."""
    rng = np.random.default_rng(seed)
    ndim = 1 + seed % 3
    top = (24, 9, 6)[ndim - 1]
    axis = lambda low, high: tuple(int(v) for v in rng.integers(low, high, ndim))  # noqa: E731
    stride, dilation = axis(1, 5), axis(1, 4)
    limit = [max(s, d) for s, d in zip(stride, dilation, strict=True)]
    groups = int(rng.choice([1, 1, 2, 3]))
    return {
        "ndim": ndim,
        "dtype": DTYPES[seed // 3 % 2] if seed % 7 else DTYPES[2 + seed // 3 % 2],
        "groups": groups,
        "channels": groups * int(rng.integers(1, 4)),
        "outputs": groups * int(rng.integers(1, 4)),
        "size": axis(1, top),
        "kernel": axis(1, 6 if ndim < 3 else 4),
        "stride": stride,
        "dilation": dilation,
        "padding": axis(0, 5),
        "output_padding": tuple(int(rng.integers(0, m + (rng.random() < 0.05))) for m in limit),
        "batch": [(), (1,), (3,), (0,)][int(rng.choice(4, p=[0.2, 0.3, 0.45, 0.05]))],
        "bias": bool(rng.integers(2)),
        "rng": rng,
    }


def random(rng, shape, dtype):
    x = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if "c" in dtype else 0)
    return np.asarray(x, dtype=dtype)


def theirs(function, *arrays, **settings):
    """PyTorch's answer, or None where it refuses."""
    try:
        tensors = [None if a is None else torch.from_numpy(a) for a in arrays]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the cost of padding="same" with even kernels
            y = function(*tensors, **settings).numpy()
        return None if 0 in y.shape[1:] else y
    except (RuntimeError, ValueError, TypeError):
        return None


def ours(function, *arrays, **settings):
    try:
        return function(*arrays, **settings)
    except (ValueError, TypeError) as error:
        assert str(error).split()[0].rstrip(",:").split("=")[0] in (
            *("x", "weight", "bias", "stride", "padding", "dilation", "groups"),
            *("output_padding", "size", "output_size"),
        ), error
        return None


def check(a, b, dtype, label):
    assert (a is None) == (b is None), f"{label}: torch {'refuses' if b is None else 'accepts'}"
    if a is not None:
        assert a.shape == b.shape, label
        assert a.dtype == b.dtype, label
        scale = max(1.0, float(np.abs(b).max(initial=0)))
        np.testing.assert_allclose(a, b, rtol=0, atol=TOL[dtype] * scale, err_msg=label)


def case(seed, layer):
    """Arrays and settings of a seed for "conv" or "transpose"."""
    c = draw(seed)
    rng, dtype, outputs, groups = c["rng"], c["dtype"], c["outputs"], c["groups"]
    x = random(rng, (*c["batch"], c["channels"], *c["size"]), dtype)
    ends = (c["channels"], outputs) if layer == "transpose" else (outputs, c["channels"])
    w = random(rng, (ends[0], ends[1] // groups, *c["kernel"]), dtype)
    b = random(rng, outputs, dtype) if c["bias"] else None
    names = ["stride", "padding", "dilation", "groups"]
    settings = {name: c[name] for name in names}
    if layer == "transpose":
        settings["output_padding"] = c["output_padding"]
    elif seed % 11 == 0:
        settings["padding"] = ("same", "valid")[seed % 2]
    return c, (x, w, b), settings


@pytest.mark.slow
@pytest.mark.parametrize("block", range(6))
def test_conv_transpose_is_torchs(block):
    for seed in range(100 * block, 100 * block + 100):
        c, arrays, settings = case(seed, "transpose")
        expected = theirs(TRANSPOSE[c["ndim"]], *arrays, **settings)
        for form in ("fast", "stuff", "scatter", "matrix"):
            y = ours(conv_transpose, *arrays, **settings, form=form)
            check(y, expected, c["dtype"], f"seed {seed} {form} {settings}")


@pytest.mark.slow
@pytest.mark.parametrize("block", range(6))
def test_conv_is_torchs(block):
    for seed in range(100 * block, 100 * block + 100):
        c, arrays, settings = case(seed, "conv")
        expected = theirs(CONV[c["ndim"]], *arrays, **settings)
        check(ours(conv, *arrays, **settings), expected, c["dtype"], f"seed {seed} {settings}")


@pytest.mark.slow
def test_both_kinds_of_configuration_are_drawn():
    drawn = [case(seed, "transpose") for seed in range(600)]
    made = [theirs(TRANSPOSE[c["ndim"]], *a, **s) is not None for c, a, s in drawn]
    assert 400 < sum(made) < 580


@pytest.mark.slow
def test_the_layers_are_adjoint_on_all_of_them():
    """<conv(x), y> = <x, conv_transpose(y)> with conjugate weights, at 1e-12."""
    tested = 0
    for seed in range(600):
        c, (x, w, _), settings = case(seed, "conv")
        c["dtype"] = "complex128" if "complex" in c["dtype"] else "float64"
        x, w = x.astype(c["dtype"]), w.astype(c["dtype"])
        forward = ours(conv, x, w, **settings)
        if forward is None:
            continue
        y = random(c["rng"], forward.shape, c["dtype"])
        g = ConvGeometry(c["kernel"], **{k: v for k, v in settings.items() if k != "groups"})
        settings |= {"padding": g.padding, "output_padding": g.remainder(c["size"])}
        back = conv_transpose(y, w.conj(), **settings)
        left, right = np.vdot(forward, y), np.vdot(x, back)
        scale = np.linalg.norm(forward) * np.linalg.norm(y) + 1e-300
        assert abs(left - right) <= 1e-12 * scale, f"seed {seed}"
        tested += 1
    assert tested > 400


REFUSED = [
    ({"stride": 0}, "stride"),
    ({"stride": -1}, "stride"),
    ({"stride": (1, 2, 3)}, "stride"),
    ({"padding": -1}, "padding"),
    ({"padding": (1, 1, 1)}, "padding"),
    ({"dilation": 0}, "dilation"),
    ({"groups": 0}, "groups"),
    ({"groups": 3}, "groups"),
    ({"stride": 1.5}, "stride"),
    ({"padding": 0.5}, "padding"),
    ({"dilation": "2"}, "dilation"),
    ({"groups": 2.0}, "groups"),
]
TRANSPOSE_REFUSED = [
    ({"output_padding": 1}, "output_padding"),
    ({"output_padding": -1, "stride": 2}, "output_padding"),
    ({"output_padding": (2, 1), "stride": (2, 2)}, "output_padding"),
    ({"padding": 9}, "padding"),
]


@pytest.mark.parametrize(("settings", "name"), REFUSED + TRANSPOSE_REFUSED)
def test_settings_that_torch_refuses(settings, name):
    x, w = np.ones((2, 4, 5, 6)), np.ones((4, 4, 3, 2))
    if "output_padding" not in settings and settings != {"padding": 9}:
        assert theirs(F.conv2d, x, w, **settings) is None
        with pytest.raises((ValueError, TypeError), match=name):
            conv(x, w, **settings)
    assert theirs(F.conv_transpose2d, x, w, **settings) is None
    with pytest.raises((ValueError, TypeError), match=name):
        conv_transpose(x, w, **settings)


SHAPES = [
    ((2, 4, 5, 6), (4, 3, 3), None, "x"),
    ((5, 6), (4, 3, 3, 3), None, "x"),
    ((2, 3, 5, 6), (4, 4, 3, 3), None, "x"),
    ((2, 4, 5, 6), (4, 4, 3, 3), (3,), "bias"),
    ((2, 4, 5, 6), (4, 4, 3, 3), (4, 1), "bias"),
    ((2, 4, 0, 6), (4, 4, 3, 3), None, "x"),
]


@pytest.mark.parametrize(("x", "w", "b", "name"), SHAPES)
def test_shapes_that_torch_refuses(x, w, b, name):
    arrays = [None if shape is None else np.ones(shape) for shape in (x, w, b)]
    for mine, other in ((conv, F.conv2d), (conv_transpose, F.conv_transpose2d)):
        assert theirs(other, *arrays) is None
        with pytest.raises((ValueError, TypeError), match=rf"^{name}"):
            mine(*arrays)


def test_a_kernel_wider_than_the_padded_input():
    assert theirs(F.conv1d, np.ones((1, 1, 3)), np.ones((1, 1, 5))) is None
    with pytest.raises(ValueError, match=r"size \(3,\).*smallest size is \(5,\)"):
        conv(np.ones((1, 1, 3)), np.ones((1, 1, 5)))


@pytest.mark.parametrize("form", ["fast", "stuff", "scatter", "matrix"])
@pytest.mark.parametrize("size", [19, 20, 21])
def test_output_size_is_that_of_the_module(form, size):
    layer = torch.nn.ConvTranspose1d(2, 3, 5, stride=3, padding=2, bias=False).double()
    x = np.random.default_rng(0).standard_normal((2, 2, 7))
    w = layer.weight.detach().numpy()
    expected = layer(torch.from_numpy(x), output_size=[size]).detach().numpy()
    y = conv_transpose(x, w, stride=3, padding=2, output_size=size, form=form)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_tensors_stay_tensors_and_keep_their_gradient():
    x = torch.randn(2, 3, 7, 5, requires_grad=True)
    w = torch.randn(3, 2, 4, 3)
    y = conv_transpose(x, w, stride=(2, 3), padding=1)
    expected = F.conv_transpose2d(x, w, stride=(2, 3), padding=1)
    assert isinstance(y, torch.Tensor) and y.dtype == torch.float32
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-5)
    mine = torch.autograd.grad(y.square().sum(), x)[0]
    theirs = torch.autograd.grad(expected.square().sum(), x)[0]
    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("convention", ["torch", "onnx"])
def test_a_layer_that_learns_is_taken_without_a_warning(convention):
    layer = torch.nn.ConvTranspose2d(3, 2, 3, stride=2)
    x = torch.randn(1, 3, 5, 6)
    words = {"stride": 2} if convention == "torch" else {"strides": 2}
    y = conv_transpose(x, layer.weight, layer.bias, convention=convention, **words)
    torch.testing.assert_close(y, layer(x), rtol=0, atol=1e-5)
    mine = torch.autograd.grad(y.square().sum(), (layer.weight, layer.bias))
    theirs = torch.autograd.grad(layer(x).square().sum(), (layer.weight, layer.bias))
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)
    once = Layer.from_torch(layer.kernel_size, layer.stride, layer.padding, layer.output_padding)
    torch.testing.assert_close(once(x, layer.weight, layer.bias), layer(x), rtol=0, atol=1e-5)


def test_arrays_of_two_libraries_are_told_apart():
    x, w = np.ones((1, 3, 5)), torch.ones(3, 2, 4)
    with pytest.raises(TypeError, match="x is a ndarray and weight a Tensor; expected arrays of"):
        conv_transpose(x, w)
    with pytest.raises(TypeError, match="x is a Tensor and weight a ndarray"):
        conv_transpose(torch.ones(1, 3, 5), np.ones((3, 2, 4)))
