"""The commands, one function each."""

from __future__ import annotations

import argparse
import inspect
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.cli._axes import Apart, relabelled, split_apart
from sigdeconv.cli._figure import FIGURES, grid_of, look
from sigdeconv.cli._grid import taken_evenly
from sigdeconv.cli._inputs import as_method, load_signal, one_channel
from sigdeconv.cli._kernel import Target, find_kernel
from sigdeconv.cli._made import again
from sigdeconv.cli._many import MARK
from sigdeconv.cli._outputs import (
    check_out,
    make_folder,
    refuse_to_overwrite,
    save_estimate,
    write_comparison,
)
from sigdeconv.cli._progress import Progress
from sigdeconv.cli._sheet import run_sheet
from sigdeconv.cli._tell import BadUse, note, size_text
from sigdeconv.geometry import Boundary
from sigdeconv.tiles.expected import expected, told

if TYPE_CHECKING:
    from sigdeconv.method import Method

__all__ = [
    "run_claims",
    "run_compare",
    "run_demo",
    "run_methods",
    "run_psf",
    "run_rerun",
    "run_tune",
]

DEMO: dict[str, dict[str, Any]] = {
    "adjoint": {},
    "scaled_adjoint": {},
    "inverse_filter": {},
    "wiener": {},
    "richardson_lucy": {"num_iter": 20},
    "tikhonov": {},
}


def run_demo(arguments: argparse.Namespace) -> None:
    out = make_folder(arguments.out, arguments.argv, arguments.overwrite)
    scene = sigdeconv.datasets.camera()
    psf = sigdeconv.psf.gaussian(2.0)
    obs = sigdeconv.simulate(scene, psf, noise="poisson:1000", rng=0)
    print(
        f"A photograph of {size_text(scene.shape)} was blurred by a Gaussian of sigma 2 pixels.\n"
        f"The camera saw a window of {size_text(obs.y.shape)}, in Poisson counts up to 1000.\n"
    )
    title = "The camera photograph, blurred and restored" if arguments.report else None
    comparison = sigdeconv.compare(obs, methods=DEMO)
    write_comparison(comparison, out, title, arguments.format, **look(arguments))


def run_compare(arguments: argparse.Namespace) -> None:
    names = [name for text in arguments.methods or [] for name in text.split(",") if name]
    try:
        for name in names:
            as_method(name)
        noise = sigdeconv.noise.as_noise(arguments.noise)
    except argparse.ArgumentTypeError as error:
        raise BadUse(f"--methods: {error}") from error
    except (ValueError, TypeError) as error:
        raise BadUse(f"--noise: {error}") from error
    if arguments.blurred and arguments.noise is not None:
        raise BadUse("--noise does not go with --blurred: the image is the data already")
    x, meta = load_signal(arguments.image)
    meta = relabelled(x, meta, arguments.axes, arguments.image)
    letters = split_apart(x, meta, None, quiet=True).signal
    x = one_channel(x, meta)
    x, meta = taken_evenly(arguments.image, x, meta)
    psf, centre = find_kernel(
        arguments.psf, arguments, Target(arguments.image, Apart(x, (), letters), meta)
    )
    out = make_folder(arguments.out, arguments.argv, arguments.overwrite)
    where = {"boundary": arguments.boundary, "centre": centre}

    def on_part(part: NumpyArray, kernel: NumpyArray, weights: NumpyArray | None) -> Any:
        return sigdeconv.compare(part, kernel, methods=names or None, **where)

    if arguments.blurred:
        with _progress(on_part, x, psf, arguments.image) as bar:
            comparison = sigdeconv.compare(
                x, psf, methods=names or None, callback=bar.of_method, **where
            )
    else:
        boundary: Boundary = arguments.boundary or "unknown"
        obs = sigdeconv.simulate(x, psf, noise=noise, rng=arguments.rng, boundary=boundary,
                                 centre=centre)  # fmt: skip
        print(
            f"{arguments.image}, {size_text(x.shape)}, was blurred by {arguments.psf}, "
            f"{size_text(psf.shape)}.\nData: {size_text(obs.y.shape)}, {noise.describe()}.\n"
        )
        with _progress(on_part, to_numpy(obs.y), psf, arguments.image) as bar:
            comparison = sigdeconv.compare(obs, methods=names or None, callback=bar.of_method)
    for name, why in comparison.left_out.items():
        note(f"{name} is left out: {why}")
    grid = grid_of(meta, letters)
    window = comparison.observation.A.window
    if grid.get("x") is not None and len(grid["x"]) != comparison.data.size:
        grid["x"] = grid["x"][window[0]]
    title = f"{arguments.image}, compared" if arguments.report else None
    write_comparison(comparison, out, title, arguments.format, **grid, **look(arguments))
    for name, image in {"data": comparison.data, **comparison.images}.items():
        print(
            "wrote",
            save_estimate(out, name, image.real, meta, letters, window),
        )


def _progress(on_part: Callable[..., Any], y: NumpyArray, psf: NumpyArray, name: str) -> Progress:
    """Return what says how far a comparison or a curve is, by a trial on a part of the data."""
    found = expected(on_part, y, psf, (), None)
    if told(found):
        note(f"{name}: {told(found)}")
    return Progress(None, 1, name, found and found.seconds)


def run_tune(arguments: argparse.Namespace) -> None:
    if arguments.out is not None:
        check_out(arguments.out, FIGURES)
        refuse_to_overwrite(pathlib.Path(arguments.out), [arguments.input], arguments.overwrite)
    y, meta = load_signal(arguments.input)
    meta = relabelled(y, meta, arguments.axes, arguments.input)
    apart = split_apart(y, meta, None, quiet=True)
    psf, centre = find_kernel(arguments.psf, arguments, Target(arguments.input, apart, meta))
    first = tuple(0 if k in apart.axes else slice(None) for k in range(apart.y.ndim))
    if apart.axes:
        note(f"{arguments.input}: the first of its signals is looked at")
    kernel, y = psf[first] if psf.ndim == apart.y.ndim else psf, apart.y[first]
    y, _ = taken_evenly(arguments.input, y, meta)
    method = arguments.method if isinstance(arguments.method, str) else arguments.method.name
    where = {"boundary": arguments.boundary, "centre": centre}

    def on_part(part: NumpyArray, kernel: NumpyArray, weights: NumpyArray | None) -> Any:
        return sigdeconv.tune(part, kernel, method, **where)

    with _progress(on_part, y, kernel, arguments.input):
        curve = sigdeconv.tune(y, kernel, method, **where)
    print(curve)
    if arguments.out is not None:
        curve.plot(arguments.out, **look(arguments))
        print(f"wrote {arguments.out}")


def run_methods(arguments: argparse.Namespace) -> None:
    from sigdeconv.catalogue import registry

    entry: Method | None = arguments.name
    if entry is not None:
        print(f"{entry.name}: {entry.kind}, {_length(entry)}\n")
        print(inspect.getdoc(entry.function))
        print(f"\nFlags: sigdeconv restore --method {entry.name} --help")
        return
    entries = [registry.get(name) for name in registry]
    rows: list[tuple[str, ...]] = [("method", "kind", "runs", "summary")]
    rows += [(entry.name, entry.kind, _length(entry), entry.summary) for entry in entries]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    rows.insert(1, tuple("-" * w for w in (*widths, 7)))
    for row in rows:
        print("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]))


def _length(entry: Method) -> str:
    if not entry.iterates:
        return "closed form"
    most = entry.num_iter
    return "iterations, as the data ask" if most is None else f"up to {most} iterations"


def run_psf(arguments: argparse.Namespace) -> None:
    if arguments.kernels is not None:
        run_sheet(arguments)
        return
    if arguments.out is not None:
        check_out(arguments.out, (*FIGURES, *io.suffixes(pictures=False, writable=True)))
        refuse_to_overwrite(pathlib.Path(arguments.out), [arguments.model], arguments.overwrite)
    target = None
    if arguments.data is not None:
        y, meta = load_signal(arguments.data)
        meta = relabelled(y, meta, arguments.axes, arguments.data)
        target = Target(arguments.data, split_apart(y, meta, None, quiet=True), meta)
    if arguments.psf_sum is None:  # as it is in the file, unless it is shown as data will have it
        arguments.psf_sum = "keep" if target is None else "one"
    kernel, centre = find_kernel(arguments.model, arguments, target)
    _describe(kernel)
    if centre is not None:
        print(f"centre: {centre}")
    if arguments.out is None:
        return
    figure = pathlib.Path(arguments.out).suffix.lower() in FIGURES
    if figure:
        grid = {} if target is None else grid_of(target.grid, target.apart.signal)
        sigdeconv.plots.psf(kernel, arguments.out, **_of_kernel(grid, kernel), **look(arguments))
    else:
        io.write(arguments.out, kernel, None if target is None else target.grid)
    print(f"wrote {arguments.out}")
    if figure:
        note("that is a picture of the kernel; .tif, .npy or .csv hold its values")


def _of_kernel(grid: dict[str, Any], kernel: NumpyArray) -> dict[str, Any]:
    """Return the spacing of the grid where it is that of the kernel's axes."""
    return grid if len(grid.get("spacing", ())) == kernel.ndim else {}


def _describe(kernel: NumpyArray) -> None:
    """Print the size of a kernel and its width along each axis."""
    print(f"shape {size_text(kernel.shape)}, sum {kernel.sum():.6g}, peak {kernel.max():.4g}")
    peak = np.unravel_index(int(np.argmax(np.abs(kernel))), kernel.shape)
    for axis in range(kernel.ndim):
        line = kernel[tuple(slice(None) if d == axis else k for d, k in enumerate(peak))]
        text = f"axis {axis}: FWHM {_fwhm(line):.4g} samples"
        profile = kernel.sum(axis=tuple(k for k in range(kernel.ndim) if k != axis))
        if profile.min() >= 0 and profile.sum() > 0:
            place, weight = np.arange(profile.size), profile / profile.sum()
            mean = float(weight @ place)
            spread = float(weight @ (place - mean) ** 2) ** 0.5
            text += f", centroid {mean:.4g}, standard deviation {spread:.4g}"
        print(text)


def run_rerun(arguments: argparse.Namespace, run: Callable[[list[str]], int]) -> int:
    """Make a file again by the command that made it, and say whether it is the same."""
    path = pathlib.Path(arguments.file)
    out = arguments.out
    if out is None:
        out = str(path.with_name(f"{path.stem.removesuffix(MARK)}.rerun{path.suffix}"))
    check_out(out, io.suffixes(writable=True))
    refuse_to_overwrite(pathlib.Path(out), [arguments.file], arguments.overwrite)
    argv = [*again(arguments.file, out), *(["--overwrite"] if arguments.overwrite else [])]
    note(" ".join(["sigdeconv", *argv]))
    code = run(argv)
    if code == 0:
        old, new = io.load(path), io.load(out)
        same = old.dtype == new.dtype and old.shape == new.shape and old.tobytes() == new.tobytes()
        print(f"wrote {out}, {'equal to' if same else 'NOT equal to'} {path} to the bit")
        return 0 if same else 1
    return code


def _fwhm(line: NumpyArray) -> float:
    """Return the full width at half maximum of the peak, by linear interpolation."""
    line = np.pad(np.abs(line), 1)
    peak = int(np.argmax(line))
    half = line[peak] / 2
    if half == 0:
        return 0.0
    right = peak + int(np.argmax(line[peak:] < half))
    left = peak - int(np.argmax(line[peak::-1] < half))
    past = (line[right - 1] - half) / (line[right - 1] - line[right])
    before = (line[left + 1] - half) / (line[left + 1] - line[left])
    return float((right - 1 + past) - (left + 1 - before))


def run_claims(arguments: argparse.Namespace) -> None:
    from sigdeconv import claims

    if arguments.number is None:
        print(claims.table())
        return
    if arguments.number not in claims.numbers():
        raise BadUse(f"N must be one of 1 to {max(claims.numbers())}; got {arguments.number}")
    print(claims.run(arguments.number))
