"""Any method by name or by the data, colours and stacks, and everything that came out.

With data and kernel alone it looks at the noise and chooses the method; the method then finds its
own strength. `print(result)` says what was chosen and why.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv._checks import axes_of
from sigdeconv.alike import lay_out, restore_alike
from sigdeconv.catalogue import registry
from sigdeconv.choice import Plan, choose, is_automatic, kernel_of_data
from sigdeconv.geometry import Boundary
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike, as_operator
from sigdeconv.problem import Observation, as_data, observe
from sigdeconv.result import Result
from sigdeconv.sanity import warn_about, warn_of_doubts
from sigdeconv.stopping import Rule
from sigdeconv.tiles.automatic import Call, in_tiles

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
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: str = "auto",
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Any,
) -> Result:
    """Restore a signal that went through a convolution.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N), or Observation
        The data, with one more axis for each of `channel_axis`; or an observation, which brings
        its own operator.
    psf : array, Convolution or str
        The kernel, a complex transfer function on the grid of `y`, or a ready operator. With
        `channel_axis` it serves all channels; one with as many axes as `y`, of the length of
        `y` or one along the channels, is a kernel for each.
        ``"auto"`` finds the kernel in the data by `psf.estimate`, and ``"disk:auto"`` one of that
        family; what was found, and how sure that is, stands in ``parameters["kernel"]``.
    method : str
        Name of a registered method, see `methods`: the result's `x` is what the function of that
        name returns. ``"auto"`` chooses from the data: `richardson_lucy` for a dark scene of counts
        (stars, beads), stopped by the noise; else `tv` or `wiener`, whichever is predicted to have
        the smaller error; `wiener` for complex or few data. ``"best"`` tries `hyper_laplacian`,
        `wavelet_l1` and `plug_and_play` as well: some tenths of a decibel more on photographs, in
        many times the time.
    boundary : str, optional
        What lies beyond the border, see `Convolution`. The default, ``unknown``, assumes nothing.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        The kernel sample that stands for zero displacement, by name or index: ``middle``, the
        default, is ``K // 2``; a response in time begins at ``start``. See `Convolution`.
    mask : array of the data's shape, optional
        Weight of each sample in [0, 1]: 0 for a dead one, 1 for a good one.
    channel_axis : int or sequence of int, optional
        Axis of colours or of other signals; or several, such as ``(0, 2)`` for the times and the
        channels of a (t, z, c, y, x) recording. A method with a parameter ``joint``, such as `tv`,
        binds those of one axis together, unless it is False or each has its own kernel; every
        other, and every method with several axes, restores each by itself.
    axis : int or sequence of int, optional
        The axes of `y` along which the kernel acts, in its order. All others hold signals of one
        kind, such as traces or spectra, restored together: one choice, one noise, one strength for
        all, in `wiener`, `tikhonov`, `tv` and plain iterations without a loop over the signals.
        `channel_axis` names the other axes instead, and there each signal finds its own. By default
        the kernel acts along all axes.
    num_iter : int, optional
        Number of iterations of an iterative method, at most. Without `num_iter`, `tol` and `stop`
        the method stops as its own documentation says. With an automatic choice `num_iter`, `tol`
        and `callback` go to those methods that are tried and iterate.
    tol : float, optional
        Stop when an iteration changes the estimate by less than this fraction.
    stop : Rule or "auto", optional
        A rule of `sigdeconv.stopping`, for an iterative method by name.
    callback : callable, optional
        ``callback(k, x)`` after each iteration; a true return value stops. Where an automatic
        choice takes a method that does not iterate it is called once.
    history : bool
        Record the relative residual of an iterative method at each iteration.
    workers : int, optional
        Threads; by default the cores that the process may use, for large arrays.
    memory : float or str, optional
        What the restoration may take beside the data, in bytes or in words such as ``"4 GiB"``; by
        default what the process may still take. NumPy's data and memory maps that need more go to
        tiles (`tiled`), and ``parameters["tiles"]`` says so; those with a callback, and channels
        that are bound together, do not. ``"unlimited"``: never.
    **parameters
        The method's own parameters: those of the function of its name beyond the ones above, such
        as ``weight`` and ``kind`` of `tv`. With an automatic choice there are none.

    Returns
    -------
    Result
        The estimate `x`, how it was found, and why the method stopped.

    Raises
    ------
    ValueError
        If a method or a word is not known, a number is out of range, a shape does not fit, data or
        kernel hold NaN or infinity, or an argument does not apply to the method.
    TypeError
        If an argument is of the wrong type, is none of the method's, or would have to choose the
        method by itself: `stop` and a method's own parameters, with an automatic choice.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If data or kernel are probably not what they should be; the text says what to do.
    sigdeconv.sanity.ResultWarning
        If the result is out of proportion to the data, probably worse than they are, or of an
        iteration that is not done: one for each of `Result.doubts`.

    See Also
    --------
    compare : Several methods on the same data.
    tune : How strong a method shall be.
    simulate : Data from a scene, to try it on.
    psf.estimate : A kernel that is not known.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.box(5), noise=0.01, rng=0)
    >>> sd.deconvolve(obs, method="richardson_lucy", num_iter=10)
    Result(richardson_lucy, 10 iterations, MAX_ITER)
    """
    run: dict[str, Any] = {"num_iter": num_iter, "tol": tol, "stop": stop, "callback": callback}
    where: dict[str, Any] = {
        "boundary": boundary, "centre": centre, "mask": mask, "workers": workers
    }  # fmt: skip
    _check(method, run, parameters)
    call = Call(y, psf, method, where, channel_axis, run, parameters)
    if isinstance(y, Observation):
        _check_alone(where | {"psf": psf, "channel_axis": channel_axis, "axis": axis})
        large = in_tiles(call, memory)
        return _said(large or _run(method, y, run, parameters, history))
    if psf is None:
        raise TypeError("psf is missing; deconvolve needs y and psf, or an Observation")
    if axis is not None:
        if channel_axis is not None:
            raise ValueError("axis and channel_axis both say which axes the kernel has; give one")
        return _said(_along(y, psf, axis, where, method, run | parameters, history))
    large = in_tiles(call, memory)
    if large is not None:
        return _said(large)
    y = as_data(y)
    if isinstance(psf, str):
        apart = () if channel_axis is None else _axes(channel_axis, y)
        found = kernel_of_data(y, psf, apart=apart, mask=mask)
        where |= {"centre": "middle", "channel_axis": channel_axis}
        result = deconvolve(y, found.psf, method=method, history=history, memory=memory, **where,
                            **run, **parameters)  # fmt: skip
        told = {"psf": found.psf, "kernel": f"{found!r}: {found.why}"}
        return dataclasses.replace(result, parameters=told | result.parameters)
    if channel_axis is None:
        obs = observe(y, psf, **where)
        warn_about([obs])
        return _said(_run(method, obs, run, parameters, history))
    axes = _axes(channel_axis, y)
    parts = _channels(y, psf, axes, where)
    warn_about(parts)
    own = _per_channel(psf, y) or (mask is not None and getattr(mask, "ndim", y.ndim) == y.ndim)
    joint = len(axes) == 1 and not own and parts[0].is_convolution
    result = _restore_channels(method, parts, joint, run, parameters, history)
    return _said(_placed(result, axes, tuple(y.shape[axis] for axis in axes)))


def _said(result: Result) -> Result:
    """Return a result after its doubts were said."""
    warn_of_doubts(result)
    return result


def _check_alone(beside: dict[str, Any]) -> None:
    """Raise for what was given beside an observation, which brings it."""
    given = [name for name, value in beside.items() if value is not None]
    if given:
        raise ValueError(
            f"{given[0]} was given although y is an Observation, which has its own operator; "
            "pass y.y and the psf instead"
        )


def _check(method: str, run: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Raise for a method that does not exist, and for what an automatic choice cannot take."""
    if not is_automatic(method):
        registry.get(method)
        return
    entries = [registry.get(name) for name in registry]
    if run["stop"] is not None:
        names = ", ".join(entry.name for entry in entries if entry.iterates)
        raise TypeError(
            f"stop is for an iterative method by name, and method={method!r} may take one that is "
            f"not; expected method to be one of {names}"
        )
    for name in parameters:
        owners = [entry.name for entry in entries if name in entry.parameters]
        if not owners:
            raise TypeError(f"no method has a parameter {name!r}; see sigdeconv.methods()")
        raise TypeError(
            f"{name} is a parameter of single methods, and method={method!r} chooses one from the "
            f"data; expected method to be one of {', '.join(owners)}"
        )


def _run(
    method: str, obs: Observation, run: dict[str, Any], parameters: dict[str, Any], history: bool
) -> Result:
    """Restore one signal."""
    if is_automatic(method):
        options = {n: v for n, v in run.items() if v is not None}
        return choose(obs, method, **options).run(obs, history=history, **options)
    return registry.get(method).guarded(obs, history=history, **run, **parameters)


def _along(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike | str,
    axis: int | Sequence[int],
    where: dict[str, Any],
    method: str,
    options: dict[str, Any],
    history: bool,
) -> Result:
    """Restore signals of one kind along some axes."""
    if isinstance(psf, str):
        raise ValueError(
            f"psf={psf!r} finds a kernel in a whole array; with axis give the kernel, such as that "
            f"of psf.estimate for some of the signals"
        )
    signals = lay_out(y, psf, axis, where)
    found: dict[str, Any] = {}
    if is_automatic(method):
        given = {n: v for n, v in options.items() if v is not None}
        plan = choose(signals.usual, method, **given)
        method, found = plan.method, {**plan.found, "why": plan.why}
        if not registry.get(method).iterates:
            options = {}
    result = restore_alike(registry.get(method), signals, history=history, **options)
    return dataclasses.replace(result, parameters=result.parameters | found)


def _axes(channel_axis: Any, y: Array) -> tuple[int, ...]:
    """Return the axes of the channels, counted from the first, in rising order."""
    found = axes_of("channel_axis", channel_axis, int(y.ndim))
    if len(found) == y.ndim:
        raise ValueError(
            f"channel_axis must name different axes of the {y.ndim} of y, and leave one for the "
            f"kernel at least; got {channel_axis!r}"
        )
    return tuple(sorted(found))


def _per_channel(psf: ArrayLike | OperatorLike, y: Array) -> bool:
    """Tell whether the kernel has axes of the channels of its own."""
    return as_operator(psf) is None and getattr(psf, "ndim", 0) == y.ndim


def _channels(
    y: Array, psf: ArrayLike | OperatorLike, axes: tuple[int, ...], where: dict[str, Any]
) -> list[Observation]:
    """Return the observation of every channel; those with the same mask share the operator."""
    mask = where["mask"]
    own = mask is not None and getattr(mask, "ndim", y.ndim) == y.ndim
    kernels: Any = psf if _per_channel(psf, y) else None
    if kernels is not None and any(kernels.shape[a] not in (1, y.shape[a]) for a in axes):
        raise ValueError(
            f"psf has shape {tuple(kernels.shape)}, with one kernel for each channel; expected "
            f"the length of y, {tuple(y.shape)}, or one along channel_axis {axes}"
        )
    parts: list[Observation] = []
    for place in itertools.product(*(range(y.shape[axis]) for axis in axes)):
        at: list[Any] = [slice(None)] * y.ndim
        of = list(at)
        for axis, c in zip(axes, place, strict=True):
            at[axis] = c
            of[axis] = c if kernels is not None and kernels.shape[axis] > 1 else 0
        weights = mask[tuple(at)] if own and mask is not None else mask
        kernel = psf if kernels is None else kernels[tuple(of)]
        parts.append(observe(y[tuple(at)], kernel, **(where | {"mask": weights})))
    if where["boundary"] is None and len({str(getattr(p.A, "boundary", "")) for p in parts}) > 1:
        # Some start from rest and some do not: nothing is known of what was before.
        return _channels(y, psf, axes, where | {"boundary": "unknown"})
    return parts


def _placed(result: Result, axes: tuple[int, ...], lengths: tuple[int, ...]) -> Result:
    """Put the channels of a result, which come first, where they belong."""
    xp = namespace(result.x)

    def place(array: Array) -> Array:
        array = xp.reshape(array, lengths + tuple(array.shape)[1:])
        rest = iter(range(len(axes), array.ndim))
        order = [axes.index(k) if k in axes else next(rest) for k in range(array.ndim)]
        return xp.permute_dims(array, tuple(order))

    return dataclasses.replace(result, x=place(result.x), domain=place(result.domain))


def _restore_channels(
    method: str,
    parts: list[Observation],
    joint: bool,
    run: dict[str, Any],
    parameters: dict[str, Any],
    history: bool,
) -> Result:
    """Restore all channels by the same method: for an automatic choice that of the brightest.

    The channels come first in what is returned.
    """
    plan: Plan | None = None
    options = {n: v for n, v in run.items() if v is not None}
    if is_automatic(method):
        xp = namespace(parts[0].y)
        brightest = max(parts, key=lambda part: float(xp.mean(xp.abs(part.y))))
        plan = choose(brightest, method, **options)
        method = plan.method
    entry = registry.get(method)

    def restore(obs: Observation) -> Result:
        if plan is not None:
            return plan.run(obs, history=history, **options)
        return entry.guarded(obs, history=history, **run, **parameters)

    if "joint" in entry.parameters and parameters.get("joint", True) and joint:
        together = namespace(parts[0].y).stack([part.y for part in parts])
        return _split(restore(Observation(together, parts[0].A)))
    return _joined([restore(part) for part in parts])


def _split(result: Result) -> Result:
    """Give a joint result the results of its channels."""
    levels = result.parameters.get("noise_stds", ())
    parts = []
    for c in range(result.x.shape[0]):
        own = {"noise_std": levels[c]} if levels else {}
        found = {"x": result.x[c, ...], "domain": result.domain[c, ...]}
        parts.append(dataclasses.replace(result, parameters=result.parameters | own, **found))
    return dataclasses.replace(result, channels=tuple(parts))


def _joined(parts: list[Result]) -> Result:
    """Put the results of the channels together."""
    xp = namespace(parts[0].x)
    last = max(parts, key=lambda part: part.num_iter)
    return dataclasses.replace(
        last,
        x=xp.stack([part.x for part in parts], axis=0),
        domain=xp.stack([part.domain for part in parts], axis=0),
        seconds=sum(part.seconds for part in parts),
        channels=tuple(parts),
    )
