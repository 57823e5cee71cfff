"""Whether a signal in time starts from rest: nothing came before its first sample.

A response that begins at its first sample sees the past alone. Data that begin at zero, to their
noise, while the rest of them is far from it, had no past.
"""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["starts_from_rest"]


@final
@dataclasses.dataclass(frozen=True)
class Rest:
    """What counts as rest.

    Attributes
    ----------
    samples : int
        Samples at the start that must be zero.
    deviations : float
        Standard deviations of the noise within which a sample counts as zero; their mean must be
        zero as well, as surely.
    rounding : float
        Or part of the largest sample, where there is no noise.
    contrast : float
        Size of the data, as a root mean square, over that within which a sample counts as zero:
        below it all of the data may be noise.
    """

    samples: int = 4
    deviations: float = 3.0
    rounding: float = 1e-3
    contrast: float = 2.0


REST = Rest()


def starts_from_rest(y: NumpyArray) -> bool:
    """Tell whether data in time begin at zero, to their noise, and do not stay there.

    Parameters
    ----------
    y : ndarray, shape (N,)
        The data.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.noise.rest import starts_from_rest
    >>> decay = np.exp(-np.arange(40) / 10)
    >>> starts_from_rest(np.concatenate([np.zeros(8), decay])), starts_from_rest(decay)
    (True, False)
    """
    first = y[: REST.samples]
    if y.ndim != 1 or y.size < 2 * REST.samples or not np.all(np.isfinite(first)):
        return False
    sizes = np.abs(y[np.isfinite(y)])
    bend = np.abs(y[:-2] - 2 * y[1:-1] + y[2:])
    noise = float(np.nanmedian(bend)) / (0.6745 * 6**0.5)
    zero = max(REST.deviations * noise, REST.rounding * float(np.max(sizes)))
    if np.max(np.abs(first)) > zero or abs(np.mean(first)) > zero / REST.samples**0.5:
        return False
    return float(np.sqrt(np.mean(sizes**2))) > REST.contrast * zero
