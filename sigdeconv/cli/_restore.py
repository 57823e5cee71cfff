"""`sigdeconv restore`: one file or many, each written whole, with what made it."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NORMAL_MEDIAN, NumpyArray, to_numpy
from sigdeconv.cli._axes import Apart, relabelled, split_apart, whole
from sigdeconv.cli._figure import FIGURES, grid_of, look
from sigdeconv.cli._grid import Uneven, uneven
from sigdeconv.cli._inputs import load_mask, load_signal
from sigdeconv.cli._kernel import Target, find_kernel
from sigdeconv.cli._light import from_linear, to_linear
from sigdeconv.cli._made import of_one, provenance, same_work, stamped, with_result
from sigdeconv.cli._many import Done, expanded, summary, targets
from sigdeconv.cli._outputs import (
    check_out,
    draw_both,
    refuse_to_overwrite,
    type_to_write,
    write_estimate,
)
from sigdeconv.cli._progress import Progress
from sigdeconv.cli._tell import BadUse, for_the_shell, note
from sigdeconv.cli._tiles import restore_in_tiles
from sigdeconv.tiles.automatic import Call, too_large
from sigdeconv.tiles.expected import expected, told

if TYPE_CHECKING:
    from sigdeconv.io import Meta
    from sigdeconv.method import Method
    from sigdeconv.result import Result

__all__ = ["run_restore"]


def run_restore(arguments: argparse.Namespace) -> int:
    """Restore every input; of several, one that fails does not stop the rest."""
    when = _iterations(arguments)
    if arguments.memory is not None:
        note(restore_in_tiles(arguments, when))
        return 0
    names = expanded(arguments.input)
    if arguments.out is not None and len(names) == 1:
        folder = pathlib.Path(arguments.out)
        if not (folder.is_dir() or arguments.out.endswith(("/", "\\"))):
            check_out(arguments.out, io.suffixes(writable=True))
    outs = targets(names, arguments.out)
    for out in outs:
        check_out(out, io.suffixes(writable=True))
    if arguments.figure is not None:
        check_out(arguments.figure, FIGURES, "--figure")
        if len(names) > 1:
            raise BadUse("--figure is of one input; give one, or draw each by itself")
    if len(names) == 1:
        Job(arguments, names[0], outs[0]).run()
        if arguments.out is None:
            note(f"wrote {outs[0]}")
        return 0
    done = []
    for k, (name, out) in enumerate(zip(names, outs, strict=True), 1):
        note(f"{k} of {len(names)}: {name}")
        try:
            done.append(Done(name, out, Job(arguments, name, out).run()))
        except (ValueError, TypeError, OSError, ImportError, ArithmeticError, BadUse) as error:
            text = for_the_shell(" ".join(str(error).split())) or type(error).__name__
            note(f"{name} failed: {text}")
            done.append(Done(name, "-", f"failed: {text}", True))
    print(summary(done))
    return int(any(d.failed for d in done))


def _iterations(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return when to stop, refused where it has no meaning."""
    entry: Method | None = None if isinstance(arguments.method, str) else arguments.method
    given = {name: getattr(arguments, name) for name in ("num_iter", "tol")}
    for name, value in given.items():
        flag = name.replace("_", "-")
        if value is None:
            continue
        if entry is not None and not entry.iterates and name not in entry.parameters:
            raise BadUse(f"--{flag} does not apply to {entry.name}: it does not iterate")
    return given


@dataclasses.dataclass(frozen=True)
class Job:
    """The restoration of one input."""

    arguments: argparse.Namespace
    name: str
    out: str

    def run(self) -> str:
        """Restore and write; return how it was done."""
        args = self.arguments
        out = pathlib.Path(self.out)
        refuse_to_overwrite(out, [self.name, args.psf, args.mask or ""])
        y, meta = load_signal(self.name, args.column, args.axes)
        meta = relabelled(y, meta, args.axes, self.name)
        apart = split_apart(y, meta, args.channel_axis)
        dtype, stored = type_to_write(self.out, args.dtype, meta, y)
        psf, centre = find_kernel(args.psf, args, Target(self.name, apart, meta))
        mask = load_mask(args.mask, apart, psf, meta)
        argv = of_one(args.argv, args.input, self.name)
        plan = provenance(argv, self._inputs(y, mask))
        if out.exists() and not args.overwrite:
            if same_work(out, plan):
                note(f"{out} holds this result: same data, kernel and flags; nothing was done")
                return "as it was"
            raise BadUse(f"--out {out} exists; --overwrite replaces it")
        if args.figure is not None:
            refuse_to_overwrite(pathlib.Path(args.figure), [], args.overwrite, "--figure")
        result, x = self._restored(apart, meta, psf, centre, mask)
        stored = stamped(stored, with_result(plan, result))
        write_estimate(out, whole(apart, x), stored, dtype, args.clip)
        if args.figure is not None:
            grid = {"spacing": None if meta is None else meta.voxel} | grid_of(meta, apart.signal)
            draw_both(args.figure, apart.y, x, apart.axes, **grid, **look(args))
        if args.verbose:
            print(result)
        elif isinstance(args.method, str):
            note(f"{args.method} took {result.method}; --verbose says why")
        return f"{result.method}, {result.num_iter} iterations, {result.seconds:.3g} s"

    def _inputs(self, y: NumpyArray, mask: NumpyArray | None) -> dict[str, tuple[str, NumpyArray]]:
        """Return what the result depends on: each by its name, with its values."""
        inputs = {"data": (self.name, y)}
        if io.names_file(self.arguments.psf):
            inputs["psf"] = (self.arguments.psf, io.load(self.arguments.psf))
        given = self.arguments.mask
        if given is not None and io.names_file(given) and mask is not None:
            inputs["mask"] = (given, io.load(given))
        return inputs

    def _restored(
        self,
        apart: Apart,
        meta: Meta | None,
        psf: NumpyArray,
        centre: Any,
        mask: NumpyArray | None,
    ) -> tuple[Result, NumpyArray]:
        """Return the result, and the estimate on the grid and in the light of the data."""
        args = self.arguments
        entry: Method | None = None if isinstance(args.method, str) else args.method
        own = self._own(entry, meta, psf, apart)
        y, scale = (apart.y, None) if not args.linear else to_linear(apart.y, meta, self.name)
        A: Any = psf
        options: dict[str, Any] = {
            "channel_axis": apart.axes or None, "boundary": args.boundary, "centre": centre,
            "mask": mask, "workers": args.workers,
        }  # fmt: skip
        grid, samples = None, None
        if meta is not None and meta.x is not None and _is_uneven(apart, meta):
            samples = Uneven(np.asarray(y, float), np.asarray(meta.x, float), psf, mask)
            y, A, grid, options = _even_or_not(self.name, samples, entry, options)
        method: Any = args.method if entry is None else entry.name
        more = {"method": method, "history": False, **_iterations(args), **own}

        def on_part(part: NumpyArray, kernel: NumpyArray, weights: NumpyArray | None) -> Any:
            less = {k: v for k, v in options.items() if k != "mask"}
            return sigdeconv.deconvolve(part, kernel, mask=weights, **less, **more)

        iterates = entry is None or entry.iterates
        found = None
        if samples is None:
            found = expected(on_part, y, psf, apart.axes, mask, iterates=iterates)
        if told(found):
            note(f"{self.name}: {told(found)}")
        signals = int(np.prod([apart.y.shape[axis] for axis in apart.axes]))
        where = {n: v for n, v in options.items() if n != "channel_axis"}
        large = too_large(
            Call(y, A, method, where, apart.axes or None, _iterations(args), own), None
        )
        with Progress(args.num_iter, signals, self.name, found and found.seconds) as bar:
            seen = bar if iterates and large is None else None
            result = sigdeconv.deconvolve(y, A, callback=seen, **options, **more)
        if "tiles" in result.parameters:
            note(f"{self.name}: in tiles, {result.parameters['tiles']}")
        x = to_numpy(result.x)
        if samples is not None and grid is not None:
            x = samples.back(x, grid)
        return result, x if scale is None else from_linear(x, scale)

    def _own(
        self, entry: Method | None, meta: Meta | None, psf: NumpyArray, apart: Apart
    ) -> dict[str, Any]:
        """Return the method's own parameters: of the flags, and of the file."""
        flags = vars(self.arguments)
        own = {k[4:]: v for k, v in flags.items() if k.startswith("own_") and v is not None}
        if entry is None:
            return own
        if isinstance(own.get("background"), str):
            own["background"] = level = _ground(apart.y)
            note(f"--background auto: the ground of {self.name} is {level:.5g}")
        if "spacing" not in own:
            own |= _voxel(entry, meta, len(apart.signal))
        if "joint" in entry.parameters and "joint" not in own and apart.axes and not apart.colours:
            own["joint"] = False
        known = meta is not None and meta.uncertainty is not None and self.arguments.mask is None
        if known and meta is not None and meta.uncertainty is not None:
            least = _least(meta.uncertainty)
            takes = "noise" in entry.parameters and not {"noise", "nsr", "weight"} & set(own)
            own |= {"noise": least} if takes and least is not None else {}
        return own


def _is_uneven(apart: Apart, meta: Meta) -> bool:
    return apart.y.ndim == 1 and not apart.axes and uneven(meta)


def _even_or_not(
    name: str, samples: Uneven, entry: Method | None, options: dict[str, Any]
) -> tuple[NumpyArray, Any, NumpyArray, dict[str, Any]]:
    """Return data, operator or kernel, the grid of the estimate, and the options left.

    As samples where they are, for a method that runs on any operator; else on even samples.
    """
    told = f"{name} has uneven samples, {_steps(samples.x)}"
    less = {k: v for k, v in options.items() if k not in ("boundary", "centre", "channel_axis")}
    if options["centre"] in (None, "middle"):
        border = {} if options["boundary"] is None else {"boundary": options["boundary"]}
        y, A, mask = samples.as_samples(**border)
        if entry is None or not entry.why_not(sigdeconv.Observation(y, A)):
            note(f"{told}: restored from where they are, by an operator between two grids")
            return y, A, A.grid[0][A.window[0]], less | {"mask": mask}
    y, grid = samples.as_even()
    note(
        f"{told}: taken linearly between them on even ones, as this method needs; "
        f"tikhonov, tv, richardson_lucy, auto and others take them where they are"
    )
    return y, samples.psf, grid, options | {"mask": None}


def _ground(y: NumpyArray) -> float:
    """Return the level that most samples have: the median without what lies 3 sigma away."""
    values = y[np.isfinite(y)].astype(np.float64).ravel()
    for _ in range(20):
        middle = float(np.median(values))
        spread = float(np.median(np.abs(values - middle))) / NORMAL_MEDIAN
        kept = values[np.abs(values - middle) <= 3 * spread]
        if kept.size == values.size or not spread:
            break
        values = kept
    return middle


def _least(sigma: NumpyArray) -> float | None:
    good = sigma[sigma > 0]
    return float(good.min()) if good.size else None


def _steps(x: NumpyArray) -> str:
    steps = np.abs(np.diff(np.asarray(x, float)))
    return f"{steps.min():.4g} to {steps.max():.4g} apart"


def _voxel(entry: Method, meta: Meta | None, ndim: int) -> dict[str, Any]:
    """Return the sample distances of the file as a flag, where they differ and the method asks."""
    voxel = None if meta is None else meta.voxel
    if voxel is None or len(voxel) != ndim or "spacing" not in entry.parameters:
        return {}
    if np.ptp(voxel) <= 1e-3 * max(voxel):
        return {}
    text = " x ".join(f"{v:.4g}" for v in voxel)
    unit = "" if meta is None or meta.unit is None else f" {meta.unit}"
    note(f"the file says that samples are {text}{unit} apart; --spacing overrules it")
    return {"spacing": voxel}
