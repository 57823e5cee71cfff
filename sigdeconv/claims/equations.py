"""Equations 1 to 6 and what is concluded from them, scanned over 6160 geometries.

H size, K kernel, S stride, P padding, l dilation (1 is a dense kernel), a the remainder
(H + 2 P - [l (K - 1) + 1]) mod S. The truth is not a formula: the output size is counted position
by position, values come from the operator and its transpose, and sizes and frames are those of the
package, on which its operators and layers compute.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sigdeconv.claims._lab import Evidence, Lab, claim, dense
from sigdeconv.geometry import Axis
from sigdeconv.transposed.layers import conv_transpose


class Geometry(NamedTuple):
    """One layer applied to one size."""

    H: int
    K: int
    S: int
    P: int
    l: int

    @property
    def span(self) -> int:
        """Size of the dilated kernel."""
        return self.l * (self.K - 1) + 1

    @property
    def axis(self) -> Axis:
        """The layer as this package has it; the operators and layers compute on it."""
        return Axis(self.K, self.S, self.l, self.P, self.P, 0)

    @property
    def counted(self) -> int:
        """Number of positions at which the kernel fits, counted one by one."""
        padded = self.H + 2 * self.P
        return sum(1 for start in range(0, padded, self.S) if start + self.span <= padded)

    @property
    def remainder(self) -> int:
        """Samples that no position reaches."""
        return (self.H + 2 * self.P - self.span) % self.S


@functools.cache
def geometries() -> tuple[Geometry, ...]:
    """Return all geometries with H to 24, K to 5, S and l to 4, P to 4 and at most l (K - 1)."""

    def scan() -> Iterator[Geometry]:
        for H in range(1, 25):
            for K in range(1, 6):
                for S in range(1, 5):
                    for l in range(1, 5):
                        for P in range(min(4, l * (K - 1)) + 1):
                            if l * (K - 1) + 1 <= H + 2 * P:
                                yield Geometry(H, K, S, P, l)

    return tuple(scan())


def _scan(holds: dict[bool, int], where: str) -> dict[str, bool]:
    """Return cases for a formula that was right `holds[True]` times."""
    cases = {}
    if holds.get(True):
        cases[f"{holds[True]} geometries"] = True
    if holds.get(False):
        cases[f"{holds[False]} geometries{where}"] = False
    return cases


def _tally(outcomes: list[bool]) -> dict[bool, int]:
    return {True: sum(outcomes), False: len(outcomes) - sum(outcomes)}


@claim(26, "Eq. 1: H_out = floor((H_in + Pt + Pb - [l(K-1)+1]) / S) + 1.")
def output_size(lab: Lab) -> Evidence:
    """Hold eq. 1 against counted positions, and against the operators of this package."""
    tally = _tally([(g.H + 2 * g.P - g.span) // g.S + 1 == g.counted for g in geometries()])
    own = sum(g.axis.output_size(g.H) == g.counted for g in geometries())
    return Evidence(
        _scan(tally, "") | {"the operators here have as many samples": own == len(geometries())},
        f"{tally[False]} failures in {len(geometries())}; the operators agree in {own}",
        figures={"failures": tally[False], "geometries": len(geometries())},
    )


@claim(27, "Eq. 2: H_in = (H_out - 1) S - Pt - Pb + [l(K-1)+1], the inverse of eq. 1.")
def input_size(lab: Lab) -> Evidence:
    """Hold eq. 2 against the size that went in, and against the sizes that the layer takes."""
    exact, iff, corrected, least = [], [], [], []
    for g in geometries():
        back = (g.counted - 1) * g.S - 2 * g.P + g.span
        exact.append(back == g.H)
        iff.append((back == g.H) == (g.remainder == 0))
        corrected.append(back + g.remainder == g.H)
        least.append(list(g.axis.input_sizes(g.counted)) == sizes_from(back, g.S))
    tally = _tally(exact)
    return Evidence(
        _scan(tally, ", a > 0") | {"eq. 2 is the smallest of the sizes": all(least)},
        f"exact in {tally[True]} of {len(exact)}, exactly those with a = 0: {all(iff)}; "
        f"eq. 2 + a exact in {sum(corrected)}; the sizes are eq. 2 + {{0 .. S-1}} in {sum(least)}",
        "a = 0; it is the smallest input size, and the others are eq. 2 + {0 .. S-1}",
        {"exact": tally[True], "iff": float(all(iff)), "corrected": sum(corrected)},
    )


def sizes_from(first: int, stride: int) -> list[int]:
    """Return the sizes from `first`, as many as the stride, that exist."""
    return [n for n in range(first, first + stride) if n > 0]


@claim(28, "Eq. 3: the transposed size is H_out = (H_in - 1) S - Pt - Pb + [l(K-1)+1].")
def transposed_size(lab: Lab) -> Evidence:
    """Compute the layer on ones and count its samples; where none is left it must say so."""
    outcomes = []
    for g in {g._replace(H=min(g.H, 9)) for g in geometries()}:
        printed = (g.H - 1) * g.S - 2 * g.P + g.span
        x, w = np.ones((1, g.H)), np.ones((1, 1, g.K))
        try:
            y = conv_transpose(x, w, stride=g.S, padding=g.P, dilation=g.l)
        except ValueError:  # nothing is left
            outcomes.append(printed < 1)
            continue
        full = conv_transpose(x, w, stride=g.S, dilation=g.l)[0]
        reached = int(np.flatnonzero(full)[-1]) + 1 - 2 * g.P
        outcomes.append(y.shape[1] == printed == reached)
    tally = _tally(outcomes)
    return Evidence(
        _scan(tally, ""),
        f"{tally[False]} failures in {len(outcomes)} layers that were computed (output_padding 0)",
        "output_padding 0; in general it is added. Nothing is missing from eq. 3",
        {"failures": tally[False]},
    )


@claim(29, "Eq. 4: over the zero-stuffed, framed input H_out = [S(H_in-1)+1] + Pt' + Pb' - K + 1.")
def stuffed_size(lab: Lab) -> Evidence:
    """Compare with the transposed size, the frame being l(K-1) - P."""
    outcomes, corrected, plain = [], [], []
    for g in geometries():
        frame = g.axis.frame[0]
        true = g.axis.smallest_input(g.H)
        stuffed = g.S * (g.H - 1) + 1 + 2 * frame
        outcomes.append(stuffed - g.K + 1 == true)
        plain.append(outcomes[-1] == (g.l == 1 or g.K == 1))
        corrected.append(stuffed - g.l * (g.K - 1) == true)
    tally = _tally(outcomes)
    return Evidence(
        _scan(tally, ", l > 1 and K > 1"),
        f"exact in {tally[True]}, exactly those with l = 1 or K = 1: {all(plain)}; with l(K-1) in "
        f"place of K-1 in {sum(corrected)}",
        "the kernel is not dilated; the transpose of a dilated convolution has the dilated kernel",
        {"exact": tally[True], "corrected": sum(corrected), "iff": float(all(plain))},
    )


@claim(30, "Eq. 5: both sizes with symmetric padding, (H-1)S - 2P + [l(K-1)+1] and eq. 4 with 2P'.")
def symmetric_sizes(lab: Lab) -> Evidence:
    """Try both lines as statements about the size of the transposed layer."""
    total = len(geometries())
    first = sum(
        (g.H - 1) * g.S - 2 * g.P + g.span == g.axis.smallest_input(g.H) for g in geometries()
    )
    second = stuffed_size(lab)
    exact = int(second.figures["exact"])
    plain = bool(second.figures["iff"])
    return Evidence(
        {
            "first line, all geometries": first == total,
            "second line, l = 1 or K = 1": exact > 0 and plain,
            "second line, l > 1 and K > 1": exact == total,
        },
        f"first line exact in {first}, second line in {exact} of {total}",
        "first line always, second line for l = 1 or K = 1",
        {"first": first, "second": exact},
    )


@claim(31, "Eq. 6: the padding of the transposed layer is P' = (l+1)(K-1)/2 - P.")
def transposed_padding(lab: Lab) -> Evidence:
    """Compare with the frame l(K-1) - P, and the values with those of the transpose."""
    same = [(g.l + 1) * (g.K - 1) - 2 * g.P == 2 * g.axis.frame[0] for g in geometries()]
    iff = all(s == (g.l == 1 or g.K == 1) for s, g in zip(same, geometries(), strict=True))
    fraction = sum((g.l + 1) * (g.K - 1) % 2 for g in geometries())
    coincide, differ, single = 0, 0, 0
    for g in geometries():
        size = (g.counted - 1) * g.S - 2 * g.P + g.span
        if g.l == 1 or g.K == 1 or (g.l + 1) * (g.K - 1) % 2 or size < 1:
            continue
        agrees = _plain_kernel_agrees(g, lab)
        coincide += agrees
        differ += not agrees
        single += agrees and size == 1
    tally = _tally(same)
    return Evidence(
        _scan(tally, ", l > 1 and K > 1"),
        f"equals l(K-1) - P in {tally[True]}, exactly those with l = 1 or K = 1: {iff}; not an "
        f"integer in {fraction}; where it is, and l, K > 1, the values differ in {differ} and "
        f"coincide in {coincide}, {single} of them with a single output sample",
        "l = 1 or K = 1; the frame of the transpose is l(K-1) - P",
        {"equal": tally[True], "iff": float(iff), "fraction": fraction, "coincide": coincide},
    )


def _plain_kernel_agrees(g: Geometry, lab: Lab) -> bool:
    """Compare eq. 6 with a plain kernel over the stuffed input to the transpose, in values."""
    w = np.random.default_rng(lab.rng).standard_normal(g.K)
    y = np.random.default_rng(lab.rng + 1).standard_normal(g.counted)
    size = (y.size - 1) * g.S - 2 * g.P + g.span
    transpose = dense(w, size, stride=g.S, dilation=g.l, padding=g.P)
    x = lab.back(transpose, y)
    frame = (g.l + 1) * (g.K - 1) // 2 - g.P
    stuffed = np.zeros((y.size - 1) * g.S + 1)
    stuffed[:: g.S] = y
    stuffed = np.pad(stuffed, max(frame, 0))
    if frame < 0:
        stuffed = stuffed[-frame : stuffed.size + frame]
    if stuffed.size < g.K:
        return False
    plain = np.correlate(stuffed, w[::-1], "valid")
    return plain.size == x.size and bool(np.allclose(plain, x, atol=1e-12))


@claim(32, "The condition of the transposed layer is K >= 2P/(l+1) + 1.")
def condition(lab: Lab) -> Evidence:
    """Compare with a frame that is no crop, and compute the layers that the condition refuses."""
    tried = [(K, P, l) for K in range(1, 6) for P in range(9) for l in range(1, 5)]
    agree, between, computed = [], [], 0
    for K, P, l in tried:
        printed = (l + 1) * (K - 1) >= 2 * P
        own = Axis(K, 1, l, P, P, 0).frame[0] >= 0
        agree.append(printed == own)
        between.append((l + 1) * (K - 1) < 2 * P <= 2 * l * (K - 1))
        if not printed:
            layer = conv_transpose(np.ones((1, 20)), np.ones((1, 1, K)), padding=P, dilation=l)
            computed += layer.shape[1] == 20 - 2 * P + l * (K - 1)
    tally = _tally(agree)
    told = all(a != b for a, b in zip(agree, between, strict=True))
    refused = sum((l + 1) * (K - 1) < 2 * P for K, P, l in tried)
    return Evidence(
        _scan(tally, " refused by the one and allowed by the other")
        | {"a layer that it refuses cannot be computed": computed == 0},
        f"equals P <= l(K-1) in {tally[True]} of {len(agree)} (K, P, l), the others are those with "
        f"P above (l+1)(K-1)/2 and at most l(K-1): {told}; {computed} of {refused} that it refuses "
        f"are computed all the same",
        "P is not between (l+1)(K-1)/2 and l(K-1); the transpose's own condition is P <= l(K-1), "
        "and breaking it only crops",
        {"agree": tally[True], "computed": computed},
    )


@claim(33, "A transposed layer can give a range of sizes.")
def size_range(lab: Lab) -> Evidence:
    """Count the input sizes that a convolution maps to one output size."""
    outcomes = []
    for g in {g._replace(H=24) for g in geometries()}:
        sizes = [H for H in range(1, 40) if _count(H, g) == _count(24, g)]
        own = list(g.axis.input_sizes(_count(24, g)))
        outcomes.append(len(sizes) == g.S and sizes == own)
    tally = _tally(outcomes)
    return Evidence(
        _scan(tally, ""), f"exactly S sizes in {tally[True]} of {len(outcomes)} layers",
        figures={"layers": len(outcomes)},
    )  # fmt: skip


def _count(H: int, g: Geometry) -> int:
    return (H + 2 * g.P - g.span) // g.S + 1 if g.span <= H + 2 * g.P else 0


@claim(34, "The kernel of a transposed layer always moves by 1.")
def moves_by_one(lab: Lab) -> Evidence:
    """Take the layer apart: where does each input sample put its kernel?"""
    A = dense([1.0, 2.0, 3.0], 9, stride=2)
    T = lab.transpose(A)
    step = int(np.diff(np.argmax(T != 0, axis=0))[0])  # between first taps of two samples
    stuffed = np.zeros(2 * T.shape[1] - 1)
    stuffed[::2] = np.arange(1.0, T.shape[1] + 1)
    unit = np.convolve(stuffed, [1.0, 2.0, 3.0])
    same = bool(np.allclose(unit, T @ np.arange(1.0, T.shape[1] + 1)))
    return Evidence(
        {"zero-stuffed form, one unit-stride pass": same, "scatter form": step == 1},
        f"in the scatter form the kernel moves by {step}; the unit-stride pass over the stuffed "
        f"input gives the same values: {same}",
        "the input is stuffed with zeros; in the scatter form the kernel moves by S",
        {"step": step},
    )
