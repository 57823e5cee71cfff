"""What is said of the transposed layer: how it is made, what it restores, what its options mean."""

from __future__ import annotations

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.claims._lab import Evidence, Lab, claim, dense
from sigdeconv.claims.equations import Geometry, geometries
from sigdeconv.operators.convolution import Convolution


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
    """Measure the size of transposed layers, with small and large padding."""
    cases = {}
    for K, S, P in ((4, 2, 1), (3, 1, 0), (3, 1, 1), (5, 1, 4)):
        size = (8 - 1) * S - 2 * P + K
        x = lab.transpose(dense(np.ones(K), size, stride=S, padding=P)) @ np.ones(8)
        cases[f"kernel {K}, stride {S}, padding {P}: 8 -> {x.size}"] = x.size > 8
    return Evidence(
        cases,
        "; ".join(cases),
        "the stride is above 1, or the padding below (K-1)/2 at stride 1",
    )


@claim(12, "It is done by inserting zeros into the input, then one unit-stride convolution.")
def by_zero_stuffing(lab: Lab) -> Evidence:
    """Hold the recipe against the transpose of the operator, in values, over all geometries."""
    worst, equal = 0.0, 0
    for g in geometries():
        w = np.random.default_rng(lab.rng).standard_normal(g.K)
        y = np.random.default_rng(lab.rng + 1).standard_normal(g.counted)
        A = dense(w, g.H, stride=g.S, dilation=g.l, padding=g.P, path="direct")
        x, expected = stuffed_transpose(w, y, g, g.remainder), lab.transpose(A) @ y
        error = float(np.max(np.abs(x - expected)))
        worst, equal = max(worst, error), equal + (error < 1e-12)
    return Evidence(
        {f"all {len(geometries())} geometries": equal == len(geometries())},
        f"equal to the adjoint in {equal} of {len(geometries())} geometries, to {worst:.0e}",
        "the kernel is flipped and dilated, the frame is l(K-1) - P, and the remainder a is added "
        "at the far end",
        {"equal": equal, "worst": worst},
    )  # fmt: skip


@claim(13, "A deconvolution layer reverses the process of a convolution layer.")
def reverses_layer(lab: Lab) -> Evidence:
    """Look at shape and values after a layer and its transpose."""
    x = lab.draw(16)
    A = dense([1.0, 2.0, 3.0], 16, stride=1, padding=1)
    back = lab.transpose(A) @ A(x)
    scale = float(back @ x) / float(back @ back)
    error = float(np.linalg.norm(scale * back - x) / np.linalg.norm(x))
    return Evidence(
        {"the shape": back.shape == x.shape, "the values": error < 1e-6},
        f"shape {x.size} -> {A.out_shape[0]} -> {back.size}; best-scaled error {error:.2f}",
        "shape is meant, not values",
        {"error": error},
    )


@claim(14, "Transposed convolution restores the dimensions, not the values.")
def dimensions_not_values(lab: Lab) -> Evidence:
    """Count the geometries whose size comes back; find a layer whose values do."""
    exact = sum(g.remainder == 0 for g in geometries())
    haar = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
    C = np.concatenate([dense(w, 16, stride=2, padding="valid").to_dense() for w in haar])
    x = lab.draw(16)
    error = float(np.max(np.abs(C.T @ (C @ x) - x)))
    blur = dense([1.0, 2.0, 1.0], 16, padding=1)
    back = lab.transpose(blur) @ blur(x)
    lost = float(np.linalg.norm(back * (back @ x) / (back @ back) - x) / np.linalg.norm(x))
    return Evidence(
        {
            "dimensions, a = 0 or output_padding = a": exact > 0,
            "dimensions, a > 0 without output_padding": exact == len(geometries()),
            "values lost, a 3-tap blur": lost > 1e-6,
            "values lost, two-channel Haar with K = S = 2": error > 1e-6,
        },
        f"a = 0 in {exact} of {len(geometries())}; Haar (C'C = 1) restores the values to "
        f"{error:.0e}",
        "a = 0 or output_padding = a; and C'C is not the identity",
        {"exact": exact, "haar": error},
    )


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
    """Use the textbook's own layer, kernel 5, padding 2, stride 3, on sizes 16, 17 and 18."""
    cases, sizes = {}, []
    for H in (16, 17, 18):
        out = dense(np.ones(5), H, stride=3, padding=2).out_shape[0]
        back = (out - 1) * 3 - 4 + 5
        sizes.append(f"{H} -> {out} -> {back}")
        cases[sizes[-1]] = back == H
    return Evidence(
        cases, "; ".join(sizes), "the remainder is 0, or output_padding makes up for it"
    )


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


@claim(19, "Zeiler's deconvolution networks show how a CNN's features come about.")
def zeiler(lab: Lab) -> Evidence:
    """Rest on the papers: two different things carry the name."""
    return Evidence(
        {},
        "no experiment: the 2010 and 2011 papers (doi:10.1109/CVPR.2010.5539957, "
        "doi:10.1109/ICCV.2011.6126474) solve convolutional sparse coding, an inverse problem; the "
        "2014 one (doi:10.1007/978-3-319-10590-1_53) projects back by unpooling, rectification and "
        "flipped filters, an adjoint without an inverse",
        "the 2014 network is meant, which is an adjoint-like projection",
    )


@claim(20, "The figures: 7x7 with padding is 5x5; strides (2,2) take 3x3 to 5x5.")
def figures(lab: Lab) -> Evidence:
    """Compute the sizes of the figures' layers."""
    seven = [5 + 2 * P - 3 + 1 for P in (0, 1)]
    up = (3 - 1) * 2 - 2 + 3
    return Evidence(
        {
            "5 in, kernel 3, transposed without padding: 7": (5 - 1) + 3 == 7,
            "3 in, kernel 3, stride 2, padding 1: 5": up == 5,
        },
        f"3 in, K 3, S 2, P 1 gives {up}; 5 in, K 3, P 0 or 1 gives {seven[0]} or {seven[1]}",
        "the kernel size, stride and padding are stated with them",
    )


@claim(22, "padding: dilation * (kernel - 1) - padding zeros are added on both sides.")
def zeros_added(lab: Lab) -> Evidence:
    """Hold the frame against the transpose, also where it is negative."""
    evidence = by_zero_stuffing(lab)
    g = Geometry(1, 3, 1, 3, 1)
    cropped = stuffed_transpose(np.ones(3), np.arange(1.0, 6.0), g, 0)
    return Evidence(
        evidence.cases | {"P above l(K-1), as a crop": cropped.size == 1},
        f"{evidence.measured}; 5 in, K 3, P 3 gives {cropped.size} out",
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
    """Compare with l(K-1) - P over all geometries, and with eq. 6."""
    same = [(g.l - 1) * (g.K - 1) == g.l * (g.K - 1) for g in geometries()]
    only = all(s == (g.K == 1) for s, g in zip(same, geometries(), strict=True))
    pair = all(
        (2 * (l - 1) * (K - 1) == (l + 1) * (K - 1)) == (l == 3 or K == 1)
        for l in range(1, 8) for K in range(1, 8)
    )  # fmt: skip
    return Evidence(
        {"K = 1": any(same), "K > 1": all(same)} if any(same) else {"any": False},
        f"equals l(K-1) - P in {sum(same)} of {len(same)}, K = 1 only: {only}; equals eq. 6 only "
        f"for l = 3 or K = 1: {pair}",
        "K = 1, where there is nothing to dilate; l is the spacing in eq. 1, as in the framework",
        {"equal": sum(same)},
    )


@claim(25, "The same parameters make the two inverses in shape; a stride above 1 is ambiguous.")
def inverses_in_shape(lab: Lab) -> Evidence:
    """Check both halves of the sentence over all geometries."""
    back = [(g.counted - 1) * g.S - 2 * g.P + g.span == g.H for g in geometries()]
    unit = all(b for b, g in zip(back, geometries(), strict=True) if g.S == 1)
    ambiguous = any(not b for b, g in zip(back, geometries(), strict=True) if g.S > 1)
    return Evidence(
        {"stride 1: the shape comes back": unit, "stride above 1: it may not": ambiguous},
        f"shape restored in {sum(back)} of {len(back)}, in all with stride 1: {unit}",
        figures={"restored": sum(back)},
    )
