"""The friendly door: any method by name, colours and stacks, everything that came out.

With data and kernel alone it looks at the noise and chooses the method; the method then finds its
own strength. `print(result)` says what was chosen and why.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sigdeconv._array import Array, like, namespace, to_numpy
from sigdeconv.inverse._coarse import gain_of_penalty
from sigdeconv.inverse._spectrum import bin_spectrum
from sigdeconv.method import Method, registry
from sigdeconv.noise import Mixed, Noise, NoNoise, Poisson, identify_noise
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, Stack, as_data, observe
from sigdeconv.result import Result
from sigdeconv.sanity import SanityWarning, check
from sigdeconv.stopping import Discrepancy, Rule

__all__ = ["deconvolve", "methods"]

# Iterations whose number of steps is their strength, and the most steps they get.
STOPPED_BY_NOISE = ("landweber", "cgls", "nnls")
MOST_ITER = 500
# Samples from which on errors can be told apart, and up to which a second method may take its time.
LEAST_SIZE, MOST_SIZE = 1024, 2**24
# What is tried before the one of least predicted error is taken, and what each believes in.
TRIED = {
    "auto": ("tv", "wiener"),
    "best": ("tv", "wiener", "hyper_laplacian", "wavelet_l1", "plug_and_play"),
}
BELIEFS = {
    "tv": "edges (total variation)",
    "wiener": "smoothness (the data's own spectra)",
    "hyper_laplacian": "the gradients of photographs (hyper-Laplacian)",
    "wavelet_l1": "few wavelets (L1 of a frame)",
    "plug_and_play": "parts that resemble each other (block matching)",
}
# Parts of Richardson-Lucy with which it does not stop by itself: data held out cannot have them.
NOT_HELD_OUT = {"views"}
# Those with which coarser copies of the data can tell whether a penalty helps, and the decibels it
# has to lose there to go.
NO_MATTER = {"regularization", "weight", "acceleration"}
HARM = 0.1
MOST_PENALISED = 200  # iterations: they converge, and held-out data may be predicted ever better


def methods() -> dict[str, str]:
    """Return the names of all registered methods, each with its one-line summary.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> "richardson_lucy" in sd.methods()
    True
    """
    return {name: registry.get(name).summary for name in registry}


def deconvolve(
    y: Array | Observation,
    psf: Array | Convolution | None = None,
    *,
    method: str = "auto",
    boundary: str | None = None,
    centre: Sequence[int] | None = None,
    mask: Array | None = None,
    channel_axis: int | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    **parameters: Any,
) -> Result:
    """Restore a signal that went through a convolution.

    Parameters
    ----------
    y : array or Observation
        The data, 1-D, 2-D or 3-D (and one more axis with `channel_axis`); or an observation, which
        brings its own operator.
    psf : array or Convolution
        The kernel, a complex transfer function on the grid of `y`, or a ready operator.
    method : str
        Name of a registered method, see `methods`. ``"auto"`` chooses from the data:
        `richardson_lucy` for a dark scene of counts (stars, beads), stopped by the noise; else
        `tv` or `wiener`, whichever is predicted to have the smaller error. `wiener` for complex or
        few data, and always when parameters of a method are given. ``"best"`` tries
        `hyper_laplacian`, `wavelet_l1` and `plug_and_play` as well: some tenths of a decibel more
        on photographs, in many times the time.
    boundary : str, optional
        What lies beyond the border, see `Convolution`. The default, ``unknown``, assumes nothing.
    centre : sequence of int, optional
        Centre of the kernel; ``K // 2`` by default.
    mask : array of the data's shape, optional
        Weight of each sample: 0 for a dead one, 1 for a good one.
    channel_axis : int, optional
        Axis of colours or of other signals. A method with a parameter ``joint``, such as `tv`,
        binds them together, unless it is False; every other restores each by itself.
    num_iter, tol, stop, callback
        When to stop an iterative method. Without any, `landweber`, `cgls` and `nnls` end when the
        residual is that of the noise, whose level is estimated; they start from a flat scene then.
        `richardson_lucy` ends where it predicts data held out best. With a penalty it takes 200
        iterations at most, which an `acceleration` makes enough; and a penalty whose weight is not
        given goes where coarser copies of the data come out worse with it (stars under ``tv``).
    history : bool
        Record the relative residual of an iterative method.
    workers : int, optional
        FFT threads.
    **parameters
        The method's own parameters.

    Returns
    -------
    Result
        The estimate `x` and the story of its making.

    Raises
    ------
    ValueError, TypeError
        If something does not fit; the message names the argument, what was given and what was
        expected.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If data or kernel are probably not what they should be; the text says what to do.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise=0.01, rng=0)
    >>> sd.deconvolve(seen, method="richardson_lucy", num_iter=10)
    Result(richardson_lucy, 10 iterations, MAX_ITER)
    """
    run: dict[str, Any] = {"num_iter": num_iter, "tol": tol, "stop": stop, "callback": callback}
    where: dict[str, Any] = {
        "boundary": boundary,
        "centre": centre,
        "mask": mask,
        "workers": workers,
    }
    if isinstance(y, Observation):
        beside = where | {"psf": psf, "channel_axis": channel_axis}
        given = [name for name, value in beside.items() if value is not None]
        if given:
            raise ValueError(
                f"{given[0]} was given although y is an Observation, which has its own operator; "
                "pass y.y and the psf instead"
            )
        chosen = _choose(method, y, run, parameters)
        return chosen(y, history)
    if psf is None:
        raise TypeError("psf is missing; deconvolve needs y and psf, or an Observation")
    y = as_data(y)

    def seen(channel: Array, channel_mask: Array | None) -> Observation:
        return observe(channel, psf, **(where | {"mask": channel_mask}))

    if channel_axis is None:
        whole = seen(y, mask)
        for text in check(whole.y, whole.A):
            warnings.warn(text, SanityWarning, stacklevel=2)
        return _choose(method, whole, run, parameters)(whole, history)
    parts = _channels(seen, y, mask, channel_axis)
    for text in dict.fromkeys(text for part in parts for text in check(part.y, part.A)):
        warnings.warn(text, SanityWarning, stacklevel=2)
    # All channels by the same method: that of the brightest.
    brightest = max(parts, key=lambda part: float(namespace(y).mean(namespace(y).abs(part.y))))
    chosen = _choose(method, brightest, run, parameters)
    first = chosen(brightest, history) if method in TRIED else None
    entry = registry.get(method if first is None else first.method)
    axis = channel_axis % y.ndim
    one_mask = mask is None or mask.ndim < y.ndim
    if "joint" in entry.parameters and parameters.get("joint", True) and one_mask:
        return _split(chosen(_together(parts), history), axis)
    return _joined(
        [first if part is brightest and first else chosen(part, history) for part in parts], axis
    )


def _choose(
    method: str, seen: Observation, run: dict[str, Any], parameters: dict[str, Any]
) -> Callable[[Observation | Stack, bool], Result]:
    """Return the solver that `method` names, or that the data ask for."""
    found: dict[str, Any] = {}
    told = bool(parameters) or any(value is not None for value in run.values())
    if not isinstance(method, str) or method not in TRIED:
        entry = registry.get(method)
        untold = run["num_iter"] is None and run["tol"] is None and run["stop"] is None
        if method in STOPPED_BY_NOISE and untold and not parameters.get("weight"):
            return _stopped(entry, run, parameters)
        if method == "richardson_lucy" and untold and not NOT_HELD_OUT & set(parameters):
            run = run | {"stop": "auto"}
            if parameters.get("regularization", "none") != "none":
                return _penalised(entry, run | {"num_iter": MOST_PENALISED}, parameters)
    elif told or namespace(seen.y).isdtype(seen.y.dtype, "complex floating"):
        entry = registry.get("wiener")
    else:
        noise = _noise_of(seen)
        values = to_numpy(seen.y)
        positive = values.min() >= 0 and seen.A.mask is None and np.min(seen.A.psf) >= 0
        dark = positive and np.median(values) < 0.25 * np.quantile(values, 0.999)
        found = {"noise_model": noise.describe()}
        if isinstance(noise, (Poisson, Mixed)) and dark:
            entry = registry.get("richardson_lucy")
            counts = noise.poisson if isinstance(noise, Mixed) else noise
            level = math.sqrt(float(np.mean(values)) / (counts.gain or 1.0))
            run = {"stop": Discrepancy(level), "num_iter": 500}
            found |= {"why": "a dark scene of counts: estimates at least zero, Poisson likelihood"}
        elif LEAST_SIZE <= values.size <= MOST_SIZE:
            return _of_least_error(TRIED[method], seen, found)
        else:
            entry = registry.get("wiener")
            found |= {"why": "the linear estimate of least error for the data's own spectra"}

    def solve(part: Observation | Stack, history: bool) -> Result:
        result = entry.solve(part, history=history, **run, **parameters)
        return dataclasses.replace(result, parameters=result.parameters | found)

    return solve


def _penalised(
    entry: Method, run: dict[str, Any], parameters: dict[str, Any]
) -> Callable[[Observation | Stack, bool], Result]:
    """Return Richardson-Lucy, without its penalty where that would do harm."""

    def solve(part: Observation | Stack, history: bool) -> Result:
        result = entry.solve(part, history=history, **run, **parameters)
        weight = result.parameters["weight"]
        if parameters.get("weight", "auto") != "auto" or weight == 0 or set(parameters) - NO_MATTER:
            return result
        gain = gain_of_penalty(part.y, part.A, weight, parameters["regularization"])
        if gain is None or gain >= -HARM:
            return result
        result = entry.solve(part, history=history, **run, **(parameters | {"weight": 0.0}))
        why = f"on coarser copies of the data the penalty loses {-gain:.2f} dB, so that it has none"
        return dataclasses.replace(result, parameters=result.parameters | {"why": why})

    return solve


def _stopped(
    entry: Method, run: dict[str, Any], parameters: dict[str, Any]
) -> Callable[[Observation | Stack, bool], Result]:
    """Return an iteration that ends when the residual is that of the noise in each part."""

    def solve(part: Observation | Stack, history: bool) -> Result:
        y = part.A._masked(part.y)
        level = math.sqrt(bin_spectrum(y, part.A).fit().noise)
        found: dict[str, Any] = {}
        own = run
        if level > 0:
            own = run | {"stop": Discrepancy(level), "num_iter": MOST_ITER}
            found = {"noise_std": level, "rule": "residual as large as the noise (discrepancy)"}
        options = _flat_start(part) | parameters
        result = entry.solve(part, history=history, **own, **options)
        return dataclasses.replace(result, parameters=result.parameters | found)

    return solve


def _flat_start(seen: Observation | Stack) -> dict[str, Any]:
    """Return a constant scene of the data's level; zeros would have the iteration build an edge."""
    total = float(np.real(np.sum(seen.A.psf)))
    strided = any(s != 1 for s in seen.A._stride)
    if strided or abs(total) < 0.1 * float(np.sum(np.abs(seen.A.psf))):
        return {}
    xp = namespace(seen.y)
    return {"start": xp.zeros_like(seen.y) + xp.mean(seen.y) / total}


def _of_least_error(
    names: tuple[str, ...], seen: Observation, found: dict[str, Any]
) -> Callable[[Observation | Stack, bool], Result]:
    """Try methods on `seen` and return the one with the least predicted error.

    That error is Stein's estimate of the error of A x, in units of the noise variance a sample; the
    divergence is measured by one random probe. Methods that find their weight by it know it.
    """
    made = {name: registry.get(name).solve(seen) for name in names}
    known = {name: result.parameters for name, result in made.items()}
    variance = known["tv"]["noise_std"] ** 2
    errors = {
        name: known[name]["predicted_error"]
        if "predicted_error" in known[name]
        else _predicted_error(seen, registry.get(name), made[name], variance)
        for name in names
    }
    best, *others = sorted(errors, key=lambda name: errors[name])
    rest = ", ".join(f"{errors[name]:.3g} by {name}" for name in others)
    why = (
        f"{BELIEFS[best]} predict the data best: error {errors[best]:.3g} of the noise variance, "
        f"{rest}"
    )

    def solve(part: Observation | Stack, history: bool) -> Result:
        result = made[best] if part is seen else registry.get(best).solve(part)
        kept = result.history if history else {}
        told = result.parameters | found | {"why": why}
        if part is seen:
            told["predicted_error"] = errors[best]
        return dataclasses.replace(result, parameters=told, history=kept)

    return solve


def _predicted_error(seen: Observation, entry: Method, result: Result, variance: float) -> float:
    """Return Stein's estimate of the error of A x a sample, in units of the noise variance."""
    y, A = seen.y, seen.A
    xp = namespace(y)
    signs = like(np.random.default_rng(0).choice([-1.0, 1.0], size=tuple(y.shape)), y)
    weights = like(np.ones(y.shape) if A.mask is None else A.mask > 0, y)
    step = 0.1 * math.sqrt(variance)
    probe = entry.solve(dataclasses.replace(seen, y=y + step * signs))
    fit = A.forward(result.domain)
    seen_part = A._masked(y)
    misfit = float(xp.sum((fit - seen_part) ** 2)) / variance
    freedom = float(xp.sum(weights * signs * (A.forward(probe.domain) - fit))) / step
    return (misfit + 2 * freedom) / float(xp.sum(weights)) - 1


def _noise_of(seen: Observation) -> Noise:
    """Return the noise model of the data; none where they are too few to tell."""
    try:
        return identify_noise(seen.y)
    except ValueError:
        return NoNoise()


def _channels(
    seen: Callable[[Array, Array | None], Observation],
    y: Array,
    mask: Array | None,
    channel_axis: int,
) -> list[Observation]:
    """Return the observation of every channel."""
    if isinstance(channel_axis, bool) or not isinstance(channel_axis, int):
        raise TypeError(f"channel_axis must be an int; got {channel_axis!r}")
    if not -y.ndim <= channel_axis < y.ndim:
        raise ValueError(f"channel_axis must be one of the {y.ndim} axes of y; got {channel_axis}")
    axis = channel_axis % y.ndim
    tail = (slice(None),) * (y.ndim - axis - 1)
    parts = []
    for c in range(y.shape[axis]):
        at = (slice(None),) * axis + (c, *tail)
        own = mask[at] if mask is not None and mask.ndim == y.ndim else mask
        parts.append(seen(y[at], own))
    return parts


def _together(parts: list[Observation]) -> Stack:
    """Return the channels as one stack."""
    return Stack(namespace(parts[0].y).stack([part.y for part in parts]), parts[0].A)


def _split(result: Result, axis: int) -> Result:
    """Put the channels of a joint result, which come first, where they belong."""
    xp = namespace(result.x)
    levels = result.parameters.get("noise_stds", ())
    parts = []
    for c in range(result.x.shape[0]):
        own = {"noise_std": levels[c]} if levels else {}
        found = {"x": result.x[c, ...], "domain": result.domain[c, ...]}
        parts.append(dataclasses.replace(result, parameters=result.parameters | own, **found))
    return dataclasses.replace(
        result,
        x=xp.moveaxis(result.x, 0, axis),
        domain=xp.moveaxis(result.domain, 0, axis),
        channels=tuple(parts),
    )


def _joined(parts: list[Result], axis: int) -> Result:
    """Put the results of the channels together."""
    xp = namespace(parts[0].x)
    last = max(parts, key=lambda part: part.num_iter)
    return dataclasses.replace(
        last,
        x=xp.stack([part.x for part in parts], axis=axis),
        domain=xp.stack([part.domain for part in parts], axis=axis),
        seconds=sum(part.seconds for part in parts),
        channels=tuple(parts),
    )
