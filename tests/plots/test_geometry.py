"""Drawings of a layer by content: cells are counted, numbers read back, frames opened."""

import itertools
import math
import subprocess
import sys
import warnings

import matplotlib
import numpy as np
import pytest
from PIL import Image

import sigdeconv as sd
from sigdeconv import plots
from sigdeconv.transposed import conv_matrix

G = sd.ConvGeometry
LAYERS = [
    G(3),
    G(3, stride=2, padding=1),
    G(3, stride=2, padding=1, output_padding=1),
    G(4, stride=2, padding=[(2, 0)]),
    G(5, stride=3, padding=[(0, 4)], output_padding=2),
    G(3, stride=2, padding=1, dilation=2),
    G(2, stride=4),  # holes: no tap reaches some outputs
    G(2, padding=[(3, 1)]),  # frame of -2: the input is cropped
    G(2, stride=3, padding=[(4, 0)]),
    G(1, stride=2, padding=[(0, 1)], output_padding=1),
    G((3, 3)),
    G((3, 3), stride=2, padding=1),
    G((2, 3), stride=(2, 1), padding=[(3, 0), (0, 1)], dilation=(1, 2), output_padding=(1, 0)),
    G((2, 3, 2), stride=(2, 1, 1), padding=[(1, 0), (1, 1), (0, 0)], output_padding=(1, 0, 0)),
]
FLAT = [g for g in LAYERS if g.ndim < 3]
READINGS = [("conv", "scatter"), ("transpose", "scatter"), ("transpose", "gather")]


def name(g):
    return f"K{g.kernel}S{g.stride}P{g.padding}l{g.dilation}a{g.output_padding}".replace(" ", "")


# In the plane and in space there are many cells to draw; on a line, one of each kind is quick.
QUICK = LAYERS[2:9:2] + LAYERS[7:8]
DRAWN = [pytest.param(g, marks=() if g in QUICK else pytest.mark.slow, id=name(g)) for g in LAYERS]


def cells(axes, kind):
    return [patch for patch in axes.patches if patch.get_label() == kind]


def written(axes, kind):
    """Numbers in the cells of one kind, in reading order."""
    texts = [t for t in axes.texts if t.get_label() == kind]
    return [float(t.get_text().replace("−", "-")) for t in texts]


def size_for(g, operation):
    return {3: (3, 3, 3)}.get(g.ndim, ((7,) if operation == "conv" else (5,)) * g.ndim)


def in_order(a):
    """Values in reading order; planes stand side by side."""
    return (np.concatenate(list(a), axis=1) if a.ndim == 3 else a).ravel()


def layer(g, operation, x, weight):
    words = {"stride": g.stride, "padding": list(g.padding), "dilation": g.dilation}
    if operation == "conv":
        return sd.conv(x[None], weight[None, None], **words)[0]
    extra = {"output_padding": g.output_padding}
    return sd.conv_transpose(x[None], weight[None, None], **words, **extra)[0]


@pytest.mark.parametrize("g", DRAWN)
def test_convolution_has_as_many_cells_as_the_arithmetic(g):
    size = size_for(g, "conv")
    padded = math.prod(n + sum(p) for n, p in zip(size, g.padding, strict=True))
    fig = plots.geometry(g, size)
    for axes in fig.axes:
        assert len(cells(axes, "input")) == math.prod(size)
        assert len(cells(axes, "frame")) == padded - math.prod(size)
        assert len(cells(axes, "output")) == math.prod(g.output_size(size))
        assert not cells(axes, "zero") and not cells(axes, "cropped")


@pytest.mark.parametrize("g", DRAWN)
def test_gather_has_the_zeros_between_and_the_frame_of_the_arithmetic(g):
    size = size_for(g, "transpose")
    stuffed = [n + (n - 1) * z for n, z in zip(size, g.zeros_between, strict=True)]
    ends = [
        (before, after + a) for (before, after), a in zip(g.frame, g.output_padding, strict=True)
    ]
    framed = math.prod(n + b + a for n, (b, a) in zip(stuffed, ends, strict=True))
    kept = math.prod(n + min(b, 0) + min(a, 0) for n, (b, a) in zip(stuffed, ends, strict=True))
    fig = plots.geometry(g, size, operation="transpose", reading="gather")
    for axes in fig.axes:
        among = len(cells(axes, "input")) + len(cells(axes, "zero"))
        assert among == kept
        assert among + len(cells(axes, "frame")) == framed
        assert len(cells(axes, "cropped")) == math.prod(stuffed) - kept
        if not cells(axes, "cropped"):
            assert len(cells(axes, "input")) == math.prod(size)
            assert len(cells(axes, "zero")) == math.prod(stuffed) - math.prod(size)
        assert len(cells(axes, "output")) == math.prod(g.transposed_size(size))


@pytest.mark.parametrize("g", DRAWN)
def test_scatter_crops_what_padding_removes(g):
    size = size_for(g, "transpose")
    output = g.transposed_size(size)
    stamped = [(n - 1) * s + span for n, s, span in zip(size, g.stride, g.span, strict=True)]
    ends = zip(stamped, g.padding, output, strict=True)
    both = math.prod(min(n, p[0] + m) - p[0] for n, p, m in ends)
    fig = plots.geometry(g, size, operation="transpose")
    assert len(fig.axes) == min(9, math.prod(size))
    for axes in fig.axes:
        assert len(cells(axes, "input")) == math.prod(size)
        assert len(cells(axes, "output")) == math.prod(output)
        assert len(cells(axes, "cropped")) == math.prod(stamped) - both


@pytest.mark.parametrize(("operation", "reading"), READINGS)
@pytest.mark.parametrize("g", DRAWN)
def test_numbers_are_those_of_the_layer(g, operation, reading):
    rng = np.random.default_rng(0)
    size = tuple(min(n, 5) if g.ndim == 2 else n for n in size_for(g, operation))
    x = rng.integers(-4, 5, size).astype(float)
    weight = rng.integers(-3, 4, g.kernel).astype(float)
    words = {"operation": operation, "reading": reading, "width": 400 if g.ndim == 3 else "page"}
    fig = plots.geometry(g, numbers=True, x=x, weight=weight, steps=[-1], **words)
    (axes,) = fig.axes
    expected = layer(g, operation, x, weight)
    np.testing.assert_allclose(written(axes, "output"), in_order(expected))
    shown = written(axes, "input")
    samples = np.array([*shown, *written(axes, "cropped")])  # cropped zeros are zeros between
    assert sorted(samples[samples != 0]) == sorted(x[x != 0])
    assert set(written(axes, "zero")) | set(written(axes, "frame")) <= {0.0}
    if not cells(axes, "cropped") or reading == "scatter":
        np.testing.assert_array_equal(shown, in_order(x))
    weights = [
        float(t.get_text()[1:].replace("−", "-")) for t in axes.texts if t.get_label() == "weight"
    ]
    flipped = operation == "transpose" and reading == "gather"
    np.testing.assert_array_equal(weights, in_order(np.flip(weight) if flipped else weight))


@pytest.mark.slow
def test_numbers_by_hand():
    fig = plots.geometry(
        G(3, stride=2), operation="transpose", x=[1, 2, 3], weight=[1, 2, 1], numbers=True
    )
    steps = [written(axes, "output") for axes in fig.axes]
    assert steps == [
        [1, 2, 1, 0, 0, 0, 0],
        [1, 2, 3, 4, 2, 0, 0],
        [1, 2, 3, 4, 5, 6, 3],
    ]
    assert [a.get_title(loc="left") for a in fig.axes][1] == "x[1] = 2 adds 2, 4, 2"
    fig = plots.geometry(G(3, stride=2, padding=1), x=[1, 2, 3], weight=[1, -2, 1], numbers=True)
    assert [a.get_title(loc="left") for a in fig.axes] == [
        "y[0] = 0·1 + 1·(−2) + 2·1 = 0",
        "y[1] = 2·1 + 3·(−2) + 0·1 = −4",
    ]
    assert [written(axes, "output") for axes in fig.axes] == [[0], [0, -4]]


@pytest.mark.slow
def test_both_readings_of_a_transpose_end_in_the_same_numbers():
    for g in FLAT:
        ends = [
            plots.geometry(g, operation="transpose", reading=r, numbers=True, steps=[-1])
            for r in ("scatter", "gather")
        ]
        assert written(ends[0].axes[0], "output") == written(ends[1].axes[0], "output")


def test_kernel_lies_on_its_taps():
    fig = plots.geometry(G(3, stride=2, dilation=2), 9)
    lefts = [cells(axes, "kernel")[0].get_x() for axes in fig.axes]
    assert np.diff(lefts).tolist() == [2] * (len(lefts) - 1)
    assert {cells(axes, "kernel")[0].get_width() for axes in fig.axes} == {5}
    faces = [p.get_facecolor() for p in cells(fig.axes[0], "input")]
    dark = [n for n, face in enumerate(faces) if face != faces[-1]]
    assert dark == [0, 2, 4]


def test_legend_counts_the_cells():
    fig = plots.geometry(G((3, 3), 2, 1), 3, operation="transpose", reading="gather")
    labels = [text.get_text() for text in fig.legends[0].get_texts()]
    assert labels == [
        "input: 9", "zeros put in: 16", "frame of zeros: 24", "output: 25", "flipped kernel",
    ]  # fmt: skip
    assert [t.get_text() for t in fig.texts] == [
        "Transposed convolution as a gather, 3×3 → 5×5",
        "kernel 3×3, stride 2, padding 1: zeros are put in, then the flipped kernel goes over at "
        "stride 1",
    ]


@pytest.mark.slow
def test_steps_are_spread_or_chosen():
    def titles(steps):
        return [a.get_title(loc="left") for a in plots.geometry(G(3), 12, steps=steps).axes]

    assert titles(8)[0] == "y[0]" and titles(8)[-1] == "y[9]" and len(titles(8)) == 8
    assert len(titles(100)) == 10
    assert titles(1) == ["y[9]"]
    assert titles([0, 4, -1]) == titles((0, 4, 9)) == ["y[0]", "y[4]", "y[9]"]


@pytest.mark.slow
def test_drawings_stay_inside_their_figure(tmp_path):
    # Planes side by side are too wide for numbers, and an error says so.
    full = (FLAT[4], FLAT[-1])  # the others with fewer panels: they take the time
    for (operation, reading), g in itertools.product(READINGS, FLAT):
        steps = 8 if g in full else 3
        fig = plots.geometry(g, operation=operation, reading=reading, numbers=True, steps=steps)
        for axes in fig.axes:
            box = axes.get_position()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 1 and box.y1 <= 1
            width, height = fig.get_size_inches()
            cell = box.width * width / np.ptp(axes.get_xlim())
            assert cell == pytest.approx(box.height * height / np.ptp(axes.get_ylim()))
            assert cell >= 0.29  # inches: numbers of 7 pt
        heights = [t.get_fontsize() for a in fig.axes for t in a.texts]
        assert min(heights) >= 7
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plots.geometry(LAYERS[1], path=tmp_path / "steps.png")
    assert (tmp_path / "steps.png").stat().st_size > 5000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "reading", "size", "expected"),
    [
        ("conv", "scatter", (4, 2), 2),
        ("transpose", "scatter", (2, 3), 6),
        ("transpose", "gather", (2, 1), 8),
    ],
)
def test_animation_has_a_frame_a_step(operation, reading, size, expected, tmp_path):
    g = G((2, 2), stride=2)
    where = plots.animate_geometry(
        g, tmp_path / "a.gif", size, operation=operation, reading=reading, fps=4, dpi=50
    )
    with Image.open(where) as picture:
        assert picture.format == "GIF"
        assert picture.n_frames == expected
        assert picture.info["duration"] == 250
        assert picture.info["loop"] == 0


@pytest.mark.slow
def test_animation_of_chosen_steps(tmp_path):
    where = plots.animate_geometry(G(3), tmp_path / "a.GIF", 12, steps=4, numbers=True)
    with Image.open(where) as picture:
        assert picture.n_frames == 4


@pytest.mark.slow
def test_nothing_is_left_behind(tmp_path):
    before = dict(matplotlib.rcParams)
    plots.geometry(G(3), numbers=True)
    plots.overlap(G((3, 3), 2))
    plots.matrix(G(3))
    plots.animate_geometry(G(3), tmp_path / "a.gif", 4)
    assert dict(matplotlib.rcParams) == before
    code = "import sys, sigdeconv as sd; sd.plots.geometry(sd.ConvGeometry(3)); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib.pyplot" not in run.stdout.split()


def test_inputs_are_not_changed():
    x, weight = np.arange(4.0), np.array([1, 2, 3])
    plots.geometry(G(3, 2, 1), operation="transpose", x=x, weight=weight, numbers=True)
    assert x.tolist() == [0, 1, 2, 3] and weight.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"operation": "deconv"}, ValueError, "operation must be"),
        ({"operation": "transpose", "reading": "stamp"}, ValueError, "reading must be"),
        ({"g": 3}, TypeError, "ConvGeometry"),
        ({"g": G((3, 3, 3, 3))}, ValueError, "4 axes"),
        ({"x": [[1.0]]}, ValueError, "x has shape"),
        ({"x": [1.0, 2, 3], "size": 4}, ValueError, "size is 4"),
        ({"x": [1.0, np.nan, 3]}, ValueError, "finite"),
        ({"x": [1.0, 2j, 3]}, TypeError, "real"),
        ({"weight": [1.0, 2.0]}, ValueError, "weight has shape"),
        ({"size": 2}, ValueError, "smaller than the kernel"),
        ({"size": 0}, ValueError, "size must be a whole number of at least 1; got 0"),
        ({"size": 60, "numbers": True}, ValueError, "too wide"),
        ({"size": 200}, ValueError, "too wide"),
        ({"size": 2000}, ValueError, "too many samples"),
        ({"steps": 0}, ValueError, "steps must be .* of at least 1; got 0; the nearest is 1"),
        ({"steps": [5]}, ValueError, "-5 to 4"),
        ({"steps": []}, ValueError, "steps is empty"),
        ({"steps": "all"}, TypeError, "steps must be"),
        ({"steps": 2.5}, TypeError, "steps must be"),
        ({"path": "a.xyz"}, ValueError, "suffix"),
        ({"path": "no/such/folder.png"}, FileNotFoundError, "does not exist"),
        ({"g": G(1, padding=3), "operation": "transpose", "size": 2}, ValueError, "leaves nothing"),
    ],
)
def test_what_cannot_be_drawn_is_said(words, error, text):
    words = {"g": G(3)} | words
    with pytest.raises(error, match=text):
        plots.geometry(**words)


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"path": "a.png"}, ValueError, "expected .gif"),
        ({"path": "no/such/folder.gif"}, FileNotFoundError, "does not exist"),
        ({"fps": 0}, ValueError, "fps"),
        ({"fps": float("nan")}, ValueError, "fps"),
        ({"dpi": 5}, ValueError, "dpi must be .* at least 20 .*; the nearest is 20"),
        ({"dpi": 601}, ValueError, "dpi .* at most 600; got 601; the nearest is 600"),
        ({"dpi": 90.5}, TypeError, "dpi"),
        ({"steps": [99]}, ValueError, "steps"),
    ],
)
def test_what_cannot_move_is_said(words, error, text, tmp_path):
    words = {"path": tmp_path / "a.gif"} | words
    with pytest.raises(error, match=text):
        plots.animate_geometry(G(3), **words)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("g", FLAT, ids=name)
def test_overlap_draws_the_counts(g):
    size = (6,) * g.ndim
    fig = plots.overlap(g, size)
    counts = g.overlap(size)
    if g.ndim == 1:
        heights = [bar.get_height() for bar in fig.axes[0].patches]
        assert heights == list(counts[0])
    else:
        np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), np.outer(*counts))
        texts = [int(t.get_text()) for t in fig.axes[0].texts]
        assert texts == np.outer(*counts).ravel().tolist()
    title = fig.texts[0].get_text()
    assert title.startswith("Even" if g.overlap_is_even else "Uneven")


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"),
    [
        pytest.param(k, s, d, marks=() if 1 < k < 4 and 1 < s < 4 else pytest.mark.slow)
        for d, most in ((1, 4), (2, 3), (4, 2))  # every pair of two of them, up to some size
        for k, s in itertools.product(range(1, most + 1), repeat=2)
    ],
)
def test_overlap_title_has_the_counts_of_the_middle(kernel, stride, dilation):
    g = G(kernel, stride, dilation=dilation)
    title = plots.overlap(g, 30).texts[0].get_text()
    (counts,) = g.overlap(30)
    middle = counts[g.span[0] : -g.span[0]]
    numbers = [int(word) for word in title.split() if word.isdigit()]
    assert numbers == sorted({min(middle), max(middle)})
    assert len(numbers) == (1 if g.overlap_is_even else 2)


def test_overlap_of_a_large_layer_has_a_scale_in_place_of_numbers():
    fig = plots.overlap(G((3, 3), 2), 40)
    assert not fig.axes[0].texts
    assert len(fig.axes) == 2 and fig.axes[1].get_ylabel() == "taps"


@pytest.mark.parametrize("g", FLAT, ids=name)
def test_matrix_is_that_of_the_convolution(g):
    size = (8, 7)[: g.ndim]
    fig = plots.matrix(g, size)
    left, right, key = (axes.images[0].get_array() for axes in fig.axes)
    weight = 1.0 + np.arange(math.prod(g.kernel)).reshape(g.kernel)
    expected = conv_matrix(
        weight[None, None], size, stride=g.stride, padding=list(g.padding), dilation=g.dilation
    )
    np.testing.assert_array_equal(left + 1, expected.toarray())  # entry -1 is a zero
    np.testing.assert_array_equal(right + 1, expected.T.toarray())
    np.testing.assert_array_equal(np.squeeze(key) + 1, np.squeeze(weight))
    rows, columns = expected.shape
    assert fig.axes[0].get_title(loc="left").startswith(f"C: {rows}×{columns}\n")
    assert fig.axes[1].get_title(loc="left").startswith(f"Cᵀ: {columns}×{rows}\n")
    looks = {axes.images[0].norm(np.arange(-1, weight.size)).tobytes() for axes in fig.axes}
    assert len(looks) == 1
    for axes in fig.axes:
        box = axes.get_position()
        assert min(box.x0, box.y0) >= 0 and max(box.x1, box.y1) <= 1


@pytest.mark.parametrize("draw", [plots.overlap, plots.matrix])
def test_bad_layers_are_refused(draw):
    with pytest.raises(TypeError, match="ConvGeometry"):
        draw("layer")
    with pytest.raises(ValueError, match="3 axes"):
        draw(G((3, 3, 3)))
    with pytest.raises(ValueError, match="size must be a whole number of at least 1; got 0"):
        draw(G(3), 0)
    with pytest.raises(ValueError, match="smaller size"):
        draw(G((3, 3)), 3000)
    with pytest.raises(ValueError, match="suffix"):
        draw(G(3), path="a.xyz")


def test_matrix_needs_room_for_the_kernel():
    with pytest.raises(ValueError, match="smaller than the kernel"):
        plots.matrix(G(5), 3)
