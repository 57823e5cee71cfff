"""The flags: those of the commands, and those that a method brings by its signature."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sigdeconv
from sigdeconv.cli._axes import as_axes, as_channel_axis
from sigdeconv.cli._commands import (
    run_claims,
    run_compare,
    run_demo,
    run_methods,
    run_psf,
    run_rerun,
    run_tune,
)
from sigdeconv.cli._figure import add_look
from sigdeconv.cli._inputs import (
    as_boundary,
    as_centre,
    as_choice,
    as_dtype,
    as_level,
    as_method,
    as_steps,
    at_least,
)
from sigdeconv.cli._layers import add_layers
from sigdeconv.cli._own_flags import Parser, add_own
from sigdeconv.cli._restore import run_restore

if TYPE_CHECKING:
    from sigdeconv.method import Method

__all__ = ["build_parser"]

METHODS_HELP = "parted by spaces or commas (the two adjoints, four inverses); see sigdeconv methods"
REPORT_HELP = "also write report.html: sliders, zoom, errors and profiles, in one file"


def build_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = Parser(
        prog="sigdeconv",
        description="Deconvolution: the inverse restores the values, the adjoint the shape.",
        epilog="sigdeconv COMMAND --help says more. Start with: sigdeconv demo",
    )
    version = f"sigdeconv {sigdeconv.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_compare(commands)
    _add_restore(commands, argv if argv[:1] == ["restore"] else [])
    _add_tune(commands)
    _add_methods(commands)
    _add_kernel(commands)
    _add_rerun(commands)
    _add_claims(commands)
    add_layers(commands, _command)
    return parser


def _command(commands: Any, name: str, run: Callable[..., Any], text: str, *examples: str) -> Any:
    """Add a command that calls `run`, with its examples in the help; return its parser."""
    lines = "".join(f"\n  sigdeconv {name} {example}".rstrip(" ") for example in examples)
    sub = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False,
        epilog=f"examples:{lines}", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    sub.set_defaults(run=run, parser=sub)
    return sub


def _add_demo(commands: Any) -> None:
    text = "run the main job on an embedded photograph"
    sub = _command(commands, "demo", run_demo, text, "--out results")
    sub.add_argument("--out", default="sigdeconv-demo", metavar="DIR", help="folder (%(default)s)")
    sub.add_argument("--report", action="store_true", help=REPORT_HELP)
    _add_overwrite(sub)
    add_look(sub, format_too=True)


def _add_compare(commands: Any) -> None:
    sub = _command(
        commands, "compare", run_compare, "put several methods on the same signal and measure them",
        "camera --psf gaussian:2.5 --noise 0.01 --methods adjoint wiener",
        "photo.jpg --psf disk:4 --noise poisson:500 --out results --report",
        "blurred.tif --blurred --psf measured.tif --methods wiener,richardson_lucy",
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
    _add_centre(sub)
    sub.add_argument("--blurred", action="store_true", help="IMAGE is the data; no truth is known")
    sub.add_argument("--rng", type=at_least(0), default=0, metavar="SEED", help="of the noise (0)")
    sub.add_argument(
        "--out", default="sigdeconv-compare", metavar="DIR", help="folder (%(default)s)"
    )
    sub.add_argument("--report", action="store_true", help=REPORT_HELP)
    _add_axes(sub)
    _add_overwrite(sub)
    add_look(sub, format_too=True)


def _add_tune(commands: Any) -> None:
    sub = _command(
        commands, "tune", run_tune, "show how strong a method should be, by every rule",
        "photo.png --psf disk:4 --method tikhonov", "stack.tif --psf bead.tif -o curve.png",
    )  # fmt: skip
    sub.add_argument("input", metavar="IN", help="a file, or a data set")
    _add_psf(sub)
    sub.add_argument(
        "--method", type=as_method, default="tikhonov", metavar="NAME", help="(%(default)s)"
    )
    sub.add_argument("-o", "--out", metavar="OUT", help="also draw the curve (.png .pdf .svg)")
    _add_boundary(sub)
    _add_centre(sub)
    _add_axes(sub)
    _add_overwrite(sub)
    add_look(sub)


def _add_methods(commands: Any) -> None:
    text = "list the methods, or explain one"
    sub = _command(commands, "methods", run_methods, text, "", "wiener")
    sub.add_argument("name", nargs="?", type=as_method, metavar="NAME", help="explain this one")


def _add_kernel(commands: Any) -> None:
    sub = _command(
        commands, "psf", run_psf, "describe a kernel, draw it or save its values",
        "gaussian:2.5 -o kernel.png", "motion:15,45 -o kernel.npy", "gaussian:2:ndim=1",
        "photo.jpg --try disk:1..8 -o sheet.png     (a contact sheet: look, and choose)",
        "bead.tif --data stack.tif --psf-background border     (as restore will use it)",
    )  # fmt: skip
    sub.add_argument("model", metavar="FILE|MODEL", help="a file, or a model: disk:3, box:3x5, ...")
    sub.add_argument("-o", "--out", metavar="OUT", help="figure (.png .pdf .svg) or values")
    sub.add_argument(
        "--data", metavar="FILE",
        help="show the kernel on the grid of these data, as restore will use it",
    )  # fmt: skip
    sub.add_argument(
        "--try", dest="kernels", metavar="MODEL",
        help="restore FILE, a picture, with each kernel of a range, such as disk:1..8, and draw a "
        "sheet of them (FILE.sheet.png)",
    )  # fmt: skip
    sub.add_argument(
        "--method", type=as_choice, default="wiener", metavar="NAME", help="of --try (%(default)s)"
    )
    _add_measured(sub, None)
    _add_centre(sub)
    _add_axes(sub)
    _add_overwrite(sub)
    add_look(sub)


def _add_rerun(commands: Any) -> None:
    text = "make a file again by the command that it says made it"
    sub = _command(commands, "rerun", _rerun, text, "x.restored.tif", "x.restored.tif -o y.tif")
    sub.add_argument("file", metavar="FILE", help="a file that restore wrote")
    sub.add_argument("-o", "--out", metavar="OUT", help="file to write (FILE.rerun.tif)")
    _add_overwrite(sub)


def _rerun(arguments: argparse.Namespace) -> int:
    def run(argv: list[str]) -> int:
        again = build_parser(argv).parse_args(argv)
        again.argv = argv
        return int(again.run(again) or 0)

    return run_rerun(arguments, run)


def _add_axes(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--axes", type=as_axes, metavar="ZYX",
        help="what the axes are, where the file is wrong or says nothing: Z, Y, X space, T time, "
        "C channels, S colours",
    )  # fmt: skip


def _add_overwrite(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--overwrite", action="store_true", help="replace files that exist")


def _add_claims(commands: Any) -> None:
    text = "run what is said about deconvolution"
    sub = _command(commands, "claims", run_claims, text, "", "31")
    sub.add_argument("number", nargs="?", type=int, metavar="N", help="show this one in full")


def _add_psf(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--psf", required=True, metavar="FILE|MODEL",
        help="the kernel: a file, a model such as gaussian:2.5, disk:3, motion:15,45, or auto: "
        "found in the data (disk:auto one of that family)",
    )  # fmt: skip
    _add_measured(sub, "one")


def _add_measured(sub: argparse.ArgumentParser, total: str | None) -> None:
    sub.add_argument(
        "--psf-sum", choices=("one", "keep"), default=total,
        help="divide a kernel from a file by its sum, or keep its values (one)",
    )  # fmt: skip
    sub.add_argument(
        "--psf-background", type=as_level, metavar="X|border",
        help="pedestal of a kernel from a file, which is taken away, and what is negative then: "
        "its level, or border for the median of the outermost samples",
    )  # fmt: skip
    sub.add_argument(
        "--psf-step", type=as_steps, metavar="X[,X,X]",
        help="distance of the samples of a kernel from a file, in samples of the data: 0.25 where "
        "it is four times as fine; one number, or one an axis (what the files say)",
    )  # fmt: skip


def _add_boundary(sub: argparse.ArgumentParser) -> None:
    from sigdeconv.geometry import BOUNDARIES

    sub.add_argument(
        "--boundary", type=as_boundary, metavar="NAME[,NAME]",
        help=f"what lies beyond the border: {', '.join(BOUNDARIES)} (unknown); or two of them, for "
        "the start and the end of an axis: zero,unknown for a signal from rest",
    )  # fmt: skip


def _add_centre(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--centre", type=as_centre, metavar="WORD|I,J",
        help="where the kernel's centre is: start for a response in time, peak, centroid, middle, "
        "or indices (middle)",
    )  # fmt: skip


def _add_restore(commands: Any, argv: Sequence[str]) -> None:
    """Add `restore`, with the flags of the method that `argv` names."""
    sub = _command(
        commands, "restore", run_restore,
        "restore a file by one method, whose parameters are flags as well",
        "photo.jpg --psf disk:4 -o sharp.jpg --clip",
        "photo.png --psf motion:15,30 --method auto -o sharp.png --clip --figure both.png",
        "in.tif --psf bead.tif --psf-background border --method richardson_lucy -o x.tif",
        "films/*.tif --psf gaussian:1.5 -o done/     (one file each, and a table)",
        "--method tikhonov --help     (the flags of tikhonov)",
    )  # fmt: skip
    sub.add_argument(
        "input", metavar="IN", nargs="+",
        help="files, patterns, folders, or data sets; FILE:NAME is one inside a file of several",
    )  # fmt: skip
    _add_psf(sub)
    sub.add_argument(
        "--method", type=as_choice, default="wiener", metavar="NAME",
        help="see sigdeconv methods (%(default)s); with --help, the flags of that method are "
        "shown; auto or best let the data choose",
    )  # fmt: skip
    _add_problem(sub)
    _add_output(sub)
    entry = _named_early(argv)
    if entry is not None:
        add_own(sub.add_argument_group(f"parameters of {entry.name}"), entry)


def _named_early(argv: Sequence[str]) -> Method | None:
    """Return the method that the command line names, read before its flags can be."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--method", default="wiener")
    try:
        entry = as_choice(early.parse_known_args(argv)[0].method)
    except (argparse.ArgumentError, argparse.ArgumentTypeError):
        return None  # the parser itself says what is wrong
    return None if isinstance(entry, str) else entry


def _add_problem(sub: argparse.ArgumentParser) -> None:
    _add_boundary(sub)
    _add_centre(sub)
    sub.add_argument(
        "--mask", metavar="FILE|WORD",
        help="weights of the samples, in integers 0 or not; or words by commas: finite leaves out "
        "NaN, saturated what is at the ceiling, outliers cosmic rays and hot pixels",
    )  # fmt: skip
    sub.add_argument(
        "--channel-axis", type=as_channel_axis, metavar="AXES|none",
        help="axes of signals of their own, by number or letter: 0, or T,C; or none (those of "
        "time, channels and colours that the file names)",
    )  # fmt: skip
    _add_axes(sub)
    sub.add_argument(
        "--column", metavar="NAME|N", help="column of a table that is the signal (the second)"
    )
    sub.add_argument(
        "--linear", action="store_true",
        help="restore a photograph in linear light (sRGB), and write it back",
    )  # fmt: skip
    sub.add_argument(
        "--num-iter", type=at_least(0), metavar="N",
        help="number of iterations; without it most methods stop by themselves",
    )  # fmt: skip
    sub.add_argument("--tol", type=float, metavar="TOL", help="tolerance of the iteration")
    sub.add_argument(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="threads; all cores by default",
    )


def _add_output(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "-o", "--out", metavar="OUT",
        help="file to write, by its suffix, or a folder (beside the input: IN.restored.tif)",
    )  # fmt: skip
    _add_overwrite(sub)
    sub.add_argument("--clip", action="store_true", help="clip to the range of an integer type")
    sub.add_argument("--dtype", type=as_dtype, metavar="TYPE", help="type to write: float32, ...")
    sub.add_argument(
        "--figure", metavar="FILE", help="also draw data and estimate side by side (.png .pdf .svg)"
    )
    add_look(sub)
    sub.add_argument(
        "--verbose", action="store_true", help="say what was chosen, and why it stopped"
    )
    sub.add_argument(
        "--memory", metavar="SIZE",
        help="restore tile by tile within so much memory, such as 4GiB, by one plan for all; from "
        "and to .npy or .zarr, or from .tif; a run that was killed goes on where it ended",
    )  # fmt: skip
