"""The command line: demo, compare, restore, methods, psf, claims.

Flags of a method are read off its signature, so a new method brings its own. Exit codes: 0 done, 2
bad use, 1 failure with one line on standard error; ``SIGDECONV_DEBUG=1`` shows the traceback.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import os
import pathlib
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import sigdeconv

if TYPE_CHECKING:
    from sigdeconv.io import Meta
    from sigdeconv.method import Method

__all__ = ["main"]

DEMO: dict[str, dict[str, Any]] = {
    "adjoint": {},
    "scaled_adjoint": {},
    "inverse": {},
    "wiener": {},
    "richardson_lucy": {"num_iter": 20},
    "tikhonov": {},
}
LUMINANCE = np.array([0.2125, 0.7154, 0.0721])  # Rec. 709, as in sigdeconv.datasets
BITMAPS = (".png", ".jpg", ".jpeg")
METHODS_HELP = "parted by spaces or commas (the two adjoints, four inverses); see sigdeconv methods"
REPORT_HELP = "also write report.html: sliders, zoom, errors and profiles, in one file"
FIGURES = (".png", ".pdf", ".svg")
ENDS = {".jpeg": ".jpg", ".tiff": ".tif", ".txt": ".csv"}  # suffixes of one and the same format

_NumPy = np.ndarray[Any, Any]


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
        The exit code: 0 done, 1 failed, 2 bad use, 130 interrupted.

    Examples
    --------
    >>> from sigdeconv.cli import main
    >>> main(["psf", "box:3"])
    shape 3 x 3, sum 1, peak 0.1111
    axis 0: FWHM 3 samples, centroid 1, standard deviation 0.8165
    axis 1: FWHM 3 samples, centroid 1, standard deviation 0.8165
    0
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warned
            arguments, rest = _parser(argv).parse_known_args(argv)
            if rest:
                arguments.parser.error(f"unrecognized arguments: {' '.join(rest)}{_own(arguments)}")
            arguments.run(arguments)
            sys.stdout.flush()
        return 0
    except SystemExit as done:  # argparse has said what is wrong
        return done.code if isinstance(done.code, int) else 0
    except KeyboardInterrupt:
        print("sigdeconv: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        if os.environ.get("SIGDECONV_DEBUG"):
            traceback.print_exc()
        text = " ".join(str(error).split())
        if not isinstance(error, (BadUse, ValueError, TypeError, OSError)) or not text:
            text = f"{type(error).__name__}: {text}"
        print(f"sigdeconv: {text}", file=sys.stderr)
        return 2 if isinstance(error, BadUse) else 1


# -- the parser -----------------------------------------------------------------------------------


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sigdeconv",
        description="Deconvolution: the inverse restores the values, the adjoint the shape.",
        epilog="sigdeconv COMMAND --help says more. Start with: sigdeconv demo",
    )
    version = f"sigdeconv {sigdeconv.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., Any], text: str, *examples: str) -> Any:
        lines = "".join(f"\n  sigdeconv {name} {example}".rstrip(" ") for example in examples)
        sub = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False,
            epilog=f"examples:{lines}", formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        sub.set_defaults(run=run, parser=sub)
        return sub

    sub = command("demo", _demo, "run the main job on an embedded photograph", "--out results")
    sub.add_argument("--out", default="sigdeconv-demo", metavar="DIR", help="folder (%(default)s)")
    sub.add_argument("--report", action="store_true", help=REPORT_HELP)

    sub = command(
        "compare", _compare, "put several methods on the same signal and measure them",
        "camera --psf gaussian:2.5 --noise 0.01 --methods adjoint wiener",
        "photo.jpg --psf disk:4 --noise poisson:500 --out results --report",
        "seen.tif --blurred --psf measured.tif --methods wiener,richardson_lucy",
    )  # fmt: skip
    sub.add_argument(
        "image", metavar="IMAGE",
        help="the truth, which is blurred and noised here: a file, or the name of a data set "
        "(camera, coins, spectrum, beads, ...)",
    )  # fmt: skip
    _add_psf(sub)
    sub.add_argument(
        "--noise", metavar="NOISE",
        help="a fraction of the range (0.01), gaussian:SIGMA, poisson:PEAK, or their sum (none)",
    )  # fmt: skip
    sub.add_argument("--methods", nargs="+", metavar="NAME", help=METHODS_HELP)
    _add_boundary(sub)
    sub.add_argument("--blurred", action="store_true", help="IMAGE is the data; no truth is known")
    sub.add_argument("--rng", type=_at_least(0), default=0, metavar="SEED", help="of the noise (0)")
    sub.add_argument(
        "--out", default="sigdeconv-compare", metavar="DIR", help="folder (%(default)s)"
    )
    sub.add_argument("--report", action="store_true", help=REPORT_HELP)

    sub = command(
        "restore", _restore, "restore a file by one method, whose parameters are flags as well",
        "photo.jpg --psf disk:4 -o sharp.jpg --clip",
        "stack.tif --psf measured.tif --method richardson_lucy --num-iter 30 -o out.tif",
        "--method tikhonov --help     (the flags of tikhonov)",
    )  # fmt: skip
    _add_restore(sub, argv if argv[:1] == ["restore"] else [])

    sub = command("methods", _methods, "list the methods, or explain one", "", "wiener")
    sub.add_argument("name", nargs="?", type=_method, metavar="NAME", help="explain this one")

    sub = command(
        "psf", _psf, "describe a kernel, draw it or save its values",
        "gaussian:2.5 -o kernel.png", "motion:15,45 -o kernel.npy", "gaussian:2:ndim=1",
    )  # fmt: skip
    sub.add_argument("model", metavar="FILE|MODEL", help="a file, or a model: disk:3, box:3x5, ...")
    sub.add_argument("-o", "--out", metavar="OUT", help="figure (.png .pdf .svg) or values")

    sub = command("claims", _claims, "run what is said about deconvolution", "", "31")
    sub.add_argument("number", nargs="?", type=int, metavar="N", help="show this one in full")
    return parser


def _add_psf(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--psf", required=True, metavar="FILE|MODEL",
        help="the kernel: a file, or a model such as gaussian:2.5, disk:3, motion:15,45",
    )  # fmt: skip
    sub.add_argument(
        "--psf-sum", choices=("one", "keep"), default="one",
        help="divide a kernel from a file by its sum, or keep its values (one)",
    )  # fmt: skip


def _add_boundary(sub: argparse.ArgumentParser) -> None:
    from sigdeconv.operators.boundary import BOUNDARIES

    sub.add_argument(
        "--boundary", choices=BOUNDARIES, metavar="NAME",
        help=f"what lies beyond the border: {', '.join(BOUNDARIES)} (unknown)",
    )  # fmt: skip


def _add_restore(sub: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Add the flags of `restore` and those of the method that `argv` names."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--method", default="wiener")
    try:
        entry: Method | None = _method(early.parse_known_args(argv)[0].method)
    except (argparse.ArgumentError, argparse.ArgumentTypeError):
        entry = None  # the parser itself says what is wrong
    sub.add_argument("input", metavar="IN", help="PNG, JPEG, TIFF, NPY, NPZ, WAV, CSV; a data set")
    _add_psf(sub)
    sub.add_argument(
        "--method", type=_method, default="wiener", metavar="NAME",
        help="see sigdeconv methods (%(default)s); with --help, the flags of that method are shown",
    )  # fmt: skip
    sub.add_argument(
        "-o", "--out", required=True, metavar="OUT", help="file to write, by its suffix"
    )
    _add_boundary(sub)
    sub.add_argument(
        "--centre", type=_centre, metavar="I,J",
        help="where the kernel's centre is: indices, peak, centroid or middle (middle)",
    )  # fmt: skip
    sub.add_argument("--mask", metavar="FILE", help="weights of the samples; in integers 0 or not")
    sub.add_argument(
        "--channel-axis", type=int, metavar="AXIS",
        help="axis of colours or independent signals; found by itself for colours and WAV",
    )  # fmt: skip
    sub.add_argument("--num-iter", type=_at_least(0), metavar="N", help="number of iterations")
    sub.add_argument("--tol", type=float, metavar="TOL", help="tolerance of the iteration")
    sub.add_argument("--workers", type=_at_least(1), metavar="N", help="FFT threads")
    sub.add_argument("--clip", action="store_true", help="clip to the range of an integer type")
    sub.add_argument("--dtype", type=_dtype, metavar="TYPE", help="type to write: float32, ...")
    if entry is not None:
        _add_own(sub.add_argument_group(f"parameters of {entry.name}"), entry)


def _add_own(group: Any, entry: Method) -> None:
    """Add a flag for every parameter of the method that `restore` does not have by itself."""
    texts = _explained(entry)
    for name, parameter in entry.parameters.items():
        if name in ("num_iter", "tol"):
            continue
        default = parameter.default
        plain = isinstance(default, (int, float, str)) and not isinstance(default, bool)
        shown = f" ({default})" if plain else ""
        options: dict[str, Any] = {"dest": f"own_{name}", "default": None}
        options["help"] = (texts.get(name, "") + shown).replace("%", "%%")
        if isinstance(default, bool) or "bool" in str(parameter.annotation):
            options["action"] = argparse.BooleanOptionalAction
        else:
            options |= _converter(str(parameter.annotation))
        group.add_argument(f"--{name.replace('_', '-')}", **options)


def _own(arguments: argparse.Namespace) -> str:
    """Return which flags the chosen method does have, for the error on one that it has not."""
    if arguments.run is not _restore:
        return ""
    flags = [f"--{k[4:].replace('_', '-')}" for k in vars(arguments) if k.startswith("own_")]
    return f" ({arguments.method.name} takes {', '.join(flags) or 'no flags of its own'})"


def _converter(annotation: str) -> dict[str, Any]:
    """Return how argparse reads a parameter annotated like this."""
    kinds = {kind.strip() for kind in annotation.split("|")} - {"None"}
    if kinds == {"int"}:
        return {"type": int, "metavar": "N"}
    if kinds == {"float"}:
        return {"type": float, "metavar": "X"}
    if kinds == {"str"}:
        return {"type": str, "metavar": "NAME"}
    if "str" in kinds:
        return {"type": _number_or_text, "metavar": "X|NAME"}
    return {"type": _number_or_file, "metavar": "X|FILE"}


def _explained(entry: Method) -> dict[str, str]:
    """Return the first sentence on every parameter in the method's documentation."""
    text = (inspect.getdoc(entry.rule) or "").partition("Parameters\n----------\n")[2]
    text = re.split(r"\n\n?[A-Z][A-Za-z ]*\n---", text)[0]
    found: dict[str, str] = {}
    for names, body in re.findall(r"^(\w[\w, ]*) : [^\n]*\n((?:[ \t]+[^\n]*\n?)+)", text, re.M):
        sentence = re.split(r"(?<=[.;]) ", " ".join(body.split()))[0].rstrip(".;").replace("`", "")
        found |= {name.strip(): sentence for name in names.split(",")}
    return found


# -- the commands ---------------------------------------------------------------------------------


def _demo(arguments: argparse.Namespace) -> None:
    out = _folder(arguments.out)
    scene = sigdeconv.datasets.camera()
    psf = sigdeconv.psf.gaussian(2.0)
    seen = sigdeconv.simulate(scene, psf, noise="poisson:1000", rng=0)
    print(
        f"A photograph of {_size(scene.shape)} was blurred by a Gaussian of sigma 2 pixels.\n"
        f"The camera saw a window of {_size(seen.y.shape)}, in Poisson counts of at most 1000.\n"
    )
    title = "The camera photograph, blurred and restored" if arguments.report else None
    _report(sigdeconv.compare(seen, methods=DEMO), out, title)


def _compare(arguments: argparse.Namespace) -> None:
    names = [name for text in arguments.methods or [] for name in text.split(",") if name]
    try:
        for name in names:
            _method(name)
        noise = sigdeconv.noise.as_noise(arguments.noise)
    except argparse.ArgumentTypeError as error:
        raise BadUse(f"--methods: {error}") from error
    except (ValueError, TypeError) as error:
        raise BadUse(f"--noise: {error}") from error
    if arguments.blurred and arguments.noise is not None:
        raise BadUse("--noise does not go with --blurred: the image is the data already")
    x, meta = _load(arguments.image)
    x = _one_channel(x, meta)
    psf = _kernel(arguments.psf, x.ndim, arguments.psf_sum)
    out = _folder(arguments.out)
    chosen = names or _defaults(x)
    if arguments.blurred:
        hall = sigdeconv.compare(x, psf, methods=chosen, boundary=arguments.boundary)
    else:
        boundary = arguments.boundary or "unknown"
        seen = sigdeconv.simulate(x, psf, noise=noise, rng=arguments.rng, boundary=boundary)
        print(
            f"{arguments.image}, {_size(x.shape)}, was blurred by {arguments.psf}, "
            f"{_size(psf.shape)}.\nData: {_size(seen.y.shape)}, {noise.describe()}.\n"
        )
        hall = sigdeconv.compare(seen, methods=chosen)
    _report(hall, out, f"{arguments.image}, compared" if arguments.report else None)
    for name, image in {"data": hall.data, **hall.images}.items():
        print(f"wrote {_save_estimate(out, name, image.real, meta, hall.seen.A.window)}")


def _defaults(x: _NumPy) -> list[str]:
    """Return the methods to compare when none was named: those that can take such data."""
    from sigdeconv.compare import DEFAULT_METHODS

    if -np.minimum(x, 0.0).sum() <= 0.1 * np.abs(x).sum():
        return list(DEFAULT_METHODS)
    _note("richardson_lucy is left out: it is for intensities, and these values have both signs")
    return [name for name in DEFAULT_METHODS if name != "richardson_lucy"]


def _save_estimate(
    out: pathlib.Path, name: str, image: _NumPy, meta: Meta | None, window: tuple[slice, ...]
) -> pathlib.Path:
    """Write one estimate in a format like that of the input; sound is clipped to its type."""
    from sigdeconv import io

    suffix = "" if meta is None else meta.suffix
    if image.ndim > 1:
        path = out / f"{name}.tif"
        io.write(path, image.astype(np.float32))
    elif suffix in (".wav", ".csv", ".txt"):
        path = out / f"{name}{suffix}"
        if meta is not None and meta.x is not None and len(meta.x) != len(image):
            meta = dataclasses.replace(meta, x=meta.x[window[0]])
        io.write(path, image, meta, clip=True)
    else:
        path = out / f"{name}.npy"
        io.write(path, image)
    return path


def _report(hall: Any, out: pathlib.Path, title: str | None) -> None:
    print(f"{hall.table()}\n")
    print(re.sub(r"\. (?=[A-Z])", ".\n", hall.verdict), end="\n\n")
    texts = {"comparison.csv": hall.table("csv"), "comparison.md": hall.table("markdown")}
    for name, text in texts.items():
        (out / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    hall.plot(out / "comparison.png")
    names = ["comparison.png", *texts]
    if title is not None:
        hall.to_html(out / "report.html", title=title)
        names.append("report.html")
    for name in names:
        print(f"wrote {out / name}")


def _restore(arguments: argparse.Namespace) -> None:
    from sigdeconv import io
    from sigdeconv._array import to_numpy

    entry: Method = arguments.method
    given = {name: getattr(arguments, name) for name in ("num_iter", "tol")}
    for name, value in given.items():
        if value is not None and entry.num_iter is None and name not in entry.parameters:
            flag = name.replace("_", "-")
            raise BadUse(f"--{flag} does not apply to {entry.name}: it does not iterate")
    _check_out(arguments.out, io.suffixes())
    y, meta = _load(arguments.input)
    y, axis, alpha = _colours(y, meta, arguments.channel_axis)
    psf = _kernel(arguments.psf, y.ndim - (axis is not None), arguments.psf_sum)
    centre = arguments.centre
    if isinstance(centre, str):
        psf, centre = sigdeconv.psf.measured(psf, normalize=False, centre=centre), None
    own = {k[4:]: v for k, v in vars(arguments).items() if k.startswith("own_") and v is not None}
    bar = None
    if entry.num_iter is not None and sys.stderr.isatty():
        total = entry.num_iter if arguments.num_iter is None else arguments.num_iter
        bar = _progress(total, 1 if axis is None else y.shape[axis])
    try:
        result = sigdeconv.deconvolve(
            y, psf, method=entry.name, channel_axis=axis, boundary=arguments.boundary,
            centre=centre, mask=_mask(arguments.mask), workers=arguments.workers, callback=bar,
            history=False, **given, **own,
        )  # fmt: skip
    finally:
        if bar is not None:  # leave the line of the bar
            print(file=sys.stderr)
    x = to_numpy(result.x)
    x = x if alpha is None else np.concatenate([x, alpha], axis=-1)
    dtype, meta = _type_to_write(arguments, meta)
    try:
        io.write(arguments.out, x, meta, dtype=dtype, clip=arguments.clip)
    except ValueError as error:
        raise ValueError(f"{arguments.out}: {_for_the_shell(str(error))}") from error


def _type_to_write(arguments: argparse.Namespace, meta: Meta | None) -> tuple[Any, Meta | None]:
    """Return the dtype to write and the metadata: a format of the same kind keeps its type."""
    suffix = pathlib.Path(arguments.out).suffix.lower()
    if arguments.dtype is not None or meta is None:
        return arguments.dtype or ("float32" if suffix in (".tif", ".tiff") else None), meta
    same = ENDS.get(meta.suffix, meta.suffix) == ENDS.get(suffix, suffix)
    if same or suffix in (*BITMAPS, ".wav"):
        return None, meta
    dtype = "float32" if suffix in (".tif", ".tiff") else None
    return dtype, dataclasses.replace(meta, dtype=None)


def _for_the_shell(text: str) -> str:
    """Tell the fixes that `io.write` names as flags."""
    for call, flag in (
        ("clip=True, limits=(low, high)", "--clip"),
        ("give meta=Meta(rate=44100), or use", "use"),
    ):
        text = text.replace(call, flag)
    return re.sub(r"dtype='(\w+)'", r"--dtype \1", text)


def _methods(arguments: argparse.Namespace) -> None:
    from sigdeconv.method import registry

    entry: Method | None = arguments.name
    if entry is not None:
        print(f"{entry.name}: {entry.wing}, {_kind(entry)}\n")
        print(inspect.getdoc(getattr(sigdeconv, entry.name)))
        print(f"\nFlags: sigdeconv restore --method {entry.name} --help")
        return
    entries = [registry.get(name) for name in registry]
    rows = [("method", "wing", "kind", "summary")]
    rows += [(entry.name, entry.wing, _kind(entry), entry.summary) for entry in entries]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    rows.insert(1, tuple("-" * w for w in (*widths, 7)))  # type: ignore[arg-type]
    for row in rows:
        print("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]))


def _kind(entry: Method) -> str:
    return "closed form" if entry.num_iter is None else f"{entry.num_iter} iterations"


def _psf(arguments: argparse.Namespace) -> None:
    from sigdeconv import io

    if arguments.out is not None:
        _check_out(arguments.out, (*FIGURES, *(s for s in io.suffixes() if s not in BITMAPS)))
    kernel = _kernel(arguments.model, None, "keep")
    print(f"shape {_size(kernel.shape)}, sum {kernel.sum():.6g}, peak {kernel.max():.4g}")
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
    if pathlib.Path(arguments.out).suffix.lower() in FIGURES:
        sigdeconv.plots.psf(kernel, arguments.out)
    else:
        io.save(arguments.out, kernel)
    print(f"wrote {arguments.out}")


def _fwhm(line: _NumPy) -> float:
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
    from sigdeconv.method import registry

    try:
        return registry.get(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _at_least(least: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}; got {text!r}")
        return int(text)

    return whole


def _dtype(text: str) -> np.dtype[Any]:
    try:
        return np.dtype(text)
    except TypeError:
        raise argparse.ArgumentTypeError(f"must be a type such as float32; got {text!r}") from None


def _centre(text: str) -> tuple[int, ...] | str:
    if text in ("peak", "centroid", "middle"):
        return text
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be indices such as 4,4, or peak, centroid, middle; got {text!r}"
        ) from None


def _number(text: str) -> Any:
    """Return a number, or a tuple of those that commas part."""
    if "," in text:
        return tuple(_number(part) for part in text.split(","))
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _number_or_text(text: str) -> Any:
    try:
        return _number(text)
    except ValueError:
        return text


def _number_or_file(text: str) -> Any:
    try:
        return _number(text)
    except ValueError:
        if not pathlib.Path(text).is_file():
            raise argparse.ArgumentTypeError(f"must be a number or a file; got {text!r}") from None
    return sigdeconv.io.load(text)


def _load(name: str) -> tuple[_NumPy, Meta | None]:
    """Return the values of a file or of an embedded data set, and the file's metadata."""
    from sigdeconv import datasets, io

    if pathlib.Path(name).exists() or pathlib.Path(name).suffix:
        return io.read(name)
    try:
        return datasets.load(name), None
    except ValueError as error:
        raise ValueError(f"there is no file {name!r}, and {error}") from error


def _channel_axis(y: _NumPy, meta: Meta | None) -> int | None:
    """Return the axis of the colours of an image or of the channels of a sound."""
    if meta is None:
        return None
    if meta.axes is not None and len(meta.axes) == y.ndim:
        found = max(meta.axes.find("S"), meta.axes.find("C"))
        return None if found < 0 else found
    stereo = meta.suffix == ".wav" and y.ndim == 2
    return y.ndim - 1 if stereo or (meta.suffix in BITMAPS and y.ndim == 3) else None


def _colours(
    y: _NumPy, meta: Meta | None, axis: int | None
) -> tuple[_NumPy, int | None, _NumPy | None]:
    """Return what is restored, the axis of its channels, and a PNG's opacity, which is not."""
    if axis is not None or (axis := _channel_axis(y, meta)) is None:
        return y, axis, None
    alpha = None
    if meta is not None and meta.suffix == ".png" and y.shape[axis] in (2, 4):
        y, alpha = y[..., :-1], y[..., -1:]
    kept = "" if alpha is None else "; the opacity is kept as it is"
    kind = "channels of sound" if meta is not None and meta.suffix == ".wav" else "colour channels"
    _note(f"{y.shape[axis]} {kind} (axis {axis}), each restored by itself{kept}")
    return y, axis, alpha


def _one_channel(x: _NumPy, meta: Meta | None) -> _NumPy:
    """Return the luminance of colours, the mean of other channels; a comparison is of one."""
    axis = _channel_axis(x, meta)
    if axis is None:
        return x
    x = np.moveaxis(x, axis, -1)
    if meta is not None and meta.suffix == ".png" and x.shape[-1] in (2, 4):
        x = x[..., :-1]
    if x.shape[-1] == 3:
        _note("the luminance of the colours is compared")
        return np.asarray(x @ LUMINANCE)
    if x.shape[-1] > 1:
        _note(f"the mean of the {x.shape[-1]} channels is compared")
    return np.asarray(x.mean(axis=-1))


def _kernel(text: str, ndim: int | None, total: str) -> _NumPy:
    """Return the kernel of a file or a model; a model without axes takes those of the data."""
    from sigdeconv import io
    from sigdeconv.psf._model import registry
    from sigdeconv.psf._spec import from_spec

    path = pathlib.Path(text)
    if path.is_file() or path.suffix.lower() in io.suffixes():
        kernel = io.load(text)
        if ndim is not None and kernel.ndim != ndim:
            hint = "; --channel-axis names an axis of colours or independent signals"
            hint = "; save it in grey" if path.suffix.lower() in BITMAPS else hint
            raise ValueError(f"--psf {text} has {kernel.ndim} axes; the data have {ndim}{hint}")
        if total == "one" and not np.iscomplexobj(kernel):
            scale = float(kernel.sum())
            if not scale > 0:
                raise ValueError(f"--psf {text} sums to {scale:g}; keep it by --psf-sum keep")
            if abs(scale - 1) > 1e-6:
                _note(f"--psf {text} was divided by its sum, {scale:g}; --psf-sum keep leaves it")
            kernel = kernel / scale
        return kernel
    try:
        kernel = np.asarray(from_spec(text))
        if ndim is not None and kernel.ndim != ndim and "ndim" not in text:
            model = registry.get(text.partition(":")[0].strip())
            if "ndim" not in inspect.signature(model).parameters:
                raise BadUse(f"--psf {text} is a model of {kernel.ndim} axes; the data have {ndim}")
            kernel = np.asarray(from_spec(f"{text}:ndim={ndim}"))
    except (ValueError, TypeError) as error:
        name = "MODEL" if ndim is None else "--psf"
        raise BadUse(f"{name} {text}: {str(error).removeprefix('text ')}") from error
    return kernel


def _mask(name: str | None) -> _NumPy | None:
    if name is None:
        return None
    mask = sigdeconv.io.load(name)
    return mask if mask.dtype.kind == "f" else (mask != 0).astype(np.float64)


def _check_out(name: str, suffixes: Sequence[str]) -> None:
    """Say that the output cannot be written before the work, not after it."""
    path = pathlib.Path(name)
    if path.suffix.lower() not in suffixes:
        known = " ".join(suffixes)
        raise BadUse(f"--out {name}: the suffix must be one of {known}; got {path.suffix!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"--out {name}: there is no folder {path.parent}; make it first")


def _folder(name: str) -> pathlib.Path:
    path = pathlib.Path(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


# -- talking on standard error --------------------------------------------------------------------


def _progress(num_iter: int, channels: int) -> Callable[[int, Any], None]:
    """Return a callback that draws a bar; the count starts anew at every channel."""
    done = -1

    def show(k: int, x: Any) -> None:
        nonlocal done
        done += k == 1
        part = min((done * num_iter + k) / max(channels * num_iter, 1), 1.0)
        which = f", channel {done + 1} of {channels}" if channels > 1 else ""
        line = f"\r[{'#' * round(30 * part):<30}] iteration {k} of {num_iter}{which}"
        print(line, end="", file=sys.stderr, flush=True)

    return show


def _note(text: str) -> None:
    print(f"sigdeconv: {text}", file=sys.stderr)


def _warned(message: Warning | str, *where: Any, **more: Any) -> None:
    _note(f"warning: {message}")


def _size(shape: Sequence[int]) -> str:
    return " x ".join(str(n) for n in shape) + (" samples" if len(shape) == 1 else "")
