"""The node test cases of the ONNX operator ConvTranspose; their numbers, and themselves."""

import numpy as np
import pytest

from sigdeconv.transposed import Layer, conv_transpose

X = np.arange(9.0).reshape(1, 1, 3, 3)
ONES = np.ones((1, 2, 3, 3))


def table(text):
    return np.array([[float(v) for v in line.split()] for line in text.strip().splitlines()])


BASIC = table("""
    0 1 3 3 2
    3 8 15 12 7
    9 21 36 27 15
    9 20 33 24 13
    6 13 21 15 8""")
LATER = table("""
    9 19 30 21 11
    21 44 69 48 25
    36 75 117 81 42
    27 56 87 60 31
    15 31 48 33 17""")
LAST = table("""
    18 37 57 39 20
    39 80 123 84 43
    63 129 198 135 69
    45 92 141 96 49
    24 49 75 51 26""")
STRIDED = table("""
    0 0 1 1 3 2 2 0
    0 0 1 1 3 2 2 0
    0 0 1 1 3 2 2 0
    3 3 7 4 9 5 5 0
    3 3 7 4 9 5 5 0
    3 3 7 4 9 5 5 0
    6 6 13 7 15 8 8 0
    6 6 13 7 15 8 8 0
    6 6 13 7 15 8 8 0
    0 0 0 0 0 0 0 0""")
PADS = table("""
    1 1 3
    1 1 3
    7 4 9
    7 4 9
    7 4 9
    13 7 15
    13 7 15""")
SAME = table("""
    0 0 1 1 3 2
    0 0 1 1 3 2
    3 3 8 5 12 7
    3 3 7 4 9 5
    9 9 20 11 24 13
    6 6 13 7 15 8""")
DILATED = table("""
    21 56 13 16 2
    63 35 67 10 14
    24 22 76 76 21
    9 5 88 45 63
    3 2 33 18 54""")

STRIDES = {"strides": [3, 2]}
CASES = {
    "plain": ({}, BASIC),
    "output_shape": (STRIDES | {"output_shape": [10, 8]}, STRIDED),
    "pad": (STRIDES | {"output_padding": [1, 1]}, STRIDED),
    "kernel_shape": (
        STRIDES | {"output_shape": [10, 8], "kernel_shape": [3, 3], "output_padding": [1, 1]},
        STRIDED,
    ),
    "pads": (STRIDES | {"pads": [1, 2, 1, 2]}, PADS),
    "autopad_same": ({"auto_pad": "SAME_UPPER", "strides": [2, 2]}, SAME),
}
FORMS = ["fast", "matrix", "stuff", "scatter"]


def onnx_layer(x, w, bias=None, **attributes):
    return conv_transpose(x, w, bias, convention="onnx", **attributes)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_two_output_channels_of_ones(name, form):
    attributes, expected = CASES[name]
    y = onnx_layer(X.astype(np.float32), ONES.astype(np.float32), form=form, **attributes)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, np.stack([expected, expected])[None])


@pytest.mark.parametrize("form", FORMS)
def test_dilations(form):
    x = np.array([[3.0, 8, 1], [9, 5, 7], [3, 2, 6]])[None, None]
    w = np.array([[7.0, 2], [1, 9]])[None, None]
    np.testing.assert_array_equal(onnx_layer(x, w, dilations=[2, 2], form=form)[0, 0], DILATED)


@pytest.mark.parametrize("form", FORMS)
def test_one_and_three_dimensions(form):
    y = onnx_layer(np.arange(3.0).reshape(1, 1, 3), np.ones((1, 2, 3)), form=form)
    np.testing.assert_array_equal(y, [[[0, 1, 3, 3, 2]] * 2])
    x = np.arange(60.0).reshape(3, 4, 5)
    expected = x
    for axis in range(3):  # a box is separable
        expected = np.apply_along_axis(np.convolve, axis, expected, np.ones(3))
    y = onnx_layer(x[None, None], np.ones((1, 2, 3, 3, 3)), form=form)
    np.testing.assert_allclose(y, np.stack([expected, expected])[None], rtol=1e-13)
    assert y[0, 1, 2, 2, 2] == 702 and y[0, 0, 4, 5, 6] == 59


@pytest.mark.parametrize("form", FORMS)
def test_groups_and_batch(form):
    x = np.arange(18.0).reshape(1, 2, 3, 3)
    w = np.ones((2, 1, 3, 3))
    np.testing.assert_array_equal(onnx_layer(x, w, group=2, form=form), [[BASIC, LATER]])
    x = np.concatenate([x, x, x])
    x[1, 0] += 18
    y = onnx_layer(x, w, group=2, form=form)
    np.testing.assert_array_equal(y, [[BASIC, LATER], [LAST, LATER], [BASIC, LATER]])


def test_lower_and_upper_put_the_odd_sample_at_either_end():
    upper = Layer.from_onnx(4, strides=3, auto_pad="SAME_UPPER")
    lower = Layer.from_onnx(4, strides=3, auto_pad="SAME_LOWER")
    assert (upper.cut, lower.cut) == (((0, 1),), ((1, 0),))
    assert upper.output_size(5) == lower.output_size(5) == (15,)
    assert Layer.from_onnx(4, strides=3, auto_pad="VALID") == Layer.from_onnx(4, strides=3)
    told = Layer.from_onnx(4, 5, strides=3, output_shape=[15])  # NOTSET: as SAME_LOWER
    assert told.cut == lower.cut


@pytest.mark.filterwarnings("ignore")
def test_every_case_that_onnx_ships():
    onnx = pytest.importorskip("onnx")
    node = pytest.importorskip("onnx.backend.test.case.node")
    cases = [c for c in node.collect_testcases("ConvTranspose") if "transpose" in c.name]
    cases = [c for c in cases if c.model.graph.node[0].op_type == "ConvTranspose"]
    assert len(cases) >= 11
    for case in cases:
        given = case.model.graph.node[0].attribute
        words = {a.name: onnx.helper.get_attribute_value(a) for a in given}
        words = {k: v.decode() if isinstance(v, bytes) else v for k, v in words.items()}
        for inputs, outputs in case.data_sets:
            for form in FORMS:
                y = onnx_layer(*inputs, form=form, **words)
                np.testing.assert_array_equal(y, outputs[0], err_msg=case.name)
