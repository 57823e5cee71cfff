"""The commands, one function each."""

from __future__ import annotations

import argparse
import inspect
import pathlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._inputs import (
    BadUse,
    as_method,
    load_kernel,
    load_mask,
    load_signal,
    measured_flags,
    one_channel,
    split_colours,
)
from sigdeconv.cli._outputs import (
    check_out,
    draw_both,
    make_folder,
    save_estimate,
    type_to_write,
    write_comparison,
    write_or_keep,
)
from sigdeconv.cli._tell import note, progress, size_text
from sigdeconv.geometry import Boundary

if TYPE_CHECKING:
    from sigdeconv.io import Meta
    from sigdeconv.method import Method

__all__ = ["run_claims", "run_compare", "run_demo", "run_methods", "run_psf", "run_restore"]

DEMO: dict[str, dict[str, Any]] = {
    "adjoint": {},
    "scaled_adjoint": {},
    "inverse_filter": {},
    "wiener": {},
    "richardson_lucy": {"num_iter": 20},
    "tikhonov": {},
}
FIGURES = (".png", ".pdf", ".svg")


def run_demo(arguments: argparse.Namespace) -> None:
    out = make_folder(arguments.out)
    scene = sigdeconv.datasets.camera()
    psf = sigdeconv.psf.gaussian(2.0)
    obs = sigdeconv.simulate(scene, psf, noise="poisson:1000", rng=0)
    print(
        f"A photograph of {size_text(scene.shape)} was blurred by a Gaussian of sigma 2 pixels.\n"
        f"The camera saw a window of {size_text(obs.y.shape)}, in Poisson counts up to 1000.\n"
    )
    title = "The camera photograph, blurred and restored" if arguments.report else None
    write_comparison(sigdeconv.compare(obs, methods=DEMO), out, title)


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
    x = one_channel(x, meta)
    psf, centre = _kernel(arguments, x.ndim)
    out = make_folder(arguments.out)
    if arguments.blurred:
        where = {"boundary": arguments.boundary, "centre": centre}
        comparison = sigdeconv.compare(x, psf, methods=names or None, **where)
    else:
        boundary: Boundary = arguments.boundary or "unknown"
        obs = sigdeconv.simulate(x, psf, noise=noise, rng=arguments.rng, boundary=boundary,
                                 centre=centre)  # fmt: skip
        print(
            f"{arguments.image}, {size_text(x.shape)}, was blurred by {arguments.psf}, "
            f"{size_text(psf.shape)}.\nData: {size_text(obs.y.shape)}, {noise.describe()}.\n"
        )
        comparison = sigdeconv.compare(obs, methods=names or None)
    for name, why in comparison.left_out.items():
        note(f"{name} is left out: {why}")
    write_comparison(comparison, out, f"{arguments.image}, compared" if arguments.report else None)
    for name, image in {"data": comparison.data, **comparison.images}.items():
        print(
            f"wrote {save_estimate(out, name, image.real, meta, comparison.observation.A.window)}"
        )


def run_restore(arguments: argparse.Namespace) -> None:
    from sigdeconv._array import to_numpy

    entry: Method | None = None if isinstance(arguments.method, str) else arguments.method
    given = _iterations(arguments, entry)
    check_out(arguments.out, io.suffixes())
    if arguments.figure is not None:
        check_out(arguments.figure, FIGURES, "--figure")
    y, meta = load_signal(arguments.input)
    y, axis, alpha = split_colours(y, meta, arguments.channel_axis)
    psf, centre = _kernel(arguments, y.ndim - (axis is not None))
    own = {k[4:]: v for k, v in vars(arguments).items() if k.startswith("own_") and v is not None}
    own |= _voxel(entry, meta, psf.ndim) if entry is not None and "spacing" not in own else {}
    bar = None
    if entry is not None and entry.iterates and sys.stderr.isatty():
        bar = progress(arguments.num_iter, 1 if axis is None else y.shape[axis])
    name = arguments.method if entry is None else entry.name
    options = given | own | {"callback": bar}
    try:
        result = sigdeconv.deconvolve(
            y, psf, method=name, channel_axis=axis, boundary=arguments.boundary,
            centre=centre, mask=load_mask(arguments.mask, y, psf, axis), workers=arguments.workers,
            history=False, **options,
        )  # fmt: skip
    finally:
        if bar is not None:  # leave the line of the bar
            print(file=sys.stderr)
    x = to_numpy(result.x)
    whole = x if alpha is None else np.concatenate([x, alpha], axis=-1)
    dtype, stored = type_to_write(arguments, meta)
    write_or_keep(arguments.out, whole, stored, dtype, arguments.clip, result.seconds)
    if arguments.figure is not None:
        draw_both(arguments.figure, y, x, axis, None if meta is None else meta.voxel)
    if arguments.verbose:
        print(result)
    elif entry is None:
        note(f"{name} took {result.method}; --verbose says why")


def _iterations(arguments: argparse.Namespace, entry: Method | None) -> dict[str, Any]:
    """Return when to stop, refused where it has no meaning."""
    given = {name: getattr(arguments, name) for name in ("num_iter", "tol")}
    for name, value in given.items():
        flag = name.replace("_", "-")
        if value is None:
            continue
        if entry is not None and not entry.iterates and name not in entry.parameters:
            raise BadUse(f"--{flag} does not apply to {entry.name}: it does not iterate")
    return given


def _kernel(arguments: argparse.Namespace, ndim: int) -> tuple[NumpyArray, Any]:
    """Return the kernel, and its centre as it was given or as it is from then on."""
    centre, given = arguments.centre, measured_flags(arguments)
    if centre is not None and (given or centre == "centroid"):
        psf = load_kernel(
            arguments.psf, ndim, arguments.psf_sum, given and {**given, "centre": centre}
        )
        if not given:
            psf = sigdeconv.psf.measured(psf, normalize=False, centre=centre)
        return psf, "middle"
    return load_kernel(arguments.psf, ndim, arguments.psf_sum, given), centre


def _voxel(entry: Method, meta: Meta | None, ndim: int) -> dict[str, Any]:
    """Return the sample distances of the file as a flag, where they differ and the method asks."""
    voxel = None if meta is None else meta.voxel
    if voxel is None or len(voxel) != ndim or "spacing" not in entry.parameters:
        return {}
    if np.ptp(voxel) <= 1e-3 * max(voxel):
        return {}
    text = " x ".join(f"{v:.4g}" for v in voxel)
    note(
        f"the file says that samples are {text} {(meta and meta.unit) or ''} apart; "
        f"--spacing overrules it"
    )
    return {"spacing": voxel}


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
    if arguments.out is not None:
        check_out(arguments.out, (*FIGURES, *io.suffixes(pictures=False)))
    kernel = load_kernel(arguments.model, None, "keep")
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
    if arguments.out is None:
        return
    figure = pathlib.Path(arguments.out).suffix.lower() in FIGURES
    if figure:
        sigdeconv.plots.psf(kernel, arguments.out)
    else:
        io.save(arguments.out, kernel)
    print(f"wrote {arguments.out}")
    if figure:
        note("that is a picture of the kernel; .tif, .npy or .csv hold its values")


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
