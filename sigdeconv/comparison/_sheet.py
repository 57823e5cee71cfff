"""A contact sheet: one picture restored with a row of kernels, for those who would rather look.

A kernel that is too narrow leaves blur, one that is too wide makes rings; between them lies the one
to use, and the eye finds it where a number does not.
"""

from __future__ import annotations

import dataclasses
import os
import re
import warnings
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _display
from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import integer
from sigdeconv._deconvolve import deconvolve
from sigdeconv.psf import from_spec
from sigdeconv.sanity import SanityWarning

__all__ = ["ContactSheet", "contact_sheet"]

_RANGE = re.compile(r"(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)")


@final
@dataclasses.dataclass(frozen=True, eq=False)
class ContactSheet:
    """A part of a picture, restored with each of several kernels.

    Attributes
    ----------
    data : ndarray of float64
        The part of the data.
    images : dict of str to ndarray
        Restorations, by the kernel in words.
    kernels : dict of str to ndarray
        The kernels.
    method : str
        The method.
    part : tuple of slice
        Where the part lies in the data.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> y = sd.simulate(sd.datasets.coins(), sd.psf.disk(3.0), noise=0.005, rng=0).y
    >>> sheet = sd.comparison.contact_sheet(y, "disk:1..4", size=96)
    >>> list(sheet.images)
    ['disk:1', 'disk:2', 'disk:3', 'disk:4']
    """

    data: NDArray[np.float64]
    images: dict[str, NDArray[np.float64]]
    kernels: dict[str, NDArray[np.float64]]
    method: str
    part: tuple[slice, ...]

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Return a figure: the data and every restoration, by the kernel in words."""
        return _display.draw(self, path, **options)


def contact_sheet(
    y: ArrayLike, kernels: str, *, count: int = 8, size: int = 256, method: str = "wiener"
) -> ContactSheet:
    """Restore a part of a picture with a row of kernels.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data.
    kernels : str
        A kernel in words, as `sigdeconv.psf.from_spec` takes it, one number of which is a range:
        ``disk:1..8``, ``gaussian:0.5..3``, ``motion:12,0..150``.
    count : int
        Kernels, evenly over the range; whole numbers are taken one by one where they are fewer
        than twice as many.
    size : int
        Size of the part in samples; it is where the picture has most detail.
    method : str
        A method, ``auto`` or ``best``.

    Returns
    -------
    ContactSheet
        Restorations and kernels; its ``plot`` draws them.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind, or `kernels` has no range.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> y = sd.simulate(sd.datasets.spectrum(200), sd.psf.gaussian(2.0, ndim=1)).y
    >>> sheet = sd.comparison.contact_sheet(y, "gaussian:1..3:ndim=1", count=5)
    >>> list(sheet.kernels)[:2]
    ['gaussian:1:ndim=1', 'gaussian:2:ndim=1']
    """
    values = to_numpy(as_float(y, "y"))
    if np.iscomplexobj(values) or values.ndim == 0:
        raise ValueError(f"y must be real with at least one axis; got dtype {values.dtype}")
    check_finite(values, "y")
    names = _spread(kernels, integer("count", count, least=2, most=64))
    part = _busiest(values, integer("size", size, least=8))
    found = {name: from_spec(name) for name in names}
    for name, psf in found.items():
        if psf.ndim != values.ndim:
            raise ValueError(
                f"kernels {name!r} has {psf.ndim} axes, y has {values.ndim}; add "
                f"':ndim={values.ndim}' where the model takes it"
            )
    data = values[part].astype(np.float64)
    with warnings.catch_warnings():  # most of these kernels are wrong, which the sheet shows
        warnings.simplefilter("ignore", SanityWarning)
        images = {
            name: np.asarray(deconvolve(data, psf, method=method).x) for name, psf in found.items()
        }
    return ContactSheet(data, images, found, method, part)


def _spread(text: str, count: int) -> list[str]:
    """Return the kernels in words that a range stands for."""
    if not isinstance(text, str):
        raise TypeError(f"kernels must be text such as 'disk:1..8'; got {type(text).__name__}")
    found = _RANGE.findall(text)
    if len(found) != 1:
        raise ValueError(
            f"kernels must have one range of numbers, such as 'disk:1..8'; got {text!r}"
        )
    low, high = (float(v) for v in found[0])
    if not low < high:
        raise ValueError(f"kernels must have a range that rises; got {text!r}")
    values = np.linspace(low, high, count)
    whole = low.is_integer() and high.is_integer()
    if whole and high - low + 1 < 2 * count:
        values = np.arange(low, high + 1)
    return [_RANGE.sub(f"{value:.3g}", text) for value in values]


def _busiest(values: NDArray[Any], size: int) -> tuple[slice, ...]:
    """Return where a window of a size has most detail, by its squared differences."""
    from scipy.ndimage import uniform_filter

    sizes = [min(size, n) for n in values.shape]
    rough = np.zeros(values.shape)
    for axis in range(values.ndim):
        rough += np.gradient(values.astype(np.float64), axis=axis) ** 2
    # Roots, so that one bright edge does not count for all.
    mean = uniform_filter(np.sqrt(rough), sizes, mode="constant")
    inside = tuple(
        slice(n // 2, n // 2 + total - n + 1) for n, total in zip(sizes, values.shape, strict=True)
    )
    at = np.unravel_index(int(np.argmax(mean[inside])), mean[inside].shape)
    return tuple(slice(int(a), int(a) + n) for a, n in zip(at, sizes, strict=True))
