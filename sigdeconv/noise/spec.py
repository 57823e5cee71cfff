"""Noise models from what users write: a number, a line of text, or nothing."""

from __future__ import annotations

import math

from sigdeconv.noise.models import WRITTEN, Gaussian, Mixed, Noise, NoNoise, Poisson, checked_level

__all__ = ["as_noise"]


def as_noise(spec: Noise | float | str | None) -> Noise:
    """Return a noise model from a number, a line of text, or a model.

    Parameters
    ----------
    spec : Noise, float, str or None
        None or 0 is no noise; a number is the standard deviation as a fraction of the range of
        the clean signal; text mirrors the constructors: "gaussian:0.01" (sigma),
        "gaussian:relative=0.01", "gaussian:bsnr=40", "poisson:1000" (peak), "poisson:gain=3",
        "poisson:1000+gaussian:2", or a number as text.

    Returns
    -------
    Noise
        The model.

    Raises
    ------
    TypeError, ValueError
        If `spec` is none of these.

    Examples
    --------
    >>> from sigdeconv.noise import as_noise
    >>> as_noise("poisson:1000+gaussian:2").describe()
    'Poisson noise, peak 1000 counts + Gaussian noise, sigma 2'
    >>> as_noise(0.01)
    Gaussian(sigma=None, bsnr=None, relative=0.01)
    """
    if isinstance(spec, Noise):
        return spec
    if spec is None:
        return NoNoise()
    if isinstance(spec, str):
        return _from_text(spec)
    level = checked_level("noise", spec)
    return Gaussian(relative=level) if level else NoNoise()


def _from_text(text: str) -> Noise:
    try:
        return as_noise(float(text))
    except ValueError as error:
        if "must be" in str(error):
            raise
    if text.strip().lower() == "none":
        return NoNoise()
    parts = [_one(part, text) for part in text.split("+")]
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        first, second = parts
        if isinstance(first, Poisson) and isinstance(second, Gaussian):
            return Mixed(first, second)
    raise ValueError(f"noise must add gaussian to poisson; got {text!r}. Known: {WRITTEN}")


def _one(part: str, text: str) -> Gaussian | Poisson:
    name, _, argument = part.strip().partition(":")
    key, _, number = argument.rpartition("=")
    allowed = {"gaussian": ("", "sigma", "bsnr", "relative"), "poisson": ("", "peak", "gain")}
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if math.isnan(value) or key.strip() not in allowed.get(name, ()):
        raise ValueError(f"noise must be written as one of {WRITTEN}; got {text!r}")
    keywords = {key.strip() or ("sigma" if name == "gaussian" else "peak"): value}
    return Gaussian(**keywords) if name == "gaussian" else Poisson(**keywords)
