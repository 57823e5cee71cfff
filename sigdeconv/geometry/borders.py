"""What a signal is beyond its border, at each end of each axis, and what follows for sizes.

An end is one of six words, see `sigdeconv.operators.boundary`. With ``unknown`` nothing is assumed:
the signal goes on as far as the data look, and nothing is added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from sigdeconv import _fft
from sigdeconv._checks import one_of
from sigdeconv.geometry.axes import Pair, axis_pairs

__all__ = [
    "BOUNDARIES",
    "Boundary",
    "BoundaryWord",
    "Ends",
    "boundary_words",
    "check_boundary",
    "domain_of_data",
    "ends_of",
    "has_end",
    "padding_of",
]

# One word for all ends;
# a pair for the two ends of every axis; or an entry an axis, at least one of them a pair.
BoundaryWord = Literal["zero", "periodic", "reflect", "mirror", "nearest", "unknown"]
BOUNDARIES: tuple[BoundaryWord, ...] = get_args(BoundaryWord)
Ends = tuple[BoundaryWord, BoundaryWord]
Boundary = BoundaryWord | Ends | Sequence[BoundaryWord | Ends]


def domain_of_data(
    data: tuple[int, ...], span: tuple[int, ...], shift: tuple[int, ...], boundary: Any
) -> tuple[tuple[int, ...], tuple[Pair, ...] | None]:
    """Return the domain of a signal whose data have sizes `data`, and the padding if not the usual.

    `data` are counted at the resolution of the signal, `shift` is the place of the kernel's centre.
    An axis whose both ends are unknown has a domain that is fast to transform; at an end that is
    unknown beside one that is not, the domain goes as far as the data look.
    """
    border = check_boundary(boundary, len(data))
    if not has_end(border, "unknown"):
        return data, None
    ends = ends_of(border, len(data))
    sizes, padding = [], []
    for m, k, c, (start, end) in zip(data, span, shift, ends, strict=True):
        before, after = k - 1 - c, c
        if start == end == "unknown":
            # The spare samples would be data too; a negative padding at the end takes them off.
            size = _fft.next_fast_len(m + k - 1)
            before, after = 0, m + k - 1 - size
        else:
            size = m
            if start == "unknown" and before > 0:
                size, before = size + before, 0
            if end == "unknown" and after > 0:
                size, after = size + after, 0
        sizes.append(size)
        padding.append((before, after))
    return tuple(sizes), tuple(padding)


def ends_of(boundary: Boundary, ndim: int) -> tuple[Ends, ...]:
    """Return what a checked `boundary` is before and after each axis."""
    if isinstance(boundary, str):
        return ((boundary, boundary),) * ndim
    return tuple((e, e) if isinstance(e, str) else (e[0], e[1]) for e in boundary)


def has_end(boundary: Boundary, word: BoundaryWord) -> bool:
    """Tell whether a checked boundary is `word` at some end."""
    return any(word in ends for ends in ends_of(boundary, 1))


def boundary_words(boundary: Boundary) -> str:
    """Return a checked boundary in words: ``zero``, or ``zero/unknown`` for two ends."""
    if isinstance(boundary, str):
        return boundary
    ends = ends_of(boundary, len(boundary))
    return " x ".join(start if start == end else f"{start}/{end}" for start, end in ends)


def check_boundary(boundary: Any, ndim: int) -> Boundary:
    """Return `boundary` as one word for all ends, or a pair for each of `ndim` axes.

    Raises
    ------
    TypeError, ValueError
        If it is anything else; the message names the way out.
    """
    if isinstance(boundary, str):
        return _boundary_word(boundary)
    if not isinstance(boundary, (tuple, list)):
        raise TypeError(
            f"boundary must be one of {', '.join(BOUNDARIES)}, or a pair of them for the two ends "
            f"of an axis; got {boundary!r:.80}"
        )
    entries = list(boundary)
    if len(entries) == 2 and all(isinstance(e, str) for e in entries):
        entries = [tuple(entries)] * ndim  # the two ends of every axis
    if len(entries) != ndim:
        raise ValueError(
            f"boundary has {len(entries)} entries {boundary!r:.80}; expected a word, a pair "
            f"(before, after), or {ndim} of them, one for each of the axes"
        )
    found: list[Ends] = []
    for entry in entries:
        pair = (entry, entry) if isinstance(entry, str) else tuple(entry)
        if len(pair) != 2:
            raise ValueError(f"boundary: {entry!r:.60} must be a word or a pair (before, after)")
        start, end = map(_boundary_word, pair)
        if "periodic" in (start, end) and start != end:
            raise ValueError(
                f"boundary {(start, end)} has one end that is periodic; expected both, since each "
                "continues at the other"
            )
        found.append((start, end))
    words = {word for ends in found for word in ends}
    return words.pop() if len(words) == 1 else tuple(found)


def _boundary_word(boundary: Any) -> BoundaryWord:
    """Return one word, with the way out where it is another tool's."""
    other = {"wrap": "periodic", "circular": "periodic", "constant": "zero", "symmetric": "reflect"}
    if isinstance(boundary, str) and boundary in other:
        raise ValueError(
            f"boundary must be one of {', '.join(BOUNDARIES)}; got {boundary!r}, which is called "
            f"{other[boundary]!r} here"
        )
    return one_of("boundary", boundary, BOUNDARIES)


def padding_of(
    padding: Any, span: tuple[int, ...], shift: tuple[int, ...], boundary: Boundary
) -> tuple[Pair, ...]:
    """Return the samples added before and after on each axis.

    `span` is the width of the dilated kernel, `shift` the place of its centre. By default they are
    as many as the kernel looks at, and none at an end that is unknown.
    """
    ends = ends_of(boundary, len(span))
    if padding is None and any("unknown" in pair for pair in ends):
        return tuple(
            (0, 0)
            if pair == ("unknown", "unknown")
            else tuple(  # type: ignore[misc]  # of two ends, as zip made it
                min(width, 0) if word == "unknown" else width
                for width, word in zip((n - 1 - c, c), pair, strict=True)
            )
            for n, c, pair in zip(span, shift, ends, strict=True)
        )
    padding = "same" if padding is None else padding
    words = ("same", "valid", "full")
    if not isinstance(padding, str):
        pairs = axis_pairs("padding", padding, len(span), words=words)
    else:
        pairs = {
            "same": tuple((n - 1 - c, c) for n, c in zip(span, shift, strict=True)),
            "full": tuple((n - 1, n - 1) for n in span),
            "valid": ((0, 0),) * len(span),
        }[one_of("padding", padding, words)]
    if any(
        word == "unknown" and width > 0
        for pair, widths in zip(ends, pairs, strict=True)
        for word, width in zip(pair, widths, strict=True)
    ):
        raise ValueError(
            f"padding={padding!r} adds samples, but boundary={boundary!r} knows none to add; "
            "use padding='valid', or a boundary such as 'reflect'"
        )
    return pairs
