"""The first pass over a large source: a sample of windows gives one plan for all tiles."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import ArrayLike, NumpyArray, as_kernel, is_complex
from sigdeconv._checks import axes_of, flag, integers, number
from sigdeconv.catalogue import registry
from sigdeconv.choice import is_automatic
from sigdeconv.geometry import Boundary
from sigdeconv.geometry.borders import check_boundary, has_end
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.matrix import OperatorLike, as_operator
from sigdeconv.problem import Observation, observe
from sigdeconv.sanity import warn_about
from sigdeconv.stopping import Rule
from sigdeconv.tiles.freeze import Frozen, freeze
from sigdeconv.tiles.layout import along_signal, smallest_tile, tile_shape
from sigdeconv.tiles.limits import TILING
from sigdeconv.tiles.plan import TilePlan, bytes_in_words
from sigdeconv.tiles.probe import TileProbe
from sigdeconv.tiles.sample import broad_places, sample_of, window_places
from sigdeconv.tiles.source import TileSource, as_source, read_block
from sigdeconv.tiles.work import block_of

__all__ = ["bytes_of", "make_plan", "parts_of"]

SIZES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
         "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}  # fmt: skip


def make_plan(
    source: Any,
    psf: ArrayLike | OperatorLike,
    *,
    method: str = "auto",
    memory: float | str = "4 GiB",
    local: bool = False,
    tile: int | Sequence[int] | None = None,
    halo: int | Sequence[int] | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: Any = None,
    channel_axis: int | Sequence[int] | None = None,
    dtype: Any = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    at_once: int = 1,
    chunks: Sequence[int] | None = None,
    **parameters: Any,
) -> TilePlan:
    """Look at a sample of a large source and return one plan for all of its tiles.

    Parameters
    ----------
    source : array or path
        See `tiled`.
    psf : array or Convolution
        The kernel, with an axis for each of the source but `channel_axis`.
    method : str
        A method, ``"auto"`` or ``"best"``, as in `deconvolve`.
    memory : float or str
        What the tiles may take, in bytes or in words: ``"4 GiB"``, ``"500 MB"``. Source and output
        that are arrays in memory come on top.
    local : bool
        Each tile finds noise, weight and end of the iteration by itself. That may be better where
        the noise changes over the source, and leaves seams.
    tile, halo : int or sequence of int, optional
        Samples of a tile and of its halo along each axis; by default as large as the memory allows,
        and as wide as the deviation asks that was measured.
    boundary, centre, mask
        See `deconvolve`; they hold for the source as a whole.
    channel_axis : int or sequence of int, optional
        Axes along which every sample is a signal of its own, such as times and channels. All of
        them follow one plan.
    dtype : dtype, optional
        Type to compute in, ``float32`` or ``float64``: that of the source if it is one of them,
        else ``float64``.
    num_iter, tol, stop
        See `deconvolve`; they hold for all tiles.
    at_once : int
        Tiles that are at work at the same time, and share the memory.
    chunks : sequence of int, optional
        Pieces in which the output is stored.
    **parameters
        The method's own. An array of the shape of the source is cut into the tiles.

    Returns
    -------
    TilePlan
        The plan.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit; if the memory is too small for any tile.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.camera(), sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> plan = sd.tiles.make_plan(obs.y, obs.A.psf, method="richardson_lucy", num_iter=20)
    >>> plan.num_iter, plan.tile == plan.shape
    (20, True)
    """
    source, size = as_source(source), bytes_of(memory)
    shape = tuple(source.shape)
    apart = _axes(channel_axis, len(shape))
    kernel, border, centre = _kernel(psf, boundary, centre, len(shape) - len(apart))
    kind, (whole, fixed) = _dtype(dtype, source.dtype), parts_of(parameters, shape)
    mask = None if mask is None else as_source(mask, "mask")
    if not is_automatic(method):
        registry.get(method)
    run = {"num_iter": num_iter, "tol": tol, "stop": stop}

    def observe_at(place: tuple[slice, ...]) -> Observation:
        y = block_of(read_block(source, place), apart, kind)
        w = None if mask is None else block_of(read_block(mask, place), apart, kind)
        return observe(y, kernel, boundary="unknown", centre=centre, mask=w)

    A = Convolution.for_data(kernel, (1,) * kernel.ndim, centre=centre)
    places = window_places(shape, A.span, apart)
    sample = sample_of(places, observe_at, _broad(shape, size, apart))
    warn_about([sample.usual])
    if flag("local", local):
        frozen = Frozen(method, num_iter, fixed, None, "each tile by itself")
    else:
        here = places[sample.windows.index(sample.usual)]
        cut = {n: block_of(read_block(v, here), apart, kind) for n, v in whole.items()}
        frozen = _without(freeze(sample.usual, sample.windows, method, run, fixed | cut), whole)
    plan = TilePlan(
        **{f.name: getattr(frozen, f.name) for f in dataclasses.fields(frozen)}, local=local,
        shape=shape, dtype=kind, boundary=border, centre=tuple(A.centre),
        apart=apart, tile=shape, halo=(0,) * len(shape), transform=(), seam=0.0, bytes_each=0.0,
        windows=len(places),
    )  # fmt: skip
    probe = TileProbe(plan, A, sample, places, whole, run)
    plan = dataclasses.replace(plan, bytes_each=probe.bytes_each())
    if halo is not None:
        plan = _with_halo(plan, halo)
    elif tile is not None or not _fits(plan, A, size / at_once) or has_end(border, "periodic"):
        wide, seam = probe.halo()
        plan = dataclasses.replace(plan, halo=wide, seam=seam)
    return _with_tiles(plan, A, tile, size, at_once, chunks)


def _broad(shape: tuple[int, ...], size: float, apart: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Return the large parts that spectra are taken from, none where the memory is small."""
    most = min(TILING.most, size / TILING.bytes_broad)
    return broad_places(shape, most, apart) if most > TILING.samples else []


def _without(found: Frozen, whole: dict[str, TileSource]) -> Frozen:
    """Return what was found without the parameters that are cut into the tiles."""
    rest = {n: v for n, v in found.parameters.items() if n not in whole}
    return dataclasses.replace(found, parameters=rest)


def parts_of(
    parameters: dict[str, Any], shape: tuple[int, ...]
) -> tuple[dict[str, TileSource], dict[str, Any]]:
    """Return the parameters that have the shape of the source, and the others."""
    whole = {
        n: as_source(v, n)
        for n, v in parameters.items()
        if len(shape) and tuple(getattr(v, "shape", ())) == shape
    }
    return whole, {n: v for n, v in parameters.items() if n not in whole}


def bytes_of(memory: Any) -> float:
    """Return a size in bytes, from a number or words such as ``4 GiB``.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or not above 0.

    Examples
    --------
    >>> from sigdeconv.tiles.make import bytes_of
    >>> bytes_of("4 GiB") == 4 * 2**30, bytes_of("1.5MB")
    (True, 1500000.0)
    """
    if isinstance(memory, str):
        match = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([kmgt]?i?)b?\s*", memory.lower())
        try:
            if match is None:
                raise ValueError
            memory = float(match[1]) * SIZES[match[2]]
        except (ValueError, KeyError):
            raise ValueError(
                f"memory must be a number of bytes or a size such as '4 GiB'; got {memory!r}"
            ) from None
    return number("memory", memory, above=0, instead="a size such as '4 GiB' or a")


def _axes(channel_axis: Any, ndim: int) -> tuple[int, ...]:
    if channel_axis is None:
        return ()
    found = axes_of("channel_axis", channel_axis, ndim, of="the source")
    if len(found) == ndim:
        raise ValueError(f"channel_axis {channel_axis!r} leaves no axis for the kernel")
    return tuple(sorted(found))


def _kernel(psf: Any, boundary: Any, centre: Any, ndim: int) -> tuple[NumpyArray, Any, Any]:
    """Return the kernel, and border and centre as they are given or as the operator has them."""
    ready = as_operator(psf)
    if ready is not None:
        plain = isinstance(ready, Convolution) and ready.mask is None
        if not plain or any(s != 1 for s in (*ready.stride, *ready.dilation)):  # type: ignore[attr-defined]
            raise TypeError(
                f"psf must be a kernel or a Convolution without stride, dilation and mask; got "
                f"{ready!r:.60}"
            )
        assert isinstance(ready, Convolution)
        psf, centre, boundary = ready.psf, ready.centre, ready.boundary
    border = check_boundary("unknown" if boundary is None else boundary, ndim)
    if isinstance(psf, (str, os.PathLike)):
        raise TypeError(f"psf must be an array; got {psf!r}; sigdeconv.psf.from_spec makes one")
    kernel = as_kernel(psf)
    if is_complex(kernel):
        raise TypeError("psf is complex, a transfer function on the grid of all data; expected a "
                        "kernel. sigdeconv.psf.otf2psf makes one")  # fmt: skip
    if kernel.ndim != ndim:
        raise ValueError(
            f"psf has {kernel.ndim} axes; expected {ndim}, those of the source but channel_axis"
        )
    return kernel, border, centre


def _dtype(dtype: Any, of: Any) -> str:
    kind = np.dtype(dtype if dtype is not None else of)
    if kind.name in ("float32", "float64"):
        return kind.name
    if dtype is not None:
        raise ValueError(f"dtype must be float32 or float64; got {dtype!r}")
    return "float32" if kind.kind == "f" and kind.itemsize < 4 else "float64"


def _with_halo(plan: TilePlan, halo: Any) -> TilePlan:
    """Return the plan with a halo that was given."""
    signal = integers("halo", halo, len(plan.shape) - len(plan.apart), least=0)
    wide = along_signal(signal, plan.apart, len(plan.shape), 0)
    for h, n in zip(wide, plan.shape, strict=True):
        if h >= n:
            raise ValueError(
                f"halo {signal} is larger than the source, of shape {plan.shape}; expected less "
                f"than {min(plan.shape)}, or None, which measures it"
            )
    return dataclasses.replace(plan, halo=wide)


def _signal(shape: tuple[int, ...], apart: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for a, n in enumerate(shape) if a not in apart)


def _fits(plan: TilePlan, A: Convolution, memory: float) -> bool:
    """Tell whether one tile is enough."""
    grid = Convolution.for_data(A.psf, _signal(plan.shape, plan.apart), centre=A.centre).shape
    return not plan.apart and math.prod(grid) * plan.bytes_each <= TILING.memory_used * memory


def _with_tiles(
    plan: TilePlan,
    A: Convolution,
    tile: Any,
    memory: float,
    at_once: int,
    chunks: Sequence[int] | None,
) -> TilePlan:
    """Return the plan with the largest tiles that the memory allows."""
    shape, halo = plan.shape, plan.halo
    most = TILING.memory_used * memory / at_once / max(plan.bytes_each, 1.0)
    spans = along_signal(A.span, plan.apart, len(shape), 1)
    if tile is not None:
        own = integers("tile", tile, len(shape) - len(plan.apart), least=1)
        size = along_signal(own, plan.apart, len(shape), 1)
        size = tuple(min(t, n) for t, n in zip(size, shape, strict=True))
    else:
        # The transform is longer than the block by the kernel.
        grown = tuple(h + -(-k // 2) for h, k in zip(halo, spans, strict=True))
        least = math.prod(
            min(c + 2 * h, n)
            for c, h, n in zip(smallest_tile(shape, plan.apart), grown, shape, strict=True)
        )
        if least > most:
            need = least * max(plan.bytes_each, 1.0) * at_once / TILING.memory_used
            raise ValueError(
                f"memory of {bytes_in_words(memory)} is too small for {plan.method} with a halo of "
                f"{halo}; expected at least {bytes_in_words(need)}, or a smaller halo"
            )
        size = tile_shape(shape, grown, most, chunks, plan.apart)
    plan = dataclasses.replace(plan, tile=size)
    if size == shape and not has_end(plan.boundary, "periodic"):
        plan = dataclasses.replace(plan, halo=(0,) * len(shape), seam=0.0)
    block = plan.layout(shape).block
    signal = _signal(block, plan.apart)
    grid = Convolution.for_data(A.psf, signal, centre=A.centre).shape
    return dataclasses.replace(plan, transform=grid)
