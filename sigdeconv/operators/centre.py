"""The centre of a kernel: the sample that stands for zero displacement, an index or a word.

Which sample of a kernel stands for zero displacement is a matter of what made the data. For a
response in time, such as a decay or a delay, it is the first: ``centre="start"``. For

- `scipy.ndimage.convolve` and convolution layers of padding ``same`` it is the middle;
- ``mode="same"`` of `numpy.convolve` and `scipy.signal.convolve`, kernel not longer than the
  signal, it is ``(K - 1) // 2``, one less than the middle where K is even;
- ``mode="full"``, or `scipy.signal.lfilter`, whose output is the start of it, it is the first,
  and nothing came before the signal: ``centre="start", boundary="zero"``, the signal being as
  long as the data;
- ``mode="valid"`` it is a matter of naming: the data begin with the sample that the whole
  kernel reaches first, and the middle is as good as any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, SupportsIndex, get_args

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv._checks import one_of
from sigdeconv.geometry.axes import axis_index

__all__ = ["CENTRES", "Centre", "CentreWord", "centre_of", "has_words", "peak_of", "without_zeros"]

CentreWord = Literal["middle", "start", "peak"]
CENTRES: Final[tuple[CentreWord, ...]] = get_args(CentreWord)
# What is below this part of the largest sample is lost in the rounding of a convolution.
LOST: Final = 1e-15
Centre = CentreWord | SupportsIndex | Sequence[SupportsIndex | CentreWord]


def centre_of(centre: Centre | None, kernel: NumpyArray) -> tuple[int, ...]:
    """Return the index of the centre of a kernel.

    Parameters
    ----------
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        ``middle``, the default, is ``n // 2`` on each axis; ``start`` the first sample, ``peak``
        the sample of largest magnitude. An index has one entry an axis, each a whole number, which
        may lie outside the kernel, or a word; in 1-D it may be one number.
    kernel : ndarray
        The kernel.

    Raises
    ------
    TypeError, ValueError
        If it is anything else.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.operators.centre import centre_of
    >>> kernel = np.array([[1.0, 2.0, 0.0, 0.0], [1.0, -5.0, 0.0, 0.0]])
    >>> centre_of(None, kernel), centre_of("peak", kernel), centre_of(("start", 2), kernel)
    ((1, 2), (1, 1), (0, 2))
    """
    if centre is None:
        centre = "middle"
    if isinstance(centre, str):
        centre = (centre,) * kernel.ndim
    if has_words(centre):
        values: Any = centre  # a sequence, since it has words
        entries: Any = [_entry(k, value, kernel) for k, value in enumerate(values)]
        return axis_index("centre", entries, kernel.ndim)
    return axis_index("centre", centre, kernel.ndim)


def peak_of(kernel: NumpyArray) -> tuple[int, ...]:
    """Return the index of the sample of largest magnitude, the first of several."""
    flat = int(np.argmax(np.abs(kernel)))
    return tuple(int(i) for i in np.unravel_index(flat, kernel.shape))


def without_zeros(
    kernel: NumpyArray, centre: tuple[int, ...]
) -> tuple[NumpyArray, tuple[int, ...]]:
    """Return the kernel without planes of zeros around it, and the index of its first sample.

    The centre stays inside, where it was.
    """
    used = np.abs(kernel) > LOST * np.max(np.abs(kernel))
    slices = []
    for axis, (n, c) in enumerate(zip(kernel.shape, centre, strict=True)):
        others = tuple(k for k in range(kernel.ndim) if k != axis)
        (at,) = np.nonzero(np.any(used, axis=others))
        if at.size == 0:
            return kernel, (0,) * kernel.ndim
        low, high = int(at[0]), int(at[-1])
        if 0 <= c < n:
            low, high = min(low, c), max(high, c)
        else:
            low, high = (0, high) if c < 0 else (low, n - 1)
        slices.append(slice(low, high + 1))
    return kernel[tuple(slices)], tuple(s.start for s in slices)


def has_words(centre: Any) -> bool:
    """Tell whether a centre is a word, or has one among its entries."""
    listed = isinstance(centre, (tuple, list))
    return isinstance(centre, str) or (listed and any(isinstance(v, str) for v in centre))


def _entry(axis: int, value: Any, kernel: NumpyArray) -> Any:
    """Return one entry, a word made the index that it stands for."""
    if not isinstance(value, str) or axis >= kernel.ndim:
        return value
    word = one_of("centre", value, CENTRES)
    n = kernel.shape[axis]
    return {"middle": n // 2, "start": 0}.get(word) if word != "peak" else peak_of(kernel)[axis]
