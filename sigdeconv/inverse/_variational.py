"""Methods made of a data term, a prior and a solver: what `tv` and its like have in common.

    minimise over x   loss(A x, y) + weight phi(L x)      subject to bounds

A `Setting` names the parts; `minimise` finds the weight in the data unless it is given (`_weight`),
and runs the solver (`_admm`), which stops by itself: when primal and dual residuals are small, or
when the estimate changes by far less than the noise.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sigdeconv._array import Array, as_like, like, namespace, real_dtype, to_numpy
from sigdeconv.inverse._admm import Admm, Term
from sigdeconv.inverse._arguments import check_noise, check_weight
from sigdeconv.inverse._losses import (
    LOSSES,
    Absolute,
    Huber,
    KullbackLeibler,
    LeastSquares,
    Loss,
)
from sigdeconv.inverse._stage import Stage, make_stage
from sigdeconv.inverse._torus import filled
from sigdeconv.method import Iteration
from sigdeconv.operators.convolution import Convolution
from sigdeconv.priors import Box, Prior
from sigdeconv.priors._maps import Identity
from sigdeconv.stopping import StopReason
from sigdeconv.stopping._rule import at_least

__all__ = ["Setting", "make_admm", "minimise", "noise_of_residual", "reweight", "spread_of"]

# First threshold of the prior, in standard deviations of the data: gradients above it are edges.
THRESHOLD = 0.4
DATA_RHO = 0.3  # penalty parameter of the data's copy, in units of the data term's curvature
CHECK_EVERY = 5
SMALL = 1e-4  # relative residuals that count as converged


Moves = Callable[[Admm, float, float], Iterator[tuple[Array, Array]]]


def _alternating_directions(
    admm: Admm, weight: float, noise: float
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates and their data, on the grid, for ever."""
    while True:
        yield admm.step()


@dataclasses.dataclass(frozen=True, eq=False)
class Setting:
    """A problem but for its weight.

    Attributes
    ----------
    prior : Prior
        The price.
    loss : str
        One of `LOSSES`.
    background : float or array of the data's shape
        Of the Poisson likelihood.
    delta : float or None
        Residual beyond which ``huber`` is linear.
    low, high : float
        Bounds of the estimate.
    balance : array or None
        Weight of each channel in the Gaussian data term, for noise that differs between them.
    moves : callable
        ``moves(admm, weight, noise)`` yields estimates and their data, on the grid: for ever,
        unless the prior is not convex.
    """

    prior: Prior
    loss: str = "gaussian"
    background: float | Array = 0.0
    delta: float | None = None
    low: float = -math.inf
    high: float = math.inf
    balance: Any = None
    moves: Moves = _alternating_directions

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}; got {self.loss!r}")

    @property
    def bounded(self) -> bool:
        """True when the estimate has a bound."""
        return self.low > -math.inf or self.high < math.inf

    def loss_of(self, y: Array, mask: Array | None, delta: float) -> Loss:
        """Return the data term for data that were not multiplied by the mask."""
        m = None if mask is None else like(mask, y)
        if self.loss == "gaussian":
            m = None if m is None else m * m
            if self.balance is not None:
                balance = like(self.balance, y)
                m = balance if m is None else m * balance
            return LeastSquares(y, m)
        if self.loss == "poisson":
            background = _level("background", self.background, y)
            if float(namespace(y).min(y)) < 0:
                raise ValueError(
                    "y has negative values, which no count has; for loss='poisson' give the dark "
                    "level as background instead of subtracting it, or use loss='gaussian'"
                )
            return KullbackLeibler(y, m, background)
        if self.loss == "huber":
            return Huber(y, m, delta)
        return Absolute(y, m)


def _level(name: str, value: float | Array, y: Array) -> Array | float:
    """Return a level of at least zero, a number or an array of the data's shape."""
    level = as_like(value, y, name)
    xp = namespace(y)
    if level.ndim and tuple(level.shape) != tuple(y.shape):
        raise ValueError(
            f"{name} has shape {tuple(level.shape)}; expected a number or {tuple(y.shape)}"
        )
    if not 0 <= float(xp.min(level)) <= float(xp.max(level)) < math.inf:
        raise ValueError(f"{name} must be finite and at least 0 everywhere; got {value!r:.60}")
    return level if level.ndim else float(level)


def spread_of(y: Array) -> float:
    """Return the standard deviation of data; their size where they are all equal, or one."""
    xp = namespace(y)
    spread = float(xp.std(y))
    size = float(xp.max(xp.abs(y)))
    return spread if spread > 1e-6 * size else (size or 1.0)


def make_admm(
    stage: Stage, y: Array, loss: Loss, setting: Setting, weight: float, start: Array | None = None
) -> Admm:
    """Return the solver of a setting for data `y` that were not multiplied by the mask.

    The weight may be changed on the way, see `reweight`.
    """
    u = stage.start(y) if start is None else start
    spread = spread_of(y)
    scale = loss.curvature
    terms = []
    prior = setting.prior
    if weight > 0:
        linear = prior.linear_map(stage)
        keep = linear.inside(stage.inside(y)) if stage.tied else None
        keep = _with_lead(keep, y.ndim - len(stage.shape))
        prox, value = _priced(prior, weight)
        terms.append(Term(linear, prox, weight / (THRESHOLD * spread), keep, value))
    if setting.bounded:
        box = Box(setting.low, setting.high)
        keep = Identity(stage.shape).inside(stage.inside(y)) if stage.tied else None
        keep = _with_lead(keep, y.ndim - len(stage.shape))
        identity = Identity(stage.shape)
        terms.append(Term(identity, lambda v, rho: box.prox(v, 1.0), 0.1 * scale, keep))
    if stage.tied:

        def tie(v: Array, rho: float) -> Array:
            return stage.project(v[0, ...])[None, ...]

        terms.append(Term(Identity(stage.shape), tie, 0.3 * scale))
    return Admm(stage, loss, terms, u, DATA_RHO)


def _priced(
    prior: Prior, weight: float
) -> tuple[Callable[[Array, float], Array], Callable[[Array], float] | None]:
    """Return proximal map and value of a prior times its weight."""
    value = (lambda z: weight * prior.value(z)) if "value" in prior.can else None
    return lambda v, rho: prior.prox(v, weight / rho), value


def reweight(admm: Admm, prior: Prior, weight: float, ratio: float) -> None:
    """Change the weight of the prior by `ratio` to `weight`; threshold and multiplier stay."""
    term = admm.terms[0]
    term.prox, term.value = _priced(prior, weight)
    term.rho *= ratio
    admm.prepare()


def _with_lead(keep: Array | None, lead: int) -> Array | None:
    """Return a mask of coefficients with axes for `lead` axes of signals."""
    return keep if keep is None or lead == 0 else keep[(slice(None), *(None,) * lead, ...)]


def unmasked(y: Array, A: Convolution) -> Array:
    """Return data that were multiplied by the mask as they were; dead samples are filled."""
    if A.mask is None:
        return y
    if y.ndim == A.mask.ndim:
        return filled(y, A.mask)
    return namespace(y).stack([unmasked(y[k, ...], A) for k in range(y.shape[0])])


def noise_of_residual(loss: Loss, Hu: Array) -> float:
    """Return the root mean square of the residual, never below rounding."""
    xp = namespace(Hu)
    r = Hu - loss.y
    m = loss.m
    size = float(xp.mean(r * r)) if m is None else float(xp.sum(r * r * m) / xp.sum(m + 0 * r))
    eps = float(xp.finfo(real_dtype(Hu)).eps)
    return math.sqrt(size) + eps * math.sqrt(float(xp.mean(loss.y * loss.y)))


def minimise(
    y: Array,
    A: Convolution,
    setting: Setting,
    weight: float | str,
    *,
    noise: float | None = None,
    accuracy: float = 0.05,
) -> Iteration:
    """Return the iteration that solves a setting.

    Parameters
    ----------
    y : array
        The data, multiplied by the operator's mask; channels, if any, on axes before the data's.
    A : Convolution
        The operator.
    setting : Setting
        Data term, prior, bounds.
    weight : float or "auto"
        Price of the prior.
    noise : float, optional
        Standard deviation of the noise; for ``auto``, which estimates it otherwise.
    accuracy : float
        Change of the estimate in an iteration, as a fraction of the residual, at which to stop.
    """
    from sigdeconv.inverse._weight import balance_of, find_weight, noise_level, noise_levels

    at_least("accuracy", accuracy)
    check_noise(noise)
    price = check_weight(weight)
    setting = _for_channels(setting, y, A)
    light = _level("background", setting.background, y)
    if setting.loss != "poisson" and np.any(to_numpy(light)):
        raise ValueError("background is for loss='poisson'; otherwise subtract it from y")
    stage = make_stage(A, y)
    data = unmasked(y, A)
    found: dict[str, Any] = {}
    if y.ndim > len(A.shape) and noise is None and setting.loss == "gaussian":
        levels = noise_levels(data, A)
        found["noise_stds"] = tuple(float(level) for level in levels)
        balance = balance_of(levels)
        if balance is not None:
            setting = dataclasses.replace(setting, balance=balance[:, *(None,) * len(A.shape)])
    if price is None:
        price, chosen = find_weight(data, A, setting, noise)
        found |= chosen
    delta = setting.delta
    if setting.loss == "huber" and delta is None:
        delta = 1.345 * (noise_level(data, A) if noise is None else noise)
        found["delta"] = delta
    loss = setting.loss_of(data, A.mask, delta or 1.0)
    reason: list[StopReason] = []
    admm = make_admm(stage, data, loss, setting, price)
    level = 0.0  # needed where there is an end to the iteration that the noise does not set
    if not setting.prior.convex:
        level = noise or found.get("noise_std") or noise_level(data, A)
    going = setting.moves(admm, price, level)
    steps = _steps(admm, going, A, setting, accuracy, reason)
    measures = {"objective": lambda x, Ax: admm.value()} if "value" in setting.prior.can else {}
    return Iteration(steps, found, measures, lambda: reason[0] if reason else None)


def _for_channels(setting: Setting, y: Array, A: Convolution) -> Setting:
    """Return the setting with a background of one channel, if there is one, for all of them."""
    shape = tuple(getattr(setting.background, "shape", ()))
    if y.ndim == len(A.shape) or shape != tuple(y.shape[1:]):
        return setting
    background = np.broadcast_to(to_numpy(setting.background), tuple(y.shape))
    return dataclasses.replace(setting, background=background)


def _steps(
    admm: Admm,
    going: Iterator[tuple[Array, Array]],
    A: Convolution,
    setting: Setting,
    accuracy: float,
    reason: list[StopReason],
) -> Iterator[tuple[Array, Array]]:
    """Yield estimates on the domain with their data, until nothing more is to be gained."""
    stage, loss = admm.stage, admm.loss
    xp = namespace(admm.u)
    added = loss.background if isinstance(loss, KullbackLeibler) else None
    mask = None if A.mask is None else like(A.mask, admm.u)

    def seen() -> tuple[Array, Array]:
        x = stage.domain_of(admm.u)
        if setting.bounded:  # the copy that keeps the bounds; both are one in the end
            x = xp.clip(x, min=setting.low, max=setting.high)
        Ax = admm.Hu[stage.data]
        Ax = Ax if added is None else Ax + added
        return x, Ax if mask is None else Ax * mask

    yield seen()
    before = admm.u
    convex = setting.prior.convex
    for k, _ in enumerate(going, 1):
        if convex and k % CHECK_EVERY == 0 and accuracy > 0:
            change = admm.u - before
            change = math.sqrt(float(xp.mean(change * change)))
            if change <= accuracy * noise_of_residual(loss, admm.Hu[stage.data]):
                reason.append(StopReason.BELOW_NOISE)
            elif max(admm.residuals) <= SMALL:
                reason.append(StopReason.CONVERGED)
        yield seen()
        if reason:
            return
        before = admm.u
    reason.append(StopReason.CONVERGED)
