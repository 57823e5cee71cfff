"""The gallery of geometries, and the figures of numbers, for "What ConvTranspose does".

Each drawing is made by the one call that stands beside it: the text of the call is what is run.
"""

import html
import pathlib

import numpy as np

import sigdeconv as sd
from sigdeconv import ConvGeometry, plots
from sigdeconv.plots import style

OUT = pathlib.Path(__file__).parent / "generated"
CALL = "sd.plots.geometry_html(sd.ConvGeometry({g}), {size}{more})"
CONV, GATHER = ', operation="conv"', ', reading="gather"'

# (title, ConvGeometry, size of the input, what is drawn)
CONVOLUTIONS = [
    ("No padding, stride 1", "(3, 3)", 4, CONV),
    ("Padding 2, an even kernel", "(4, 4), padding=2", 5, CONV),
    ("Half padding: the size stays", "(3, 3), padding=1", 5, CONV),
    ("Full padding", "(3, 3), padding=2", 5, CONV),
    ("Stride 2", "(3, 3), stride=2", 5, CONV),
    ("Stride 2, padding 1", "(3, 3), stride=2, padding=1", 5, CONV),
    ("A remainder: the last row is not read", "(3, 3), stride=2, padding=1", 6, CONV),
    ("Dilation 2", "(3, 3), dilation=2", 7, CONV),
]
TRANSPOSES = [
    ("No padding: a full frame of zeros", "(3, 3)", 2, GATHER),
    ("Padding 2, an even kernel: a narrow frame", "(4, 4), padding=2", 6, GATHER),
    ("Half padding: the size stays", "(3, 3), padding=1", 5, GATHER),
    ("Full padding: no frame is left", "(3, 3), padding=2", 7, GATHER),
    ("Stride 2: zeros between the samples", "(3, 3), stride=2", 2, GATHER),
    ("Stride 2, padding 1", "(3, 3), stride=2, padding=1", 3, GATHER),
    ("The same, each sample stamping its kernel", "(3, 3), stride=2, padding=1", 3, ""),
    ("output_padding 1: one more size", "(3, 3), stride=2, padding=1, output_padding=1", 3, GATHER),
    ("The same stamped: the last row and column are computed",
     "(3, 3), stride=2, padding=1, output_padding=1", 3, ""),
    ("Dilation 2: the kernel stays dilated", "(3, 3), dilation=2", 3, GATHER),
    ("Stride 2 and dilation 2", "(3, 3), stride=2, dilation=2", 3, ""),
    ("Stride 3 above the kernel: holes", "2, stride=3", 4, ""),
    ("Kernel 4, stride 2: an even overlap", "4, stride=2, padding=1", 5, ""),
    ("Kernel 3, stride 2: a checkerboard", "3, stride=2, padding=1", 5, ""),
    ("Kernel 3, stride 2, as a gather", "3, stride=2, padding=1", 5, GATHER),
    ("Padding on one end only, as Keras' \"same\"", "3, stride=2, padding=[(0, 1)]", 5, ""),
    ("Padding above l(K-1): the input is cropped", "2, padding=[(3, 1)]", 6, GATHER),
    ("The same, as a crop of the output", "2, padding=[(3, 1)]", 6, ""),
    ("Three axes: the planes of the volume side by side", "(2, 2, 2), stride=2", 2, ""),
    ("The same as a gather, kernel 3 on the planes", "(2, 3, 3), stride=(2, 1, 1)", 2, GATHER),
]  # fmt: skip


def build(*_):
    """Write the parts of the page; connected to the start of the documentation build."""
    OUT.mkdir(exist_ok=True)
    parts = plots.animation_parts()
    for name, entries in (("convolutions", CONVOLUTIONS), ("transposes", TRANSPOSES)):
        text = "\n".join(entry(*each) for each in entries)
        (OUT / f"{name}.html").write_text(parts + text, encoding="utf-8")
        parts = ""  # once a page
    not_inverse(OUT / "not_inverse.png")
    overlaps(OUT / "overlap_even.png")


def call(g, size, more):
    """Return the call that draws an entry."""
    return CALL.format(g=g, size=size, more=more)


def entry(title, g, size, more):
    """Return the HTML of one entry: the title, the call, what it draws."""
    text = call(g, size, more)
    drawn = eval(f"{text[:-1]}, parts=False)", {"sd": sd})
    return (
        f'<section class="geometry"><h4>{html.escape(title)}</h4>'
        f"<pre>{html.escape(text)}</pre>{drawn}</section>"
    )


def not_inverse(path):
    """A convolution, its transpose and its inverse, in numbers."""
    x, w = np.array([1.0, 2.0, 4.0, 3.0]), np.array([1.0, 2.0, 0.5])
    A = sd.transposed.layer_operator(w, ConvGeometry(3, padding=1), 4)
    y = A(x)
    back, inverse = A.adjoint(y), np.linalg.solve(A.to_dense(), y)
    fig = sd.plots.numbers(
        [
            [("x", x), "∗", ("kernel", w), "=", ("y", y)],
            [("y", y), "∗ᵀ", ("kernel", w), "=", ("transpose: not x", back)],
            [("y", y), "∗⁻¹", ("kernel", w), "=", ("inverse: it is x", inverse)],
        ]
    )
    fig.savefig(path, dpi=260, bbox_inches="tight", pad_inches=0.03)  # read on a phone, too


def overlaps(path):
    """The taps on each output sample of three layers."""
    with style.context():
        fig = style.figure(2.3)
        panels = fig.subplots(1, 3)
        for axes, (k, s) in zip(panels, ((3, 2), (4, 2), (5, 3)), strict=True):
            g = ConvGeometry((k, k), stride=s)
            count = np.outer(*g.overlap((4, 4)))
            axes.imshow(count, "YlGnBu", vmin=0, vmax=5)
            for (r, c), v in np.ndenumerate(count):
                axes.text(c, r, v, ha="center", va="center", size=7, color="k" if v < 4 else "w")
            how = "even" if g.overlap_is_even else "checkerboard"
            axes.set_title(f"kernel {k}, stride {s}: {how}")
            axes.axis("off")
        fig.savefig(path, dpi=160)
