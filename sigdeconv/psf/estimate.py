"""The kernel that nobody gave: from the data alone, for families of few parameters.

A blur multiplies the power spectrum of a scene by the squared modulus of its transfer function. The
scene's own spectrum is not known, but it is alike for most scenes: a power law with smooth
deviations. The kernel is the one that makes the measured spectrum most likely, the scene
marginalised; `_marginal` has the model. The data are tapered, so that what lies beyond the border
does not matter. A spectrum has no phase: only symmetric kernels can be found in this way.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sigdeconv._array import ArrayLike, as_float, check_finite, to_numpy
from sigdeconv._checks import flag, one_of
from sigdeconv.psf._families import families
from sigdeconv.psf._search import search
from sigdeconv.psf._spectra import LEAST
from sigdeconv.psf._verdict import OTHERS, chosen, report
from sigdeconv.psf.kernel_estimate import KernelEstimate

__all__ = ["estimate"]

FamilyName = Literal["auto", "gaussian", "disk", "motion", "moffat", "airy"]


def estimate(
    y: ArrayLike, family: FamilyName = "auto", *, anisotropic: bool | None = None
) -> KernelEstimate:
    """Return the kernel that blurred the data, found from the data alone.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data: a window of a blurred scene with white noise, in any units.
    family : str
        ``gaussian``, ``disk`` (out of focus), ``motion`` (a straight line at constant speed, up to
        2-D), ``moffat`` (a star through the air), ``airy`` (a perfect lens, 2-D), or ``auto``,
        which takes the Gaussian unless another is clearly more likely.
    anisotropic : bool, optional
        Whether a Gaussian has a width of its own on each axis, and in 2-D an angle. By default from
        3-D on, where the axes of a stack differ; a photograph differs from axis to axis by itself.

    Returns
    -------
    KernelEstimate
        The kernel, its parameters with an interval, and a verdict. With the verdict ``no blur
        seen`` the kernel is a single one; with ``not identifiable`` it is the best guess, not to be
        relied on.

    Raises
    ------
    TypeError, ValueError
        If `y` is not real, not finite, has fewer than 32 samples on an axis (16 from 3-D on), or is
        constant; if `family` is not known or not made for that number of axes.

    Notes
    -----
    The scene is taken for one like photographs, whose spectra follow a power law. A page of text, a
    brick wall or a field of stars does not, and the interval does not know. It covers the noise and
    the usual variation of scenes. Blur of less than about 0.7 samples is not told from the own one
    of sharp pictures.

    References
    ----------
    .. [1] A. Levin, Y. Weiss, F. Durand, W. T. Freeman, "Understanding blind deconvolution
       algorithms", IEEE Trans. Pattern Anal. Mach. Intell. 33, 2354 (2011),
       :doi:`10.1109/TPAMI.2011.148`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> found = sd.psf.estimate(seen.y)
    >>> found.family, 1.9 < found.parameters["sigma"] < 2.1
    ('gaussian', True)
    """
    values = _data(y)
    wide = values.ndim > 2 if anisotropic is None else flag("anisotropic", anisotropic)
    allowed = ("gaussian", "disk", *(n for n in OTHERS.get(values.ndim, ()) if n != "disk"))
    one_of("family", family, ("auto", "gaussian", "disk", "motion", "moffat", "airy"))
    if family not in ("auto", *allowed):
        raise ValueError(
            f"family {family!r} is not made for {values.ndim}-D data; expected one of auto, "
            f"{', '.join(allowed)}"
        )
    if anisotropic and family not in ("auto", "gaussian"):
        raise ValueError(
            f"anisotropic is for a Gaussian; got family={family!r}. Leave it out, or use 'gaussian'"
        )
    if family == "auto":
        found = chosen(values, wide)
    else:
        found = search(values, families(family, values.shape, wide))
    return report(found, values.ndim)


def _data(y: ArrayLike) -> NDArray[np.float64]:
    """Return the data, checked."""
    values = to_numpy(as_float(y, "y"))
    if np.iscomplexobj(values):
        raise ValueError("y is complex; expected real data, such as its modulus")
    least = LEAST[min(values.ndim, 3)]
    if values.ndim == 0 or min(values.shape) < least:
        raise ValueError(
            f"y has the shape {values.shape}; expected at least {least} samples on each axis. A "
            f"kernel is not found from fewer; give it, or pass a larger array"
        )
    check_finite(values, "y")
    values = values.astype(np.float64)
    spread = float(np.ptp(values))
    if spread <= 1e-12 * max(float(np.max(np.abs(values))), 1e-300):
        raise ValueError(
            f"y is constant ({float(values.flat[0]):g}); expected a scene with detail, which a "
            f"constant has not: every kernel gives the same"
        )
    return np.asarray((values - values.min()) / spread)
