"""Data whose restoration would not fit the memory go to tiles, and the result says so.

Nothing is looked at where data are small beside the memory. Else a part of the data is restored as
the whole would be, with what NumPy allocates counted; what that says of the whole is compared with
the memory that the process may still take.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv._checks import axes_of
from sigdeconv._machine import free_memory
from sigdeconv.catalogue import registry
from sigdeconv.choice import choose, is_automatic
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import as_operator
from sigdeconv.problem import Observation, as_data, observe
from sigdeconv.psf.from_object import is_object
from sigdeconv.result import Result
from sigdeconv.sanity import say
from sigdeconv.stopping import StopReason
from sigdeconv.tiles.expected import memory_of
from sigdeconv.tiles.limits import TILING
from sigdeconv.tiles.make import bytes_of, make_plan
from sigdeconv.tiles.plan import TilePlan, bytes_in_words
from sigdeconv.tiles.restore import threads_of, tiled

__all__ = ["UNLIMITED", "Call", "in_tiles", "too_large"]

UNLIMITED = "unlimited"


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """What `deconvolve` was asked for.

    Attributes
    ----------
    y, psf, method, channel_axis
        See `deconvolve`.
    where : mapping
        ``boundary``, ``centre``, ``mask`` and ``workers``.
    run : mapping
        ``num_iter``, ``tol``, ``stop`` and ``callback``, where they were given.
    parameters : mapping
        The method's own.
    """

    y: Any
    psf: Any
    method: str
    where: Mapping[str, Any]
    channel_axis: Any
    run: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def plain(self) -> Call:
        """Return the same with data and kernel for an observation."""
        if not isinstance(self.y, Observation):
            return self
        obs, A = self.y, self.y.A
        if isinstance(A, Convolution) and A.mask is not None:
            A = dataclasses.replace(A, mask=None)
        where = {"boundary": None, "centre": None, "mask": obs.mask,
                 "workers": getattr(A, "workers", None)}  # fmt: skip
        return dataclasses.replace(self, y=obs.y, psf=A, where=where)

    @property
    def apart(self) -> tuple[int, ...]:
        """Axes of the channels."""
        given = self.channel_axis
        return () if given is None else axes_of("channel_axis", given, self.y.ndim)

    def suits(self) -> bool:
        """Tell whether tiles do what the whole would: one kernel, each signal by itself."""
        y, psf = self.y, as_operator(self.psf)
        if y.ndim == 0 or y.dtype.kind not in "fiub":
            return False
        if psf is None:
            if isinstance(self.psf, str) or is_object(self.psf) or np.iscomplexobj(self.psf):
                return False
            kernel = np.ndim(self.psf)
        else:
            plain = isinstance(psf, Convolution) and psf.mask is None and psf.out_shape == y.shape
            if not plain or any(s != 1 for s in (*psf.stride, *psf.dilation)):  # type: ignore[attr-defined]
                return False
            kernel = y.ndim
        if self.channel_axis is None or kernel == y.ndim:
            return self.channel_axis is None and kernel == y.ndim
        if is_automatic(self.method):  # which may bind the channels together
            return False
        bound = "joint" in registry.get(self.method).parameters
        return not bound or self.parameters.get("joint", True) is False

    def restore(self, y: NumpyArray, psf: Any, mask: NumpyArray | None) -> None:
        """Restore a part as the whole would be, by few iterations where their number is given."""
        when = {n: v for n, v in self.run.items() if v is not None and n != "callback"}
        if "num_iter" in when:
            when["num_iter"] = min(when["num_iter"], TILING.trial_iterations)
        options = {**self.where, "mask": mask}
        ready = as_operator(self.psf)
        if isinstance(ready, Convolution):
            options |= {"boundary": ready.boundary, "centre": ready.centre}
        one = tuple(0 if a in self.apart else slice(None) for a in range(y.ndim))
        weights = mask[one] if mask is not None else None
        obs = observe(as_data(y[one]), psf, **options | {"mask": weights})
        if is_automatic(self.method):
            choose(obs, self.method, **when).run(obs, history=False, **when)
            return
        own = {n: v for n, v in self.parameters.items() if np.shape(v) != self.y.shape}
        registry.get(self.method).solve(obs, history=False, **when, **own)


def too_large(call: Call, memory: float | str | None) -> tuple[float, float] | None:
    """Return the bytes that a restoration needs and may take, where tiles can help; else None.

    Parameters
    ----------
    call : Call
        What is asked for.
    memory : float or str, optional
        What the restoration may take; by default what the process may still take.
        ``"unlimited"``: anything.

    Raises
    ------
    TypeError, ValueError
        If `memory` is no size.
    """
    limit = None if memory is None else math.inf if memory == UNLIMITED else bytes_of(memory)
    call = call.plain()
    y = call.y
    if not isinstance(y, np.ndarray) or limit == math.inf:
        return None
    few = limit is None and y.size < TILING.least_whole
    if few or not call.suits():
        return None
    free = free_memory() if limit is None else limit
    signals = math.prod(y.shape[a] for a in call.apart)
    results = 16.0 * y.size if signals > 1 else 0.0
    if y.size / signals * TILING.bytes_most + results < free:
        return None
    ready = as_operator(call.psf)
    kernel = np.asarray(ready.psf if isinstance(ready, Convolution) else call.psf)
    when = {n for n, v in call.run.items() if v is not None}
    quick = not is_automatic(call.method) and (
        bool({"num_iter"} & when) or not registry.get(call.method).iterates
    )
    need = results + memory_of(
        call.restore, y, kernel, call.apart, call.where.get("mask"), quick=quick
    )
    return (need, free) if need > TILING.memory_used * free else None


def in_tiles(call: Call, memory: float | str | None) -> Result | None:
    """Return the result of tiles where the whole would not fit the memory, else None.

    Parameters
    ----------
    call : Call
        What is asked for. Where it has a callback, which sees the whole, there are no tiles.
    memory : float or str, optional
        See `too_large`.

    Raises
    ------
    TypeError, ValueError
        If `memory` is no size.
    """
    found = too_large(call, memory)
    if found is None or call.run.get("callback") is not None:
        return None
    began = time.perf_counter()
    call = call.plain()
    need, free = found
    y, where = call.y, dict(call.where)
    workers, mask = where.pop("workers", None), where.get("mask")
    out = y.size * (4 if y.dtype.kind == "f" and y.itemsize <= 4 else 8)
    when = {n: v for n, v in call.run.items() if n != "callback"}
    try:
        plan = make_plan(
            y, call.psf, method=call.method, memory=max(free - out, 1.0),
            channel_axis=call.channel_axis, at_once=threads_of(workers), **where, **when,
            **call.parameters,
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        say(
            f"the whole needs about {bytes_in_words(need)} of memory and may take "
            f"{bytes_in_words(free)}, and tiles cannot be made: {error}"
        )
        return None
    own = {n: v for n, v in call.parameters.items() if np.shape(v) == y.shape}
    x = tiled(y, call.psf, plan=plan, mask=mask, workers=workers, **own)
    said = f"the whole needs about {bytes_in_words(need)} and may take {bytes_in_words(free)}"
    return _result(x, plan, said, time.perf_counter() - began)


def _result(x: NumpyArray, plan: TilePlan, said: str, seconds: float) -> Result:
    """Return what tiles made as a result."""
    layout = plan.layout(plan.shape)
    tile, halo = (" x ".join(map(str, n)) for n in (plan.tile, plan.halo))
    found = {n: v for n, v in plan.parameters.items() if isinstance(v, (bool, int, float, str))}
    found |= {} if plan.noise_std is None else {"noise_std": plan.noise_std}
    found |= {"why": plan.why} if plan.why else {}
    found["tiles"] = f"{len(layout)} of {tile} samples, halo {halo}, by one plan: {said}"
    usual = StopReason.MAX_ITER if registry.get(plan.method).iterates else StopReason.DIRECT
    return Result(
        x=x,
        method=plan.method,
        num_iter=plan.num_iter or 0,
        stop=StopReason[plan.stop] if plan.stop else usual,
        domain=x,
        seconds=seconds,
        parameters=found,
        doubts=plan.doubts,
        window=(slice(None),) * x.ndim,
    )
