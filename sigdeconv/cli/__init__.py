"""The command line: demo, compare, restore, tune, methods, psf, rerun, claims.

Flags of a method are read off its signature, so a new method brings its own. Exit codes: 0 done, 2
bad use, 1 failure with one line on standard error; ``SIGDECONV_DEBUG=1`` shows the traceback.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from sigdeconv.cli._own_flags import flags_of_the_method, nearest
from sigdeconv.cli._parser import build_parser
from sigdeconv.cli._tell import BadUse, for_the_shell, warned

__all__ = ["main"]


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
        with _cleaned_up(), warnings.catch_warnings():
            warnings.showwarning = warned
            arguments, rest = build_parser(argv).parse_known_args(argv)
            if rest:
                arguments.parser.error(
                    f"unrecognized arguments: {' '.join(rest)}"
                    f"{flags_of_the_method(arguments)}{nearest(rest, arguments.parser)}"
                )
            arguments.argv = argv
            code = arguments.run(arguments)
            sys.stdout.flush()
        return code or 0
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
        text = for_the_shell(" ".join(str(error).split()))
        if not isinstance(error, (BadUse, ValueError, TypeError, OSError, ImportError)) or not text:
            text = f"{type(error).__name__}: {text}"
        print(f"sigdeconv: {text}", file=sys.stderr)
        return 2 if isinstance(error, BadUse) else 1


@contextlib.contextmanager
def _cleaned_up() -> Iterator[None]:
    """Let a process that is told to end take its unfinished files with it."""

    def end(*_: Any) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    try:
        old = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)
