"""The inverse filter: divide the spectra, X = Y / H, and three ways to survive the zeros.

Dividing restores the values exactly when H has no zero, the border is known and there is no noise,
and explodes otherwise. ``threshold`` makes it usable: frequencies with |H| below it are dropped
(truncated, the spectral pseudo-inverse), or divided by the threshold instead (water level).
(Clayton & Wiggins 1976, doi:10.1111/j.1365-246X.1976.tb01267.x, for the water level.)
"""

from __future__ import annotations

from typing import Any

from sigdeconv._array import Array, namespace
from sigdeconv.inverse._spectrum import BY_SPECTRA, bin_spectrum
from sigdeconv.inverse._torus import make_torus
from sigdeconv.method import Estimate, method
from sigdeconv.operators.convolution import Convolution

__all__ = ["inverse"]


@method()
def inverse(
    y: Array, A: Convolution, *, threshold: float | str | None = None, form: str = "truncated"
) -> Estimate:
    """FFT division, plain or with a threshold (truncated or water-level).

    Parameters
    ----------
    threshold : float or "auto", optional
        Smallest |H| to divide by, as a fraction of the largest. None divides by everything that is
        not zero to rounding: the plain division, which shows what noise does to it. ``"auto"``
        finds it from the data: the threshold with the least expected error for the spectra of
        signal and noise that are most likely.
    form : {"truncated", "water-level"}
        What to do below the threshold: drop the frequency, or divide by the threshold and keep the
        phase.

    Raises
    ------
    ValueError
        If `threshold` is neither in [0, 1] nor "auto", `form` is unknown, or the operator has a
        stride or a mask (there is no spectrum to divide then).

    Notes
    -----
    With boundary ``periodic`` this is the exact inverse. For any other boundary the data are
    continued smoothly around a wider periodic grid before the division.

    References
    ----------
    .. [1] R. W. Clayton and R. A. Wiggins, "Source shape estimation and deconvolution of
           teleseismic bodywaves", Geophys. J. Int. 47, 1976,
           :doi:`10.1111/j.1365-246X.1976.tb01267.x`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> x = np.array([0.0, 1.0, 5.0, 2.0, 0.0])
    >>> A = sd.Convolution([1.0, 4.0, 2.0], x.shape, "periodic")
    >>> np.round(sd.inverse(A(x), A), 12) + 0.0
    array([0., 1., 5., 2., 0.])
    """
    auto = isinstance(threshold, str) and threshold == "auto"
    fraction = isinstance(threshold, (int, float)) and 0 <= threshold <= 1
    if not (threshold is None or auto or fraction):
        raise ValueError(
            f"threshold must be a fraction in [0, 1], 'auto' or None; got {threshold!r}"
        )
    if form not in ("truncated", "water-level"):
        raise ValueError(f"form must be 'truncated' or 'water-level'; got {form!r}")
    if A.mask is not None or A.stride != (1,) * y.ndim:
        raise ValueError(
            "psf: the inverse filter needs every sample, and the operator has a mask or a stride; "
            "use tikhonov or cgls"
        )
    if A.out_shape != A.shape and A.boundary != "unknown":
        raise ValueError(
            f"psf: the inverse filter needs as many data as samples, and the operator makes "
            f"{A.out_shape} of {A.shape}; use boundary='unknown', tikhonov or cgls"
        )
    found: dict[str, Any] = {}
    if auto:
        bins = bin_spectrum(y, A)
        law = bins.fit()
        threshold = bins.least_threshold(law)
        found = {"threshold": threshold, "noise_std": law.noise**0.5, "rule": BY_SPECTRA}
    xp = namespace(y)
    torus = make_torus(A if A.boundary == "periodic" else _free_border(A), y)
    spectrum = torus.to_spectrum(torus.continued(y))
    gain = xp.abs(torus.otf)
    top = float(xp.max(gain))
    # Below the rounding of the transfer function itself there is nothing to divide by.
    rounding = 4 * float(xp.finfo(gain.dtype).eps)
    level = max(rounding if threshold is None else float(threshold), rounding) * top
    low = gain < level
    if form == "water-level" and threshold is not None:
        phase = torus.otf / xp.where(gain > 0, gain, xp.ones_like(gain))
        phase = xp.where(gain > 0, phase, xp.ones_like(phase))
        otf = xp.where(low, phase * level, torus.otf)
        x = spectrum / otf
    else:
        divided = spectrum / xp.where(low, xp.ones_like(spectrum), torus.otf)
        x = xp.where(low, xp.zeros_like(spectrum), divided)
    lost = float(xp.mean(xp.astype(low, gain.dtype)))
    domain = torus.to_signal(x)
    if A.boundary not in ("periodic", "unknown"):
        domain = domain[torus.A.window]
    domain = domain[tuple(slice(0, n) for n in A.shape)]
    return Estimate(domain, parameters=found | {"below_threshold": lost})


def _free_border(A: Convolution) -> Convolution:
    """Return `A`, or its like with an unknown border: division knows no mirrored samples."""
    if A.boundary == "unknown":
        return A
    return Convolution.for_data(
        A.psf, A.out_shape, centre=A.centre, dilation=A.dilation, workers=A.workers
    )
