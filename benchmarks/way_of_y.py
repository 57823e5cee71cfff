"""The way of the data through the package: how many files, calls and copies of work a call takes.

Counts, with a profiler, the files of the package that are entered, the calls inside it, how deep
they nest, the convolutions that are built and the periodograms that are taken. These are signs of a
straight way and no ends in themselves.

    python benchmarks/way_of_y.py
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from typing import Any

import sigdeconv as sd
from sigdeconv.operators.convolution import Convolution
from sigdeconv.solvers import periodogram

PACKAGE = str(pathlib.Path(sd.__file__).parent)


class Way:
    """A profile function that counts what happens inside the package."""

    def __init__(self) -> None:
        self.calls = self.moves = self.depth = self.deepest = 0
        self.files: set[str] = set()
        self.counts = {"convolutions": 0, "periodograms": 0}
        self._stack: list[str] = []

    def __call__(self, frame: Any, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if not name.startswith(PACKAGE):
            return
        if event == "call":
            self.calls += 1
            self.moves += bool(self._stack) and self._stack[-1] != name
            self._stack.append(name)
            self.files.add(name)
            self.deepest = max(self.deepest, len(self._stack))
            code = frame.f_code
            if code is Convolution.__init__.__code__:
                self.counts["convolutions"] += 1
            elif code is periodogram.bin_periodogram.__code__:
                self.counts["periodograms"] += 1
        elif event == "return" and self._stack:
            self._stack.pop()


def follow(call: Callable[[], Any]) -> Way:
    """Return what a call did; it is made once before, so that lazy imports do not count."""
    call()
    way = Way()
    sys.setprofile(way)
    try:
        call()
    finally:
        sys.setprofile(None)
    return way


def main() -> None:
    """Print a row a call."""
    scene = sd.datasets.camera()[100:242, 100:242]
    psf = sd.psf.gaussian(1.6)
    y = sd.simulate(scene, psf, noise=0.02, rng=0).y[:128, :128]
    calls: dict[str, Callable[[], Any]] = {
        "wiener(y, psf)": lambda: sd.wiener(y, psf),
        "tikhonov(y, psf)": lambda: sd.tikhonov(y, psf),
        'deconvolve(method="richardson_lucy", num_iter=10)': lambda: sd.deconvolve(
            y, psf, method="richardson_lucy", num_iter=10
        ),
        'deconvolve(method="tv")': lambda: sd.deconvolve(y, psf, method="tv"),
        "deconvolve(y, psf)": lambda: sd.deconvolve(y, psf),
    }
    head = ("call", "calls", "files", "moves", "depth", "convolutions", "periodograms")
    print(f"{head[0]:50}" + "".join(f"{name:>14}" for name in head[1:]))
    for name, call in calls.items():
        way = follow(call)
        numbers = (way.calls, len(way.files), way.moves, way.deepest, *way.counts.values())
        print(f"{name:50}" + "".join(f"{n:14}" for n in numbers))
        if "--files" in sys.argv:
            files = (pathlib.Path(f).relative_to(PACKAGE).as_posix() for f in way.files)
            print("   ", *sorted(files))


if __name__ == "__main__":
    main()
