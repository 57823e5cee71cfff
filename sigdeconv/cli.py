"""The command line: demo, compare, restore, methods, psf, claims.

Flags of a method are read off its signature, so a new method brings its own. Exit codes: 0 done, 2
bad use, 1 failure with one line on standard error; ``SIGDECONV_DEBUG=1`` shows the traceback.
"""

from __future__ import annotations

import argparse
import inspect
import os
import pathlib
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import sigdeconv
from sigdeconv._array import to_numpy
from sigdeconv.method import Method, registry
from sigdeconv.operators.boundary import BOUNDARIES

__all__ = ["main"]

DEMO = {
    "adjoint": {},
    "inverse": {},
    "wiener": {},
    "tikhonov": {},
    "richardson_lucy": {"num_iter": 20},
}


class BadUse(Exception):
    """A mistake in the command itself: exit code 2."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        The exit code.
    """
    parser = _parser()
    try:
        arguments, rest = parser.parse_known_args(argv)
        if rest and arguments.run is not _restore:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        arguments.rest = rest
        return int(arguments.run(arguments) or 0)
    except SystemExit as done:
        return int(done.code or 0) if not isinstance(done.code, str) else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        if os.environ.get("SIGDECONV_DEBUG"):
            raise
        text = " ".join(str(error).split()) or type(error).__name__
        print(f"sigdeconv: {text}", file=sys.stderr)
        return 2 if isinstance(error, BadUse) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sigdeconv",
        description="Deconvolution: the inverse restores the values, the adjoint the shape.",
    )
    parser.add_argument("--version", action="version", version=sigdeconv.__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Any], text: str, example: str) -> Any:
        sub = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"example: sigdeconv {example}", allow_abbrev=False,
        )  # fmt: skip
        sub.set_defaults(run=run)
        return sub

    sub = command("demo", _demo, "run the main job on an embedded photograph", "demo --out results")
    sub.add_argument("--out", default="sigdeconv-demo", metavar="DIR", help="where to write")

    sub = command(
        "compare", _compare, "put several methods on the same image and measure them",
        "compare camera --psf gaussian:2.5 --noise 0.01 --methods adjoint wiener --out results",
    )  # fmt: skip
    sub.add_argument("image", metavar="IMAGE", help="a file, or the name of an embedded data set")
    sub.add_argument("--psf", required=True, metavar="FILE|MODEL", help="such as gaussian:2.5")
    sub.add_argument(
        "--noise", default=None, metavar="NOISE",
        help="a fraction of the range (0.01), poisson:1000, or a sum of models",
    )  # fmt: skip
    sub.add_argument("--methods", nargs="+", metavar="NAME", help="names, by spaces or commas")
    sub.add_argument("--boundary", choices=BOUNDARIES, help="beyond the border (unknown)")
    sub.add_argument("--blurred", action="store_true", help="the image is the data, not the truth")
    sub.add_argument("--rng", type=int, default=0, metavar="SEED", help="seed of the noise (0)")
    sub.add_argument("--out", default=".", metavar="DIR", help="where to write")

    sub = command(
        "restore", _restore, "restore a file; a method's own parameters are flags too",
        "restore stack.tif --psf measured.tif --method richardson_lucy --num-iter 30 -o out.tif",
    )  # fmt: skip
    sub.add_argument("input", metavar="IN", help="PNG, JPEG, TIFF, NPY, NPZ, WAV or CSV")
    sub.add_argument("--psf", required=True, metavar="FILE|MODEL", help="such as gaussian:2.5")
    sub.add_argument("--method", default="wiener", metavar="NAME", help="see sigdeconv methods")
    sub.add_argument("-o", "--out", required=True, metavar="OUT", help="file to write")
    sub.add_argument("--boundary", choices=BOUNDARIES, help="beyond the border (unknown)")
    sub.add_argument("--centre", metavar="I,J", help="centre of the kernel, as indices")
    sub.add_argument("--mask", metavar="FILE", help="weights of the samples, 0 for dead ones")
    sub.add_argument("--channel-axis", type=int, metavar="AXIS", help="axis of colours or signals")
    sub.add_argument("--num-iter", type=int, metavar="N", help="number of iterations")
    sub.add_argument("--tol", type=float, metavar="TOL", help="tolerance of the iteration")
    sub.add_argument("--workers", type=int, metavar="N", help="FFT threads")
    sub.add_argument("--clip", action="store_true", help="clip to the range of an integer format")

    sub = command("methods", _methods, "list the methods, or explain one", "methods wiener")
    sub.add_argument("name", nargs="?", metavar="NAME", help="explain this one")

    sub = command("psf", _psf, "describe and draw a kernel", "psf gaussian:2.5 -o kernel.png")
    sub.add_argument("model", metavar="FILE|MODEL", help="such as disk:3 or motion:15,45")
    sub.add_argument("-o", "--out", metavar="OUT", help="figure (.png .pdf .svg) or values")

    sub = command("claims", _claims, "run what is said about deconvolution", "claims 31")
    sub.add_argument("number", nargs="?", type=int, metavar="N", help="show this one in full")
    return parser


def _demo(arguments: argparse.Namespace) -> None:
    out = _folder(arguments.out)
    scene = sigdeconv.datasets.camera()
    psf = sigdeconv.psf.gaussian(2.0)
    seen = sigdeconv.simulate(scene, psf, noise="poisson:1000", rng=0)
    print(
        f"A photograph of {_size(scene.shape)} was blurred by a Gaussian of sigma 2 pixels. The "
        f"camera saw a window of {_size(seen.y.shape)}, in Poisson counts of at most 1000.\n"
    )
    _report(sigdeconv.compare(seen, methods=DEMO), out)


def _compare(arguments: argparse.Namespace) -> None:
    names = [name for text in arguments.methods or [] for name in text.split(",") if name]
    for name in names:
        _method(name)
    x, _ = _load(arguments.image)
    if x.ndim > 1 and x.shape[-1] in (3, 4) and x.ndim == 3 and x.dtype == np.uint8:
        raise BadUse(
            f"{arguments.image} is a colour image {x.shape}; compare takes one channel. Restore "
            "colours with: sigdeconv restore"
        )
    out = _folder(arguments.out)
    psf = _kernel(arguments.psf, x.ndim)
    methods = names or None
    if arguments.blurred:
        if arguments.noise is not None:
            raise BadUse("--noise does not go with --blurred: the image is the data already")
        hall = sigdeconv.compare(x, psf, methods=methods, boundary=arguments.boundary)
    else:
        noise = arguments.noise
        try:
            sigdeconv.noise.as_noise(noise)
        except (ValueError, TypeError) as error:
            raise BadUse(f"--noise: {error}") from error
        boundary = arguments.boundary or "unknown"
        seen = sigdeconv.simulate(x, psf, noise=noise, rng=arguments.rng, boundary=boundary)
        hall = sigdeconv.compare(seen, methods=methods)
    _report(hall, out)
    suffix = ".tif" if x.ndim > 1 else ".csv"
    for name, image in hall.images.items():
        path = out / f"{name}{suffix}"
        sigdeconv.io.save(path, image.real.astype(np.float32))
        print(f"wrote {path}")


def _report(hall: Any, out: pathlib.Path) -> None:
    print(hall)
    print()
    texts = {"comparison.csv": hall.table("csv"), "comparison.md": hall.table("markdown")}
    for name, text in texts.items():
        (out / name).write_text(text + "\n" * (not text.endswith("\n")), encoding="utf-8")
    hall.plot(out / "comparison.png")
    for name in (*texts, "comparison.png"):
        print(f"wrote {out / name}")


def _restore(arguments: argparse.Namespace) -> None:
    entry = _method(arguments.method)
    own = _own_parameters(entry, arguments.rest)
    y, meta = _load(arguments.input)
    axis = arguments.channel_axis
    bitmap = meta is not None and meta.suffix in (".png", ".jpg", ".jpeg")
    if axis is None and bitmap and y.ndim == 3:
        axis = -1
        print(f"{y.shape[-1]} colour channels, restored one by one", file=sys.stderr)
    psf = _kernel(arguments.psf, y.ndim - (axis is not None))
    options = {
        "boundary": arguments.boundary,
        "centre": _indices(arguments.centre),
        "mask": None if arguments.mask is None else _load(arguments.mask)[0],
        "num_iter": arguments.num_iter,
        "tol": arguments.tol,
        "workers": arguments.workers,
    }
    if entry.num_iter is not None and sys.stderr.isatty():
        options["callback"] = _progress(arguments.num_iter or entry.num_iter)
    result = sigdeconv.deconvolve(
        y, psf, method=entry.name, channel_axis=axis, history=False, **options, **own
    )
    if sys.stderr.isatty() and entry.num_iter is not None:
        print(file=sys.stderr)
    sigdeconv.io.write(arguments.out, to_numpy(result.x), meta, clip=arguments.clip)


def _methods(arguments: argparse.Namespace) -> None:
    if arguments.name is not None:
        entry = _method(arguments.name)
        print(inspect.getdoc(getattr(sigdeconv, entry.name)))
        return
    width = max(len(name) for name in registry)
    for name in registry:
        entry = registry.get(name)
        kind = "closed form" if entry.num_iter is None else f"{entry.num_iter} iterations"
        print(f"{name:<{width}}  {entry.wing:<8}  {kind:<14}  {entry.summary}")


def _psf(arguments: argparse.Namespace) -> None:
    kernel = _kernel(arguments.model, None)
    print(f"shape {_size(kernel.shape)}, sum {kernel.sum():.6g}, peak {kernel.max():.4g}")
    for axis in range(kernel.ndim):
        profile = kernel.sum(axis=tuple(k for k in range(kernel.ndim) if k != axis))
        place = np.arange(profile.size)
        total = profile.sum() or 1.0
        mean = float((profile * place).sum() / total)
        spread = float((profile * (place - mean) ** 2).sum() / total) ** 0.5
        print(f"axis {axis}: centroid {mean:.3f}, standard deviation {spread:.3f} samples")
    if arguments.out is None:
        return
    if pathlib.Path(arguments.out).suffix.lower() in (".png", ".pdf", ".svg"):
        sigdeconv.plots.psf(kernel, arguments.out)
    else:
        sigdeconv.io.save(arguments.out, kernel)
    print(f"wrote {arguments.out}")


def _claims(arguments: argparse.Namespace) -> None:
    from sigdeconv import claims

    if arguments.number is None:
        print(claims.table())
        return
    if arguments.number not in claims.numbers():
        raise BadUse(f"N must be one of 1 to {max(claims.numbers())}; got {arguments.number}")
    print(claims.run(arguments.number))


# -- reading what the user typed ------------------------------------------------------------------


def _method(name: str) -> Method:
    try:
        return registry.get(name)
    except ValueError as error:
        raise BadUse(str(error)) from error


def _own_parameters(entry: Method, rest: list[str]) -> dict[str, Any]:
    """Parse what `restore` left over by the method's own signature."""
    parser = argparse.ArgumentParser(
        prog=f"sigdeconv restore --method {entry.name}", add_help=False
    )
    for name, parameter in entry.parameters.items():
        if name in ("num_iter", "tol"):
            continue
        flag = f"--{name.replace('_', '-')}"
        if isinstance(parameter.default, bool):
            parser.add_argument(flag, dest=name, action="store_true", default=None)
        else:
            parser.add_argument(flag, dest=name, type=_value_or_file, default=None)
    return {k: v for k, v in vars(parser.parse_args(rest)).items() if v is not None}


def _value_or_file(text: str) -> Any:
    """Return a number, the array in a file, or the text itself."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _load(text)[0] if pathlib.Path(text).is_file() else text


def _load(name: str) -> tuple[np.ndarray[Any, Any], Any]:
    """Return the values of a file or of an embedded data set, and the file's metadata."""
    if not pathlib.Path(name).exists() and name in sigdeconv.datasets.names():
        return sigdeconv.datasets.load(name), None
    try:
        return sigdeconv.io.read(name)
    except FileNotFoundError:
        known = ", ".join(sigdeconv.datasets.names())
        raise ValueError(f"no file {name!r}, nor a data set of that name ({known})") from None


def _kernel(text: str, ndim: int | None) -> np.ndarray[Any, Any]:
    """Return the kernel of a file or a model; a model without axes takes those of the data."""
    if pathlib.Path(text).is_file():
        return sigdeconv.io.load(text)
    if pathlib.Path(text).suffix.lower() in sigdeconv.io.suffixes():
        raise ValueError(f"no file {text!r} to read the kernel from")
    try:
        kernel = sigdeconv.psf.from_spec(text)
        if ndim is not None and kernel.ndim != ndim and "ndim" not in text:
            kernel = sigdeconv.psf.from_spec(f"{text}:ndim={ndim}")
    except (ValueError, TypeError) as error:
        raise BadUse(f"--psf {text}: {error}") from error
    return np.asarray(kernel)


def _indices(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadUse(f"--centre must be indices such as 4,4; got {text!r}") from None


def _folder(name: str) -> pathlib.Path:
    path = pathlib.Path(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _progress(total: int) -> Callable[[int, Any], None]:
    def show(k: int, x: Any) -> None:
        bar = "#" * round(30 * k / total)
        print(f"\r[{bar:<30}] {k}/{total}", end="", file=sys.stderr, flush=True)

    return show


def _size(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape)
