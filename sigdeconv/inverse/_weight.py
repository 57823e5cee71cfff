"""The weight of a prior, from the data: the least predicted error along a warm-started path.

The error of the predicted data A x, unknown as the truth is, has an estimate without bias (Stein
1981, doi:10.1214/aos/1176345632) for noise of known variance v,

    sum (A x - y)^2 / v - n + 2 sum d(A x)_i / d y_i

whose last sum, the effective number of parameters, is measured with one random probe: the problem
is solved for y and for y + eps z together (Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404).
For counts v is their mean, predicted by a linear filter. The path goes from smooth to sharp, each
solution being the start of the next, and ends when the error has passed its minimum.

All of it is done in NumPy, in single precision, on a part of large data: a weight needs two digits.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, to_numpy
from sigdeconv.inverse._losses import Loss
from sigdeconv.inverse._spectrum import Spectra, bin_spectrum
from sigdeconv.inverse._stage import Stage, make_stage
from sigdeconv.inverse._variational import Setting, make_admm, reweight, spread_of
from sigdeconv.noise import Mixed, Poisson, identify_noise
from sigdeconv.operators.convolution import Convolution

__all__ = ["RULE", "Path", "find_weight", "noise_level", "weight_path"]

RULE = "least predicted error (Stein) along a path of weights"
MOST_SAMPLES = 1 << 16  # of the part of the data that the search looks at
FACTOR = 2.5  # between neighbouring weights
FIRST, NEXT = 25, 14  # iterations at the first weight, and at each one after it
MOST_POINTS = 10
UNEQUAL = 1.25  # ratio of the noise of two channels above which they are weighted
LEAST_RATIO = 1e-3  # of the noise of a channel to that of the worst
# The least predicted error of few data is to the sharp side of the least error: by a factor of two
# at 50 x 50 samples, a fifth at 128 x 128 and nothing to speak of at 256 x 256, on photographs.
FEW = 3000
LEAST_GAIN = 1e-4  # of the noise variance a sample, for the path to go on

Numbers = np.ndarray[Any, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Path:
    """What was seen along the weights, in the order of looking.

    Attributes
    ----------
    weights, misfit, freedom, score : ndarray
        The weight, sum (A x - y)^2 / v, the effective number of parameters, and the predicted
        error a sample, in units of the noise variance.
    best : float
        The weight of the least score, between the points.
    samples : float
        Number of data.
    """

    weights: Numbers
    misfit: Numbers
    freedom: Numbers
    score: Numbers
    best: float
    samples: float


def noise_level(y: Array, A: Convolution) -> float:
    """Return the standard deviation of the noise of data, estimated under the known kernel."""
    return math.sqrt(_law(_plain(y, A), _bare(A)).noise)


def noise_levels(y: Array, A: Convolution) -> Numbers:
    """Return the standard deviation of the noise of each channel, the first axis of `y`."""
    return np.array([noise_level(y[k, ...], A) for k in range(y.shape[0])])


def balance_of(levels: Numbers) -> Numbers | None:
    """Return weights of the channels, one over the noise variance, of mean 1; None for equal."""
    if np.max(levels) <= UNEQUAL * np.min(levels):
        return None
    variances = np.maximum(levels, LEAST_RATIO * np.max(levels)) ** 2
    return np.asarray(_mean_variance(levels) / variances)


def _mean_variance(levels: Numbers) -> float:
    """Return the variance whose inverse is the mean of the channels' inverses."""
    most = float(np.max(levels))
    return 1 / float(np.mean(1 / np.maximum(levels, LEAST_RATIO * most) ** 2)) if most else 0.0


def find_weight(
    y: Array, A: Convolution, setting: Setting, noise: float | None
) -> tuple[float, dict[str, Any]]:
    """Return the weight, and what was found on the way.

    Parameters
    ----------
    y : array
        The data, not multiplied by the mask.
    A : Convolution
        The operator.
    setting : Setting
        Everything but the weight.
    noise : float or None
        Standard deviation of the noise, if it is known.
    """
    values = _plain(y, A)
    law = _law(values, _bare(A))
    std = math.sqrt(law.noise) if noise is None else float(noise)
    scale = spread_of(values)
    std = max(std, 1e-6 * scale)
    found: dict[str, Any] = {"noise_std": std, "rule": RULE}
    path = weight_path(values, A, setting, std, law)
    found["predicted_error"] = float(np.min(path.score))
    return path.best, {"weight": path.best, **found}


def weight_path(
    values: Numbers, A: Convolution, setting: Setting, std: float, law: Spectra
) -> Path:
    """Return the path for NumPy data and a noise level."""
    part, B, at = _part(values, A)
    y = part.astype(np.float32)
    stage = make_stage(B, y)
    smooth, predicted = _linear(stage, y, law)
    setting = _cut(setting, at, values.shape)
    variance: Any = std**2 if setting.balance is None else std**2 / setting.balance
    if setting.loss == "poisson":
        gain = _counts_per_unit(values)
        level = predicted + _background(setting)
        variance = np.maximum(level, max(0.5 / gain, 1e-3 * float(np.mean(level)))) / gain
        # The likelihood to second order: zeros cannot be moved down to see what follows.
        y = (y - _background(setting)).astype(np.float32)
        setting = dataclasses.replace(
            setting, loss="gaussian", background=0.0, balance=1 / (gain * variance)
        )
    live = np.ones(y.shape) if B.mask is None else np.broadcast_to(B.mask > 0, y.shape)
    z = np.random.default_rng(0).choice([-1.0, 1.0], size=y.shape).astype(np.float32) * live
    eps = 0.1 * np.sqrt(variance)
    probe = (y + eps * z).astype(np.float32)
    both = np.stack([y, probe])
    samples = float(np.sum(live))
    weight = _first_weight(setting, stage, smooth, variance, samples)
    loss: Loss = setting.loss_of(both[0], B.mask, setting.delta or 1.345 * std)
    loss = dataclasses.replace(loss, y=both)
    start = np.stack([smooth, smooth])
    admm = make_admm(stage, both, loss, setting, weight, start)
    rows: dict[float, tuple[float, float, float]] = {}
    last = weight

    def look(w: float) -> float:
        nonlocal last, admm
        if setting.prior.convex:
            reweight(admm, setting.prior, w, w / last)
            count = NEXT if rows else FIRST
        else:  # each weight from the beginning: another start would lead to another minimum
            admm, count = make_admm(stage, both, loss, setting, w, start), None
        going = setting.moves(admm, w, std)
        for _ in itertools.islice(going, count):
            pass
        last = w
        pred = admm.Hu[stage.data].astype(float)
        residual = pred[0] - y
        robust = setting.loss in ("huber", "l1")
        good = live * (np.abs(residual) < 4 * np.sqrt(variance)) if robust else live
        misfit = float(np.sum(good * residual**2 / variance))
        freedom = float(np.sum(good * z * (pred[1] - pred[0]) / eps))
        score = (misfit + 2 * freedom) / float(np.sum(good)) - 1
        rows[w] = misfit, freedom, score
        return score

    best = _search(look, weight, rows) * (1 + min(FEW / samples, 1.0))
    weights = np.array(list(rows))
    misfit, freedom, score = np.array(list(rows.values())).T
    return Path(weights, misfit, freedom, score, best, samples)


def _search(look: Any, weight: float, rows: dict[float, tuple[float, float, float]]) -> float:
    """Walk down the scores to their minimum, and return it by a parabola through three points."""
    scores = {weight * FACTOR: look(weight * FACTOR)}
    scores[weight] = look(weight)
    step = 1 / FACTOR if scores[weight] < scores[weight * FACTOR] else FACTOR
    at = weight if step < 1 else weight * FACTOR
    while len(scores) < MOST_POINTS:
        following = at * step
        scores[following] = look(following)
        # Without the second condition a constant estimate would be made ever more constant.
        if not scores[following] < scores[at] - LEAST_GAIN:
            break
        at = following
    return vertex(scores)


def vertex(scores: dict[float, float]) -> float:
    """Return the weight at the minimum of a parabola in log(weight) around the least score."""
    weights = sorted(scores)
    i = min(range(len(weights)), key=lambda k: scores[weights[k]])
    if not 0 < i < len(weights) - 1:
        return weights[i]
    t = np.log(weights[i - 1 : i + 2])
    s = np.array([scores[w] for w in weights[i - 1 : i + 2]])
    curve = np.polyfit(t - t[1], s - s[1], 2)
    if curve[0] <= 0:
        return weights[i]
    return float(np.exp(t[1] + np.clip(-curve[1] / (2 * curve[0]), t[0] - t[1], t[2] - t[1])))


def _first_weight(
    setting: Setting, stage: Stage, smooth: Numbers, variance: Any, samples: float
) -> float:
    """Return a weight to begin with: the noise over the mean price of a linear estimate."""
    prior = setting.prior
    linear = prior.linear_map(stage)
    c = linear.forward(stage.to_spectrum(smooth) if linear.in_spectrum else smooth)
    balance = 1.0 if setting.balance is None else setting.balance
    level = float(np.mean(variance * balance))
    price = prior.value(c) / smooth.size if "value" in prior.can else math.sqrt(level)
    price = max(price, 1e-2 * spread_of(smooth))  # flat ones say nothing
    return 0.3 * level / price


def _linear(stage: Stage, y: Numbers, law: Spectra) -> tuple[Numbers, Numbers]:
    """Return a Wiener estimate on the grid, and the data it predicts."""
    start = stage.start(y)
    if stage.tied:
        return start, y
    otf = np.asarray(stage.torus.otf)
    gain = np.abs(otf) ** 2
    ratio = np.minimum(law.ratio(stage.torus.frequency()), 1e12)
    floor = 1e-4 * float(np.max(gain))
    spectrum = stage.to_spectrum(start)
    spectrum = (spectrum * np.conj(otf) / np.maximum(gain + ratio, floor)).astype(spectrum.dtype)
    predicted = stage.to_signal(spectrum * otf)[stage.data]
    return stage.to_signal(spectrum), predicted


def _background(setting: Setting) -> Any:
    return np.asarray(to_numpy(setting.background)) if setting.loss == "poisson" else 0.0


def _cut(setting: Setting, at: tuple[slice, ...], shape: tuple[int, ...]) -> Setting:
    """Return the setting for a part of the data."""
    background = np.asarray(to_numpy(setting.background))
    if background.ndim == 0:
        return setting
    return dataclasses.replace(setting, background=background[at])


def _counts_per_unit(values: Numbers) -> float:
    """Return the counts in a unit of the data; 1 where the data do not say."""
    whole = bool(np.array_equal(values, np.rint(values)))
    if whole:
        return 1.0
    try:
        model = identify_noise(values)
    except ValueError:
        return 1.0
    counting = model.poisson if isinstance(model, Mixed) else model
    return (counting.gain or 1.0) if isinstance(counting, Poisson) else 1.0


def _plain(y: Array, A: Convolution) -> Numbers:
    """Return the data as float64 of single precision, so that both precisions give one weight."""
    return to_numpy(y).astype(np.float32).astype(np.float64)


def _bare(A: Convolution) -> Convolution:
    """Return the operator without its mask: the data given here have been filled."""
    return dataclasses.replace(A, mask=None) if A.mask is not None else A


def _law(values: Numbers, A: Convolution) -> Spectra:
    """Return the spectra of the data; of their mean over channels, if there are any."""
    if values.ndim == len(A.out_shape):
        return bin_spectrum(values, A).fit()
    laws = [_law(values[k], A) for k in range(values.shape[0])]
    levels = np.sqrt([law.noise for law in laws])
    return dataclasses.replace(laws[0], noise=_mean_variance(levels))


def _part(values: Numbers, A: Convolution) -> tuple[Numbers, Convolution, tuple[slice, ...]]:
    """Return a part of large data that is as rough as the whole, with its own operator."""
    n = len(A.shape)
    shape = values.shape[values.ndim - n :]
    everything = (slice(None),) * values.ndim
    if math.prod(shape) <= 1.3 * MOST_SAMPLES or any(s > 1 for s in A._stride):
        return values, A, everything
    # Equal shrinkage of all axes, but no less than four kernels.
    ratio = (MOST_SAMPLES / math.prod(shape)) ** (1 / n)
    size = tuple(
        min(m, max(round(m * ratio), 4 * k, 16)) for m, k in zip(shape, A.span, strict=True)
    )

    def starts(m: int, k: int) -> list[int]:
        return sorted({round(q * (m - k)) for q in (0.0, 0.25, 0.5, 0.75, 1.0)})

    rough = np.zeros(shape)
    for axis in range(values.ndim - n, values.ndim):
        d = np.abs(np.diff(values, axis=axis, append=np.take(values, [-1], axis=axis)))
        rough += d.reshape(-1, *shape).mean(axis=0)
    mean = float(rough.mean())
    best: tuple[float, tuple[slice, ...]] | None = None
    for corner in itertools.product(*(starts(m, k) for m, k in zip(shape, size, strict=True))):
        at = tuple(slice(a, a + k) for a, k in zip(corner, size, strict=True))
        off = abs(math.log(max(float(rough[at].mean()), 1e-300) / max(mean, 1e-300)))
        if best is None or off < best[0] - 1e-9:
            best = off, at
    assert best is not None
    at = (*(slice(None),) * (values.ndim - n), *best[1])
    boundary = "unknown" if A.boundary == "periodic" else A.boundary
    options: dict[str, Any] = {"boundary": boundary, "centre": A.centre, "dilation": A.dilation}
    mask = None if A.mask is None else A.mask[best[1]]
    return values[at], Convolution.for_data(A.psf, size, mask=mask, **options), at
