"""The friendly door: any method by name, colours and stacks, everything that came out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from sigdeconv._array import Array, as_float, check_finite, namespace
from sigdeconv.method import Method, registry
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation, as_operator
from sigdeconv.result import Result
from sigdeconv.stopping import Rule

__all__ = ["deconvolve", "methods"]


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
    method: str = "wiener",
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
        Name of a registered method, see `methods`.
    boundary : str, optional
        What lies beyond the border, see `Convolution`. The default, ``unknown``, assumes nothing.
    centre : sequence of int, optional
        Centre of the kernel; ``K // 2`` by default.
    mask : array of the data's shape, optional
        Weight of each sample: 0 for a dead one, 1 for a good one.
    channel_axis : int, optional
        Axis of colours or independent signals; each is restored by itself.
    num_iter, tol, stop, callback
        When to stop an iterative method.
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

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise=0.01, rng=0)
    >>> sd.deconvolve(seen, method="richardson_lucy", num_iter=10)
    Result(richardson_lucy, 10 iterations, MAX_ITER)
    """
    entry = registry.get(method)
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
        return entry.solve(y, history=history, **run, **parameters)
    if psf is None:
        raise TypeError("psf is missing; deconvolve needs y and psf, or an Observation")
    y = as_float(y, "y")
    check_finite(y, "y")
    if y.ndim == 0 or 0 in y.shape:
        raise ValueError(f"y has shape {tuple(y.shape)}; expected at least one sample")

    def solve(channel: Array, channel_mask: Array | None) -> Result:
        A = as_operator(channel, psf, **(where | {"mask": channel_mask}))
        return entry.solve(Observation(channel, A), history=history, **run, **parameters)

    if channel_axis is None:
        return solve(y, mask)
    return _by_channel(solve, y, mask, channel_axis, entry)


def _by_channel(
    solve: Callable[[Array, Array | None], Result],
    y: Array,
    mask: Array | None,
    channel_axis: int,
    entry: Method,
) -> Result:
    """Restore every channel by itself and put the results together."""
    if isinstance(channel_axis, bool) or not isinstance(channel_axis, int):
        raise TypeError(f"channel_axis must be an int; got {channel_axis!r}")
    if not -y.ndim <= channel_axis < y.ndim:
        raise ValueError(f"channel_axis must be one of the {y.ndim} axes of y; got {channel_axis}")
    axis = channel_axis % y.ndim
    at = [(slice(None),) * axis + (c,) for c in range(y.shape[axis])]
    tail = (slice(None),) * (y.ndim - axis - 1)
    parts = []
    for index in at:
        own = mask
        if mask is not None and mask.ndim == y.ndim:
            own = mask[(*index, *tail)]
        parts.append(solve(y[(*index, *tail)], own))
    xp = namespace(y)
    last = max(parts, key=lambda part: part.num_iter)
    return dataclasses.replace(
        last,
        x=xp.stack([part.x for part in parts], axis=axis),
        domain=xp.stack([part.domain for part in parts], axis=axis),
        seconds=sum(part.seconds for part in parts),
        channels=tuple(parts),
    )
