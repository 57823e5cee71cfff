"""Restore what is larger than the memory: two passes, one plan."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from sigdeconv._array import ArrayLike
from sigdeconv._checks import flag, worker_count
from sigdeconv._machine import cores
from sigdeconv.geometry import Boundary
from sigdeconv.io import Meta, open_parts
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike, as_operator
from sigdeconv.stopping import Rule
from sigdeconv.tiles.cluster import connected, run_on
from sigdeconv.tiles.lazy import lazy_tiles
from sigdeconv.tiles.make import make_plan, parts_of
from sigdeconv.tiles.plan import TilePlan
from sigdeconv.tiles.run import Progress, TileJob, counted, run_tiles
from sigdeconv.tiles.sink import Journal, check_out, digest, grain_of, open_out
from sigdeconv.tiles.source import as_source, is_dask, part_of
from sigdeconv.tiles.work import TileWork

__all__ = ["threads_of", "tiled"]

Begun = tuple[TilePlan, set[int]]  # the plan of an output that is there, and what is finished


def tiled(
    source: Any,
    psf: ArrayLike | OperatorLike,
    *,
    method: str = "auto",
    out: Any = None,
    plan: TilePlan | str | os.PathLike[str] | None = None,
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
    client: Any = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    **parameters: Any,
) -> Any:
    """Restore a source that is larger than the memory, tile by tile and by one plan.

    A sample of the source gives noise, weight, number of iterations, and how far the border of a
    tile is felt (`tiles.make_plan`). Then each tile is read once, with its halo, restored by that
    plan, and written.

    Parameters
    ----------
    source : array or path
        An array of NumPy, a memory map, an array of Zarr, HDF5 or Dask; or the path of a file of
        which parts are read: .npy, .zarr (OME-Zarr too), .tif.
    psf : array or Convolution
        The kernel, with an axis for each of the source but `channel_axis`.
    method : str
        A method, ``"auto"`` or ``"best"``, as in `deconvolve`.
    out : array or path, optional
        Where the result goes: an array that takes parts, or a path: .npy, or .zarr, which becomes
        an OME-Zarr with the axes and the scale of the source. Tiles are whole pieces of it; where
        that cannot be, they are written one after the other. Beside a path lies
        ``NAME.tiles``, which says what is finished: a run that was killed goes on where it ended,
        when it is started again with the same arguments. By default an array in memory.
    plan : TilePlan or path, optional
        A plan of `tiles.make_plan`, or the file that it was saved to: nothing is looked for then,
        and what it holds may not be given beside it.
    memory : float or str
        What the tiles may take, in bytes or in words: ``"4 GiB"``, ``"500 MB"``. Source and output
        that are arrays in memory come on top.
    local : bool
        Each tile finds noise, weight and end of the iteration by itself. That may be better where
        the noise changes over the source, and leaves seams.
    tile, halo : int or sequence of int, optional
        Samples of a tile and of its halo along each axis, in place of those that are found.
    boundary, centre, mask
        See `deconvolve`; they hold for the source as a whole. `mask` may be of any kind that
        `source` may be.
    channel_axis : int or sequence of int, optional
        Axes along which every sample is a signal of its own, such as times and channels. All of
        them follow one plan.
    dtype : dtype, optional
        Type to compute in and of the result, ``float32`` or ``float64``: that of the source if it
        is one of them, else ``float64``.
    num_iter, tol, stop
        See `deconvolve`; they hold for all tiles.
    client : distributed.Client or str, optional
        Workers of `dask.distributed`, or the address of their scheduler; `memory` is that of one
        of their threads. Where source and output are paths the workers read and write themselves,
        so that they have to see the same files.
    workers : int, optional
        Threads, each with tiles of its own; those that the process may use by default
        (OMP_NUM_THREADS, or its affinity). The result does not depend on them.
    overwrite : bool
        Replace an output that exists and was made otherwise.
    progress : callable, optional
        Called with a `tiles.TileProgress` after each tile.
    **parameters
        The method's own. An array of the shape of the source is cut into the tiles.

    Returns
    -------
    out : array
        The result, of the shape of the source: `out`, or what was made of it. For an array of Dask
        and no `out` it is one of Dask, of which nothing is computed yet.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, the memory is too small for any tile, or the output exists and
        was made otherwise.
    OSError
        If the output cannot be written; tiles that are finished are kept.

    Notes
    -----
    Choices that each tile makes for itself, and iterations that end at different places, are seen
    as seams; a halo does not help against them. So all tiles have the same weight and number of
    iterations, and methods that end by their own accuracy are taken five times as far as usual.
    Against the same plan on the whole, Richardson-Lucy, Wiener and Tikhonov differ by less than
    1e-3 of the range, total variation and wavelets by less than 5e-3; within a kernel of the
    border of the source somewhat more, since the methods there know the opposite border a little.

    References
    ----------
    .. [1] P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra",
           IEEE Trans. Audio Electroacoust. 15, 1967, :doi:`10.1109/TAU.1967.1161901`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.camera(), sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> x = sd.tiled(obs.y, obs.A.psf, method="richardson_lucy", num_iter=10, memory="8 MiB")
    >>> whole = sd.richardson_lucy(obs.y, obs.A.psf, num_iter=10)
    >>> bool(np.max(np.abs(x - whole)) < 1e-3)
    True
    """
    given, source = source, as_source(source)
    threads = threads_of(workers) if client is None else 1
    check_out(out, tuple(source.shape))
    asked: dict[str, Any] = {
        "method": method, "local": local, "tile": tile, "halo": halo, "boundary": boundary,
        "centre": centre, "channel_axis": channel_axis, "dtype": dtype, "num_iter": num_iter,
        "tol": tol, "stop": stop,
    }  # fmt: skip
    whole, fixed = parts_of(parameters, tuple(source.shape))
    kernel = _kernel_of(psf)
    journal = Journal(pathlib.Path(os.fsdecode(out))) if _is_path(out) else None
    known = journal and _middle(source)
    text = digest(tuple(source.shape), known, kernel, asked, fixed, sorted(whole), mask is None)
    before = _before(journal, text, flag("overwrite", overwrite))
    if plan is not None:
        plan = _given(plan, asked, parameters, before, out)
    elif before is not None:
        plan = before[0]
    else:
        plan = make_plan(
            source, psf, memory=memory, mask=mask, at_once=threads, chunks=_grain(out, source),
            **asked, **parameters,
        )  # fmt: skip
    work = TileWork(plan, kernel, 1, {"num_iter": num_iter, "tol": tol, "stop": stop})
    weights = None if mask is None else as_source(mask, "mask")
    if out is None and client is None and is_dask(source):
        return lazy_tiles(work, plan.layout(tuple(source.shape)), source, weights, whole)
    if journal is not None and before is None:
        journal.begin(text, plan)
    meta = open_parts(given)[1] if _is_path(given) else Meta()
    target = open_out(out, plan, tuple(source.shape), meta, go_on=before is not None)
    job = TileJob(work, source, weights, whole, target, _name(out))
    files = None if whole else _paths(given, mask, out)
    _run(job, set() if before is None else before[1], journal, progress, threads, client, files)
    return target


def _run(
    job: TileJob, done: set[int], journal: Journal | None, progress: Progress | None,
    threads: int, client: Any, files: tuple[str, str | None, str] | None,
) -> None:  # fmt: skip
    """Restore the tiles that are not done yet, in threads here or on the workers of a client."""
    plan, shape = job.work.plan, tuple(job.source.shape)
    layout = plan.layout(shape)
    tell = counted(len(layout), len(done), progress, journal and journal.finished)
    tiles = (t for t in layout if t.index not in done)
    apart = _apart(job.target, plan, shape)
    if client is not None:
        with connected(client) as own:
            run_on(own, tiles, job, tell, files if apart else None)
        return
    at_once = min(threads, len(layout)) if apart else 1
    work = dataclasses.replace(job.work, workers=max(threads // at_once, 1))
    run_tiles(tiles, dataclasses.replace(job, work=work), at_once, tell)


def _paths(given: Any, mask: Any, out: Any) -> tuple[str, str | None, str] | None:
    """Return the files that workers read and write themselves, if all are files."""
    if not (_is_path(given) and _is_path(out) and (mask is None or _is_path(mask))):
        return None
    return os.fspath(given), None if mask is None else os.fspath(mask), os.fspath(out)


def _middle(source: Any) -> Any:
    """Return a few samples from the middle of a source, by which it is known again."""
    at = tuple(slice(max(n // 2 - 4, 0), n // 2 + 4) for n in source.shape)
    return part_of(source, at)


def _grain(out: Any, source: Any) -> tuple[int, ...] | None:
    """Return the pieces that tiles are made of: those of the output, else of the source."""
    own = None if out is None or _is_path(out) else grain_of(out)
    return grain_of(source) if own is None else own


def _apart(target: Any, plan: TilePlan, shape: tuple[int, ...]) -> bool:
    """Tell whether no two tiles write to one piece of the output."""
    pieces = grain_of(target)
    if pieces is None:
        return True
    axes = zip(plan.tile, pieces, shape, strict=True)
    return all(c % p == 0 or c >= n for c, p, n in axes)


def threads_of(workers: int | None) -> int:
    """Return the number of threads that share the tiles."""
    number = worker_count(workers)
    if number is None:
        return cores()
    return number if number > 0 else max(cores() + 1 + number, 1)


def _kernel_of(psf: Any) -> Any:
    ready = as_operator(psf)
    return np.asarray(getattr(psf if ready is None else ready, "psf", psf))


def _is_path(out: Any) -> bool:
    return isinstance(out, (str, os.PathLike))


def _name(out: Any) -> str:
    return f"out {os.fsdecode(out)!r}" if _is_path(out) else "out"


def _given(
    plan: Any, asked: dict[str, Any], parameters: dict[str, Any], before: Begun | None, out: Any
) -> TilePlan:
    """Return a plan that was given, if nothing is given that it holds, and `out` was made by it."""
    beside = [n for n, v in (asked | parameters).items() if v is not None and v is not False]
    beside = [n for n in beside if not (n == "method" and asked[n] == "auto")]
    if beside:
        raise ValueError(
            f"{beside[0]} was given beside plan, which holds it; change the plan by "
            f"dataclasses.replace, or leave it out"
        )
    found = TilePlan.load(plan) if _is_path(plan) else plan
    if not isinstance(found, TilePlan):
        raise TypeError(f"plan must be a TilePlan or the path of one; got {found!r:.60}")
    if before is not None and before[0] != found:
        raise _other(out)
    return found


def _before(journal: Journal | None, text: str, overwrite: bool) -> Begun | None:
    """Return the plan and the finished tiles of an output that is there."""
    if journal is None or overwrite or not os.path.exists(journal.out):
        return None
    found = journal.read()
    if found is None or found[0] != text:
        raise _other(journal.out)
    return found[1], found[2]


def _other(out: Any) -> ValueError:
    return ValueError(
        f"out {os.fsdecode(out)!r} exists and was made otherwise (of another source, kernel or "
        f"arguments); give overwrite=True to replace it, or another name"
    )
