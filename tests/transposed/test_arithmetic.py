"""The arithmetic against counting: every answer follows from where the taps sit."""

import itertools
import math

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from sigdeconv.transposed import ConvGeometry, conv, conv_matrix, conv_transpose


@st.composite
def geometries(draw, ndim=1):
    axes = [
        (
            draw(st.integers(1, 6)),
            draw(st.integers(1, 5)),
            (draw(st.integers(0, 6)), draw(st.integers(0, 6))),
            draw(st.integers(1, 4)),
        )
        for _ in range(ndim)
    ]
    extra = [draw(st.integers(0, max(s, l) - 1)) for _, s, _, l in axes]
    kernel, stride, padding, dilation = (tuple(a) for a in zip(*axes, strict=True))
    return ConvGeometry(kernel, stride, padding, dilation, tuple(extra))


SIZE = st.integers(1, 24)


@pytest.mark.slow
@hypothesis.given(geometries(), SIZE)
@hypothesis.settings(max_examples=400)
def test_output_size_counts_the_windows_that_fit(g, size):
    (k,), (s,), ((p, q),), (l,) = g.kernel, g.stride, g.padding, g.dilation
    windows = [i for i in range(0, size + p + q, s) if i + l * (k - 1) < size + p + q]
    if not windows:
        with pytest.raises(ValueError, match="smaller than the kernel"):
            g.output_size(size)
        return
    assert g.output_size(size) == (len(windows),)
    assert g.remainder(size) == (size + p + q - 1 - (windows[-1] + l * (k - 1)),)


@pytest.mark.slow
@hypothesis.given(geometries(), st.integers(1, 12))
@hypothesis.settings(max_examples=400)
def test_input_sizes_are_all_there_are(g, output):
    found = [h for h in range(1, 120) if _size(g, h) == output]
    if not found:
        with pytest.raises(ValueError, match="never reached"):
            g.input_sizes(output)
        return
    assert g.input_sizes(output) == (tuple(found),)
    plain = ConvGeometry(g.kernel, g.stride, g.padding, g.dilation)
    for h in found:
        extra = plain.output_padding_for(output=h, size=output)
        assert extra == g.remainder(h)
        told = ConvGeometry(g.kernel, g.stride, g.padding, g.dilation, extra)
        assert told.transposed_size(output) == (h,)


def _size(g, h):
    try:
        return g.output_size(h)[0]
    except ValueError:
        return None


@pytest.mark.slow
@hypothesis.given(geometries(), st.integers(1, 12))
@hypothesis.settings(max_examples=300)
def test_stuffed_framed_and_slid_gives_the_transposed_size(g, size):
    (s,), (span,), ((before, after),), (a,) = g.stride, g.span, g.frame, g.output_padding
    stuffed = size + (size - 1) * g.zeros_between[0]
    expected = stuffed + before + after + a - span + 1
    if expected < 1:
        with pytest.raises(ValueError, match="padding"):
            g.transposed_size(size)
    else:
        assert g.transposed_size(size) == (expected,)
    assert stuffed == s * (size - 1) + 1


@pytest.mark.slow
@hypothesis.given(geometries(ndim=2), st.tuples(st.integers(1, 6), st.integers(1, 6)))
@hypothesis.settings(max_examples=150)
def test_overlap_is_the_transpose_of_ones(g, size):
    try:
        out = g.transposed_size(size)
    except ValueError:
        return
    settings = {n: getattr(g, n) for n in ("stride", "padding", "dilation", "output_padding")}
    counted = conv_transpose(np.ones((1, *size)), np.ones((1, 1, *g.kernel)), **settings)[0]
    rows, columns = g.overlap(size)
    assert counted.shape == out
    np.testing.assert_array_equal(counted, np.outer(rows, columns))


@pytest.mark.slow
@hypothesis.given(geometries())
@hypothesis.settings(max_examples=300)
def test_even_overlap_is_what_the_middle_shows(g):
    wide = ConvGeometry(g.kernel, g.stride, 0, g.dilation)
    counts = wide.overlap(40)[0]
    middle = counts[g.span[0] : -g.span[0]]
    assert wide.overlap_is_even == (len(set(middle)) == 1)


@pytest.mark.slow
@hypothesis.given(geometries(), st.integers(1, 20))
@hypothesis.settings(max_examples=150)
def test_null_space_of_a_random_kernel(g, size):
    if _size(g, size) is None:
        return
    w = np.random.default_rng(0).standard_normal((1, 1, *g.kernel))
    C = conv_matrix(w, size, stride=g.stride, padding=g.padding, dilation=g.dilation)
    lost = size - int(np.linalg.matrix_rank(C.toarray()))
    assert g.null_space_dimension(size) == lost


@pytest.mark.slow
@hypothesis.given(geometries(ndim=2), st.tuples(st.integers(1, 6), st.integers(1, 6)))
@hypothesis.settings(max_examples=100)
def test_null_space_in_two_dimensions(g, size):
    try:
        g.output_size(size)
    except ValueError:
        return
    w = np.random.default_rng(1).standard_normal((1, 1, *g.kernel))
    C = conv_matrix(w, size, stride=g.stride, padding=g.padding, dilation=g.dilation)
    lost = math.prod(size) - int(np.linalg.matrix_rank(C.toarray()))
    assert g.null_space_dimension(size) == lost


@pytest.mark.slow
@hypothesis.given(geometries(), st.integers(1, 20))
@hypothesis.settings(max_examples=200)
def test_explain_holds_its_numbers(g, size):
    if _size(g, size) is None:
        return
    text = g.explain(size)
    out = g.output_size(size)[0]
    assert f"+ 1 = {out}\n" in text and f"mod {g.stride[0]} = {g.remainder(size)[0]}\n" in text
    try:
        assert f"= {g.transposed_size(out)[0]}\n" in text
    except ValueError:
        assert "nothing is left" in text


def test_explain_tells_each_axis():
    text = ConvGeometry((5, 3), (3, 2), (2, 1)).explain((18, 9))
    assert text.startswith("axis 0: kernel K=5") and "axis 1: kernel K=3" in text
    assert "together: null space 132 of 162" in text


@pytest.mark.parametrize(
    ("h", "k", "s", "p", "out"), [(8, 3, 1, 1, 8), (8, 5, 1, (2, 1), (8, 9)), (8, 3, 2, 1, 4)]
)
def test_the_layers_of_a_textbook(h, k, s, p, out):
    """The padding and stride chapter of d2l.ai, and its layer whose transpose is ambiguous."""
    g = ConvGeometry((k, k) if k != 5 else (5, 3), s, p)
    assert g.output_size(h) == ((out, out) if isinstance(out, int) else (8, 8))
    g = ConvGeometry(5, 3, 2)
    assert g.output_size(16) == g.output_size(17) == g.output_size(18) == (6,)
    assert g.transposed_size(6) == (16,)


def test_same_and_valid():
    g = ConvGeometry((4, 3), padding="same", dilation=(1, 2))
    assert g.padding == ((1, 2), (2, 2)) and g.output_size((7, 9)) == (7, 9)
    assert ConvGeometry(3, padding="valid") == ConvGeometry((3,), 1, [(0, 0)])
    assert ConvGeometry(3, 2, "same").output_size(9) == (5,)


def test_padding_beyond_the_kernel_crops():
    g = ConvGeometry(3, padding=3)
    assert g.frame == ((-1, -1),) and g.transposed_size(5) == (1,)
    with pytest.raises(ValueError, match=r"padding .* leaves nothing"):
        g.transposed_size(4)


def test_what_can_be_reached_is_listed():
    g = ConvGeometry((5, 3), (3, 2), (2, 1))
    with pytest.raises(ValueError, match="16 to 18, 11 to 12"):
        g.output_padding_for((20, 11), 6)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kernel": 0}, ValueError, "kernel must be .* at least 1; got 0; the nearest is 1"),
        ({"kernel": 2.0}, TypeError, "kernel must be a whole number"),
        ({"kernel": True}, TypeError, "kernel must be a whole number"),
        ({"kernel": (3, 3), "stride": (1, 2, 3)}, ValueError, "stride has 3 entries"),
        ({"kernel": 3, "stride": 0}, ValueError, "stride must be .* at least 1; got 0"),
        ({"kernel": 3, "padding": -1}, ValueError, "padding must be zero or more"),
        ({"kernel": 3, "padding": "full"}, ValueError, "padding must be one of same, valid; got"),
        ({"kernel": 3, "padding": [(1, 2, 3)]}, TypeError, "padding must be 'same', 'valid'"),
        ({"kernel": 3, "dilation": 0}, ValueError, "dilation must be .* at least 1"),
        ({"kernel": 3, "stride": 2, "output_padding": 2}, ValueError, "output_padding must be"),
        ({"kernel": 3, "output_padding": -1}, ValueError, "output_padding must be .* at least 0"),
    ],
)
def test_bad_settings_are_named(settings, error, words):
    with pytest.raises(error, match=words):
        ConvGeometry(**settings)


def test_geometry_is_a_value():
    g = ConvGeometry(3, 2, 1)
    assert g == ConvGeometry((3,), (2,), ((1, 1),)) and hash(g) == hash(ConvGeometry(3, 2, 1))
    assert g.ndim == 1 and g.receptive_field == g.span == (3,)
    with pytest.raises(AttributeError):
        g.stride = 1


@pytest.mark.parametrize("seed", range(20))
def test_layers_against_six_lines_of_loops(seed):
    rng = np.random.default_rng(seed)
    g = ConvGeometry(
        tuple(rng.integers(1, 4, 2)), tuple(rng.integers(1, 4, 2)),
        [tuple(rng.integers(0, 3, 2)) for _ in range(2)], tuple(rng.integers(1, 3, 2)),
    )  # fmt: skip
    x = rng.standard_normal((2, 4, 9, 8))
    w = rng.standard_normal((6, 2, *g.kernel))
    out = g.output_size((9, 8))
    xp = np.pad(x, ((0, 0), (0, 0), *g.padding))
    y = np.zeros((2, 6, *out))
    for n, o, c, a, b in itertools.product(*map(range, (2, 6, 2, *g.kernel))):
        for i, j in itertools.product(*map(range, out)):
            place = i * g.stride[0] + a * g.dilation[0], j * g.stride[1] + b * g.dilation[1]
            y[n, o, i, j] += w[o, c, a, b] * xp[n, o // 3 * 2 + c, *place]
    settings = {n: getattr(g, n) for n in ("stride", "padding", "dilation")} | {"groups": 2}
    np.testing.assert_allclose(conv(x, w, **settings), y, atol=1e-12)
    C = conv_matrix(w, (9, 8), **settings)
    np.testing.assert_allclose(C @ x[0].ravel(), y[0].ravel(), atol=1e-12)
    back = conv_transpose(y, w, **settings, output_size=(9, 8))
    np.testing.assert_allclose(C.T @ y[1].ravel(), back[1].ravel(), atol=1e-11)
