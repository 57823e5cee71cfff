"""Data held out: the iteration that predicts them best."""

from __future__ import annotations

import dataclasses
import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft
from sigdeconv._array import Array, as_float, is_complex, like, namespace, to_numpy
from sigdeconv.noise import Gaussian, Mixed, Poisson, identify_noise
from sigdeconv.stopping._rule import Rule, Run, State, StopReason, at_least, norm

__all__ = ["FRACTION", "Thinning", "as_rule", "mismatch", "split"]

_Numbers = NDArray[np.float64]


# A transfer function below this part of its largest value counts as this much: see `mismatch`.
WEAK = 0.4
FRACTION = 0.6  # of the light for the trial run
# Up to this number of iterations one more or less matters, and three splits decide: see `_few`.
FEW = 30
EXCESS = 0.5  # part of the noise of a smaller trial that is taken off


@final
@dataclasses.dataclass(frozen=True)
class Thinning(Rule):
    """Stop where data that were held out are predicted best.

    Every count goes to the first part of the data with probability `fraction` and is held out else:
    both parts are Poisson and independent. The method runs on the first part; the iteration at
    which its prediction is nearest to the second part is where it stops on all data. That doubles
    the time; where 30 iterations or fewer are enough, three such splits are averaged.

    Parameters
    ----------
    fraction : float
        Part of the light that the method sees in the trial run, between 0 and 1.
    rng : int or numpy.random.Generator
        Seed of the split.
    patience : float
        The trial run ends this many times beyond the best iteration so far, and three more.

    Notes
    -----
    The misfit is sum |FFT(A x - held)|^2 / max(|otf|, 0.4)^2: the error of the estimate, as far as
    the data can tell, rather than that of its blurred image. A smaller trial has more noise and so
    stops sooner, which makes up for the part of the error that the held-out data do not see; but
    for too much of it. What a split adds to the noise is known from two of them, which differ by
    twice that: half of it is taken off.

    Data that are not whole numbers from zero up are split with Gaussian noise of the variance that
    `sigdeconv.noise.identify_noise` finds in them. References: A. Neufeld et al., "Data thinning
    for convolution-closed distributions", J. Mach. Learn. Res. 25, 2024,
    :doi:`10.48550/arXiv.2301.07276`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise="poisson:500", rng=0)
    >>> sd.deconvolve(seen, method="richardson_lucy", stop=sd.stopping.Thinning()).stop.name
    'HELD_OUT'
    """

    fraction: float = FRACTION
    rng: int | np.random.Generator = 0
    patience: float = 1.3

    def __post_init__(self) -> None:
        at_least("fraction", self.fraction, above=True)
        if not self.fraction < 1:
            raise ValueError(f"fraction must be between 0 and 1; got {self.fraction!r}")
        at_least("patience", self.patience, 1.0)

    def bind(self, run: Run) -> Rule:
        """Make the trial run and return the rule that stops at the iteration it found."""
        draw = np.random.default_rng(self.rng)
        total = self._trial(run, draw)
        if int(np.argmin(total)) <= FEW:
            total = self._few(run, draw, total)
        return _At(int(np.argmin(total)))

    def _few(self, run: Run, draw: np.random.Generator, first: _Numbers) -> _Numbers:
        """Return the misfits of `first` and of two more splits, less half of the noise they add."""
        parts = [split(run.y, self.fraction, draw) for _ in range(2)]
        trials = [iter(run.again(seen)) for seen, _ in parts]
        total = first.copy()
        for k in range(len(first)):
            made = [step[1] for step in map(next, trials, (None, None)) if step is not None]
            if len(made) < 2:  # a method that ended by itself
                return total[:k]
            for Ax, (_, held) in zip(made, parts, strict=True):
                total[k] += mismatch(held, Ax, run.psf, run.mask)
            # Half of |A x - A x'|^2 is the noise that one of the three splits adds.
            total[k] -= EXCESS * 3 / 2 * mismatch(made[0], made[1], run.psf, run.mask)
        return total

    def _trial(self, run: Run, draw: np.random.Generator) -> _Numbers:
        """Return the misfit after every iteration, until well beyond the best."""
        seen, held = split(run.y, self.fraction, draw)
        found: list[float] = []
        at = 0
        for k, (_, Ax) in enumerate(run.again(seen)):
            found.append(mismatch(held, Ax, run.psf, run.mask))
            at = k if found[k] < found[at] else at
            if k >= self.patience * at + 3 or k >= run.most:
                break
        return np.array(found)

    def __call__(self, state: State) -> StopReason | None:
        """Go on: one state alone does not say."""
        return None


class _At(Rule):
    def __init__(self, num_iter: int) -> None:
        self.num_iter = num_iter

    def __call__(self, state: State) -> StopReason | None:
        return StopReason.HELD_OUT if state.num_iter >= self.num_iter else None


def mismatch(held: Array, Ax: Array, psf: Array, mask: Array | None = None) -> float:
    """Return how badly `Ax` predicts `held`, up to a constant that depends on `held` alone.

    Frequencies count by 1 / max(|otf|, WEAK)^2, relative to the largest |otf|; the mean does not.

    Parameters
    ----------
    held, Ax : arrays of one shape
        Data that were held out, and their prediction, of the same unit.
    psf : array
        The kernel.
    mask : array, optional
        Weight of each sample.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import mismatch
    >>> held = np.array([0.0, 1.0, 3.0, 1.0])
    >>> mismatch(held, held, np.ones(1)) < mismatch(held, held[::-1], np.ones(1))
    True
    """
    xp = namespace(held)
    rest = Ax - held
    if mask is not None:
        rest = rest * like(mask, held)
    rest = rest - xp.mean(rest)
    shape = tuple(rest.shape)
    wide = is_complex(rest) or np.iscomplexobj(psf)
    placed = np.zeros(shape, np.asarray(psf).dtype)
    np.add.at(
        placed, np.ix_(*(np.arange(k) % n for k, n in zip(psf.shape, shape, strict=True))), psf
    )
    transform = _fft.fftn if wide else _fft.rfftn
    otf = np.abs(transform(placed, shape))
    weight = 1 / np.maximum(otf / (otf.max() or 1.0), WEAK)
    if not wide:  # a half-spectrum: all but the first and, for an even length, last column twice
        twice = np.full(otf.shape[-1], 2.0)
        twice[0] = 1.0
        if shape[-1] % 2 == 0:
            twice[-1] = 1.0
        weight = weight * np.sqrt(twice)
    return norm(transform(rest, shape) * like(weight, rest)) ** 2


def split(
    y: Array, fraction: float, rng: int | np.random.Generator | None = None
) -> tuple[Array, Array]:
    """Return two independent noisy versions of data, each in the units of `y`.

    Parameters
    ----------
    y : array
        The data. Whole numbers from zero up whose noise may be counting noise are thinned; others
        get Gaussian noise of the variance found in them, with opposite signs.
    fraction : float
        Part of the light in the first, between 0 and 1; the second has the rest.
    rng : int or numpy.random.Generator, optional
        Seed.

    Returns
    -------
    tuple of two arrays
        The parts, divided by their share of the light, so that both have the mean of `y`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv.stopping import split
    >>> first, second = split(np.full(1000, 8.0), 0.5, rng=0)
    >>> bool(np.all(first + second == 16))
    True
    """
    draw = np.random.default_rng(rng)
    y = as_float(y, "y")
    values = to_numpy(y)
    whole = (
        not is_complex(y) and bool(values.min() >= 0) and bool(np.all(values == np.rint(values)))
    )
    variance = None if whole and values.max() < 2**31 else _variance(values)
    if whole and values.max() < 2**31:
        found = _variance(values)
        # Far less noise than counts have: a photograph in whole numbers, say.
        if found is not None and float(np.mean(found)) < 0.4 * float(np.mean(values)):
            variance = found
    if variance is None:
        first = draw.binomial(np.asarray(values.real, np.int64), fraction) / fraction
        second = (values - fraction * first) / (1 - fraction)
    else:
        noise = np.sqrt(variance) * draw.standard_normal(values.shape)
        if is_complex(y):
            noise = (noise + 1j * np.sqrt(variance) * draw.standard_normal(values.shape)) / 2**0.5
        odds = math.sqrt((1 - fraction) / fraction)
        first, second = values + odds * noise, values - noise / odds
    return like(first, y), like(second, y)


def _variance(values: _Numbers) -> _Numbers:
    """Return the variance of the noise at every sample, from the data alone."""
    level = np.abs(values)
    try:
        noise = identify_noise(values)
    except ValueError:  # too few samples to tell: as counts
        noise = Poisson(gain=1.0)
    if isinstance(noise, Poisson):
        return np.asarray(level / (noise.gain or 1.0))
    if isinstance(noise, Mixed):
        gain = noise.poisson.gain or 1.0
        return np.asarray(level / gain + (noise.gaussian.sigma or 0.0) ** 2 / gain**2)
    sigma = noise.sigma if isinstance(noise, Gaussian) else 0.0
    return np.full_like(values, (sigma or 0.0) ** 2)


def as_rule(stop: Rule | str) -> Rule:
    """Return the rule that `stop` names: a `Rule` itself, or ``auto``.

    Raises
    ------
    TypeError, ValueError
        If it is neither.

    Examples
    --------
    >>> from sigdeconv.stopping import as_rule
    >>> as_rule("auto")
    Thinning(fraction=0.6, rng=0, patience=1.3)
    """
    if isinstance(stop, Rule):
        return stop
    if stop == "auto":
        return Thinning()
    kind = ValueError if isinstance(stop, str) else TypeError
    raise kind(
        f"stop must be a rule of sigdeconv.stopping or 'auto'; got {stop!r}. "
        "For a number of iterations use num_iter"
    )
