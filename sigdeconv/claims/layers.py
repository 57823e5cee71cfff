"""What is said of the transposed layer: how it is made, what it restores, what its options mean."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.claims._lab import Evidence, Lab, claim, dense, scaled_error
from sigdeconv.claims.equations import Geometry, geometries
from sigdeconv.geometry import ConvGeometry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.transposed.layers import conv, conv_transpose


def stuffed_transpose(w: NumpyArray, y: NumpyArray, g: Geometry, extra: int) -> NumpyArray:
    """Return the transposed layer by its recipe.

    Put S - 1 zeros between the samples, frame with l(K-1) - P on both sides (a crop when negative)
    and `extra` at the end, and correlate with the flipped, l-dilated kernel at unit stride.
    """
    kernel = np.zeros(g.span)
    kernel[:: g.l] = w[::-1]
    stuffed = np.zeros((y.size - 1) * g.S + 1)
    stuffed[:: g.S] = y
    frame = g.span - 1
    wide = np.pad(stuffed, (frame, frame + extra))
    whole: NumpyArray = np.correlate(wide, kernel, "valid")
    return whole[g.P : whole.size - g.P] if g.P else whole


@claim(11, "Deconvolution layers upsample and keep the connectivity, with trainable parameters.")
def upsample(lab: Lab) -> Evidence:
    """Compute transposed layers of 8 samples: are there more samples, between the same pairs?"""
    cases, kept = {}, True
    for K, S, P in ((4, 2, 1), (3, 1, 0), (3, 1, 1), (5, 1, 4), (3, 2, 6)):
        x = conv_transpose(np.ones((1, 8)), np.ones((1, 1, K)), stride=S, padding=P)[0]
        cases[f"kernel {K}, stride {S}, padding {P}: 8 -> {x.size}"] = x.size > 8
        A = dense(np.ones(K), x.size, stride=S, padding=P)
        kept &= bool(np.array_equal(lab.transpose(A) != 0, A.to_dense().T != 0))
    right = sum(
        (size > g.counted) == ((g.counted - 1) * (g.S - 1) + g.l * (g.K - 1) > 2 * g.P)
        for g in geometries()
        for size in (g.axis.smallest_input(g.counted),)
    )
    return Evidence(
        cases | {"an output sample is joined to the inputs that it went into": kept},
        f"{'; '.join(cases)}; the condition tells it in {right} of {len(geometries())} geometries",
        "(H-1)(S-1) + l(K-1) is above 2P; a stride above 1 alone is not enough",
        {"right": right},
    )


@claim(12, "It is done by inserting zeros into the input, then one unit-stride convolution.")
def by_zero_stuffing(lab: Lab) -> Evidence:
    """Hold the recipe against the transpose of the operator, in values, over all geometries."""
    if "recipe" in lab.kept:
        return lab.kept["recipe"]
    worst, equal, layered = 0.0, 0, 0
    for g in geometries():
        w = np.random.default_rng(lab.rng).standard_normal(g.K)
        y = np.random.default_rng(lab.rng + 1).standard_normal(g.counted)
        A = dense(w, g.H, stride=g.S, dilation=g.l, padding=g.P, path="direct")
        x, expected = stuffed_transpose(w, y, g, g.remainder), lab.back(A, y)
        error = float(np.max(np.abs(x - expected)))
        worst, equal = max(worst, error), equal + (error < 1e-12)
        found = np.asarray(
            conv_transpose(
                y[None], w[None, None], stride=g.S, padding=g.P, dilation=g.l,
                output_padding=g.remainder,
            )
        )[0]  # fmt: skip
        layered += found.shape == x.shape and bool(np.max(np.abs(found - x)) < 1e-12)
    total = len(geometries())
    lab.kept["recipe"] = Evidence(
        {
            f"the adjoint, all {total} geometries": equal == total,
            f"the layer here, all {total} geometries": layered == total,
        },
        f"equal to the adjoint in {equal} of {total} geometries, to {worst:.0e}, and to the layer "
        f"in {layered}",
        "the kernel is flipped and dilated, the frame is l(K-1) - P, and the remainder a is added "
        "at the far end",
        {"equal": equal, "worst": worst, "layered": layered},
    )
    return lab.kept["recipe"]


@claim(13, "A deconvolution layer reverses the process of a convolution layer.")
def reverses_layer(lab: Lab) -> Evidence:
    """Look at shape and values after a layer and its transpose."""
    x = lab.draw(16)
    A = dense([1.0, 2.0, 3.0], 16, stride=1, padding=1)
    back = lab.back(A, A(x))
    error = scaled_error(x, back)
    return Evidence(
        {"the shape": back.shape == x.shape, "the values": error < 1e-6},
        f"shape {x.size} -> {A.out_shape[0]} -> {back.size}; best-scaled error {error:.2f}",
        "shape is meant, not values",
        {"error": error},
    )


@claim(14, "Transposed convolution restores the dimensions, not the values.")
def dimensions_not_values(lab: Lab) -> Evidence:
    """Count the geometries whose size comes back; find a layer whose values do."""
    plain = [(g.remainder, g.axis.smallest_input(g.counted) == g.H) for g in geometries()]
    exact = sum(back for _, back in plain)
    added = sum(
        conv_size(g, g.remainder) == g.H for g in geometries() if g.remainder < max(g.S, g.l)
    )
    haar = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
    layers = [dense(w, 16, stride=2, padding="valid") for w in haar]
    x = lab.draw(16)
    whole = np.sum([lab.back(A, A(x)) for A in layers], axis=0)
    error = float(np.max(np.abs(whole - x)))
    blur = dense([1.0, 2.0, 1.0], 16, padding=1)
    lost = scaled_error(x, lab.back(blur, blur(x)))
    return Evidence(
        {
            "dimensions, a = 0": all(back for a, back in plain if a == 0),
            "dimensions, output_padding = a": added == len(geometries()),
            "dimensions, a > 0 without output_padding": any(back for a, back in plain if a > 0),
            "values lost, a 3-tap blur": lost > 1e-6,
            "values lost, two-channel Haar with K = S = 2": error > 1e-6,
        },
        f"the size comes back in {exact} of {len(geometries())}, with output_padding = a in "
        f"{added}; Haar (C'C = 1) restores the values to {error:.0e}",
        "a = 0 or output_padding = a; and C'C is not the identity",
        {"exact": exact, "added": added, "haar": error},
    )


def conv_size(g: Geometry, extra: int) -> int:
    """Return the size that the transposed layer gives with that output padding."""
    layer = ConvGeometry(g.K, g.S, g.P, g.l, extra)
    return layer.transposed_size(g.counted)[0]


@claim(16, "An identity filter only enlarges.")
def identity_enlarges(lab: Lab) -> Evidence:
    """Upsample 1, 2, 3 by a delta, a box and a triangle."""
    y = np.array([1.0, 2.0, 3.0])
    delta = lab.transpose(dense([1.0], 5, stride=2)) @ y
    box = lab.transpose(dense([1.0, 1.0], 6, stride=2, padding="valid")) @ y
    triangle = lab.transpose(dense([0.5, 1.0, 0.5], 5, stride=2, padding=1)) @ y
    nearest, linear = np.repeat(y, 2), np.array([1.0, 1.5, 2.0, 2.5, 3.0])
    return Evidence(
        {
            "delta: the samples, enlarged": bool(np.all(delta > 0)),
            "box K = S: nearest neighbour": bool(np.allclose(box, nearest)),
            "triangle K = 2S-1, P = S-1: linear": bool(np.allclose(triangle, linear)),
        },
        f"delta gives ({', '.join(f'{v:g}' for v in delta)})",
        "the kernel is a box (nearest) or a triangle (linear); a delta leaves zeros in between",
    )


@claim(17, "With the same hyper-parameters g(f(X)) has the shape of X.")
def same_shape(lab: Lab) -> Evidence:
    """Run the textbook's own layer, kernel 5, padding 2, stride 3, on sizes 16, 17 and 18."""
    w = np.ones((1, 1, 5))
    cases, sizes = {}, []
    for H in (16, 17, 18):
        y = conv(np.ones((1, H)), w, stride=3, padding=2)
        back = conv_transpose(y, w, stride=3, padding=2)
        sizes.append(f"{H} -> {y.shape[1]} -> {back.shape[1]}")
        cases[sizes[-1]] = back.shape == (1, H)
    return Evidence(
        cases, "; ".join(sizes), "the remainder is 0, or output_padding makes up for it",
        universal=True,
    )  # fmt: skip


@claim(18, "Zeros added by padding do not affect the dot product.")
def harmless_zeros(lab: Lab) -> Evidence:
    """Convolve a constant with a kernel of sum one, zero-padded."""
    A = Convolution(np.full(5, 0.2), (20,), "zero")
    y = A(np.ones(20))
    return Evidence(
        {"inside": bool(np.allclose(y[2:-2], 1)), "at the border": bool(np.allclose(y, 1))},
        f"a constant 1 becomes {y[0]:.1f} at the edge: the border loses {100 * (1 - y[0]):.0f} %",
        "away from the border; they darken the frame",
        {"edge": float(y[0])},
    )


@claim(20, "The figures: 7x7, with padding 5x5; strides (2,2) take 3x3 to 5x5.")
def figures(lab: Lab) -> Evidence:
    """Compute the layers of the figures, in two dimensions."""
    w = np.ones((1, 1, 3, 3))
    shapes = {}
    for size, stride, padding in ((5, 1, 0), (5, 1, 1), (3, 2, 1)):
        x = np.ones((1, size, size))
        y = conv_transpose(x, w, stride=stride, padding=padding)
        shapes[size, stride, padding] = y.shape[1:]
    return Evidence(
        {
            "5x5 in, kernel 3, transposed without padding: 7x7": shapes[5, 1, 0] == (7, 7),
            "5x5 in, kernel 3, transposed with padding 1: 5x5": shapes[5, 1, 1] == (5, 5),
            "3x3 in, kernel 3, strides (2, 2), padding 1: 5x5": shapes[3, 2, 1] == (5, 5),
        },
        "; ".join(
            f"{size}x{size} in, K 3, S {stride}, P {padding} gives {rows}x{columns}"
            for (size, stride, padding), (rows, columns) in shapes.items()
        ),
        "the kernel size, stride and padding are stated with them",
    )


@claim(22, "padding: dilation * (kernel - 1) - padding zeros are added on both sides.")
def zeros_added(lab: Lab) -> Evidence:
    """Hold the frame against the transpose, also where it is negative."""
    evidence = by_zero_stuffing(lab)
    g = Geometry(1, 3, 1, 3, 1)
    cropped = stuffed_transpose(np.ones(3), np.arange(1.0, 6.0), g, 0)
    layer = conv_transpose(np.arange(1.0, 6.0)[None], np.ones((1, 1, 3)), padding=3)[0]
    frames = sum(g.axis.frame[0] == g.l * (g.K - 1) - g.P for g in geometries())
    as_crop = cropped.shape == layer.shape == (1,) and bool(np.allclose(cropped, layer))
    return Evidence(
        evidence.cases
        | {"the frame of the layers here": frames == len(geometries())}
        | {"P above l(K-1), as a crop": as_crop},
        f"{evidence.measured}; 5 in, K 3, P 3 gives {layer.size} out",
        "it is read as a crop when P exceeds l(K-1)",
        evidence.figures,
    )


@claim(23, "output_padding is padding of zeros that the layer adds to its output.")
def output_padding_zeros(lab: Lab) -> Evidence:
    """Compute the extra samples: are they zeros?"""
    w, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0])
    short = lab.transpose(dense(w, 5, stride=2, padding=1)) @ y
    long = lab.transpose(dense(w, 6, stride=2, padding=1)) @ y
    return Evidence(
        {"the extra sample is zero": bool(abs(long[-1]) < 1e-12)},
        f"{short.size} samples become {long.size}; the extra one is {long[-1]:g}",
        "it picks one of the S sizes, and the sample is computed like any other",
        {"extra": float(long[-1])},
    )


@claim(24, "The padding is (l-1)(K-1) - P; it differs as the framework's dilation is l - 1.")
def other_padding(lab: Lab) -> Evidence:
    """Compare with the frame of the transpose, and measure what the framework's dilation is."""
    same = [(g.l - 1) * (g.K - 1) - g.P == g.axis.frame[0] for g in geometries()]
    only = all(s == (g.K == 1) for s, g in zip(same, geometries(), strict=True))
    pair = all(
        (2 * (l - 1) * (K - 1) == (l + 1) * (K - 1)) == (l == 3 or K == 1)
        for l in range(1, 8) for K in range(1, 8)
    )  # fmt: skip
    impulse = np.eye(1, 9, 4)
    taps = conv_transpose(impulse, np.ones((1, 1, 3)), dilation=3)[0]
    spacing = int(np.diff(np.flatnonzero(taps))[0])
    return Evidence(
        {
            "K = 1, where there is nothing to dilate": any(same),
            "K > 1": any(s for s, g in zip(same, geometries(), strict=True) if g.K > 1),
            "the framework's dilation is l - 1, the number of gaps": spacing == 3 + 1,
        },
        f"equals l(K-1) - P in {sum(same)} of {len(same)}, K = 1 only: {only}; equals eq. 6 only "
        f"for l = 3 or K = 1: {pair}; dilation 3 puts the taps {spacing} samples apart",
        "the frame is l(K-1) - P; l is the spacing in eq. 1, as in the framework",
        {"equal": sum(same), "spacing": spacing},
        universal=True,
    )


@claim(25, "The same parameters make the two inverses in shape; a stride above 1 is ambiguous.")
def inverses_in_shape(lab: Lab) -> Evidence:
    """Check both halves of the sentence over all geometries."""
    back = [g.axis.smallest_input(g.axis.output_size(g.H)) == g.H for g in geometries()]
    unit = all(b for b, g in zip(back, geometries(), strict=True) if g.S == 1)
    ambiguous = any(not b for b, g in zip(back, geometries(), strict=True) if g.S > 1)
    return Evidence(
        {"stride 1: the shape comes back": unit, "stride above 1: it may not": ambiguous},
        f"shape restored in {sum(back)} of {len(back)}, in all with stride 1: {unit}",
        figures={"restored": sum(back)},
    )
