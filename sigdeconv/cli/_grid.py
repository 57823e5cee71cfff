"""Sample distances of data and kernel, compared: the kernel is brought to the grid of the data.

Data that are not evenly apart are no convolution of what lies on an even grid, but samples of one
(`sigdeconv.Sampled`). A method that needs a spectrum gets them on even samples instead.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

import numpy as np

from sigdeconv import Sampled, io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import BadUse, note
from sigdeconv.io.table import is_even, unit_of_column

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = [
    "Uneven",
    "even",
    "evened",
    "known_steps",
    "on_grid",
    "onto",
    "short",
    "steps_of_kernel",
    "taken_evenly",
    "uneven",
]

Step = tuple[float, str | None] | None
SAME = 1e-3  # part of a step that is no difference
# Units of the resolution for print, which says nothing of the scene unless it is finer than any
# print or scan: micrometres.
PRINT, NO_PRINT = ("inch", "cm"), 4.0


def known_steps(meta: Meta | None, letters: str) -> list[Step]:
    """Return the distance of the samples along each of some axes, where the file says it."""
    if meta is None or meta.axes is None or meta.spacing is None:
        return [None] * len(letters)
    steps = [meta.step(letter) for letter in letters]
    picture = meta.suffix in (*io.suffixes(pictures=True), ".tif", ".tiff")
    if picture and meta.kind not in ("imagej", "ome") and meta.unit in (None, *PRINT):
        sizes = [io.convert(*step, "um") for step in steps if step is not None]
        if not all(size is not None and size < NO_PRINT for size in sizes):
            return [None] * len(letters)
    return steps


def on_grid(meta: Meta | None, letters: str) -> Meta:
    """Return the axes of a signal of the data with the distances of their samples."""
    if "?" in letters or not letters:
        return io.Meta()
    steps = known_steps(meta, letters)
    return io.Meta(
        axes=letters,
        spacing=tuple(None if step is None else step[0] for step in steps),
        units=tuple(None if step is None else step[1] for step in steps),
    )


def steps_of_kernel(
    kernel: tuple[str, list[Step]], data: tuple[str, list[Step]]
) -> tuple[float, ...] | None:
    """Return the distance of the kernel's samples in those of the data, None where it is one.

    Each is its name and its steps, one an axis.

    Raises
    ------
    BadUse
        Where both say a distance, and their units cannot be compared.
    """
    name, own = kernel
    target, of_data = data
    pairs = list(zip(own, of_data, strict=True))
    if all(k is None for k, _ in pairs) or all(d is None for _, d in pairs):
        if any(d is not None for _, d in pairs):
            note(
                f"--psf {name} does not say how far apart its samples are; taken as those of "
                f"{target}, {_listed(of_data)}; --psf-step X says otherwise"
            )
        elif any(k is not None for k in own):
            note(
                f"{target} does not say how far apart its samples are; taken as those of --psf "
                f"{name}, {_listed(own)}; --psf-step X says otherwise"
            )
        return None
    ratios = []
    for k, d in pairs:
        if k is None or d is None:
            ratios.append(1.0)
            continue
        converted = io.convert(*k, d[1])
        if converted is None:
            raise BadUse(
                f"--psf {name} has its samples {_text(k)} apart, {target} {_text(d)}, and these "
                f"units cannot be compared: --psf-step X gives the step of the kernel in samples "
                f"of the data (1 where they are the same)"
            )
        ratio = converted / d[0]
        ratios.append(1.0 if abs(ratio - 1) <= SAME else float(f"{ratio:.6g}"))
    if all(ratio == 1 for ratio in ratios):
        return None
    flag = ",".join(f"{ratio:g}" for ratio in ratios)
    note(
        f"--psf {name} has its samples {_listed(own)} apart, {target} {_listed(of_data)}: "
        f"resampled to the grid of the data, as --psf-step {flag} does; --psf-step 1 keeps its "
        f"samples"
    )
    return tuple(ratios)


def _text(step: Step) -> str:
    if step is None:
        return "?"
    return f"{step[0]:.4g}" + ("" if step[1] is None else f" {step[1]}")


def _listed(steps: list[Step]) -> str:
    units = {step[1] for step in steps if step is not None}
    if len(units) == 1:
        numbers = " x ".join("?" if step is None else f"{step[0]:.4g}" for step in steps)
        unit = next(iter(units))
        return numbers if unit is None else f"{numbers} {unit}"
    return " x ".join(map(_text, steps))


def uneven(meta: Meta | None) -> bool:
    """Tell whether the abscissa of a table has steps that differ."""
    return meta is not None and meta.x is not None and not is_even(meta.x)


def even(y: NumpyArray, x: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return the values of an uneven grid on an even one of as many samples, and that grid."""
    x = np.asarray(x, float)
    grid = np.linspace(x[0], x[-1], len(x))
    return onto(y, x, grid), grid


def evened(meta: Meta, units: Any = None) -> Meta:
    """Return what a table says, with the mean distance of its uneven samples as their step."""
    x = np.asarray(meta.x, float)
    named = None if not meta.columns else unit_of_column(meta.columns[0])
    return dataclasses.replace(meta, axes="X", spacing=(_mean_step(x),), units=named or units)


def taken_evenly(name: str, y: NumpyArray, meta: Meta | None) -> tuple[NumpyArray, Meta | None]:
    """Return a trace on even samples where its own are uneven, with a note, and what is said of it.

    What is not a trace, or is even, comes back as it is.
    """
    if y.ndim != 1 or meta is None or meta.x is None or not uneven(meta):
        return y, meta
    note(f"{name} has uneven samples: taken linearly between them on even ones")
    y, places = even(y, np.asarray(meta.x))
    return y, dataclasses.replace(evened(meta), x=places)


def _mean_step(x: NumpyArray) -> float:
    return abs(float(x[-1] - x[0])) / (len(x) - 1)


@dataclasses.dataclass(frozen=True)
class Uneven:
    """A signal whose samples are unevenly apart, and a kernel on the even grid of their mean step.

    Attributes
    ----------
    y, x : array of shape (n,)
        The values, and where they are.
    psf : array of shape (k,)
        The kernel, its middle at zero.
    mask : array of shape (n,), optional
        Weights of the values.
    """

    y: NumpyArray
    x: NumpyArray
    psf: NumpyArray
    mask: NumpyArray | None

    @property
    def step(self) -> float:
        """Mean distance of the samples: that of the kernel's."""
        return _mean_step(self.x)

    @property
    def known(self) -> NumpyArray:
        """Which samples are there."""
        return np.ones(len(self.y), bool) if self.mask is None else self.mask > 0

    def as_samples(self, **options: Any) -> tuple[NumpyArray, Sampled, NumpyArray | None]:
        """Return the values that are there, the operator that makes them, and their weights."""
        places = (np.arange(len(self.psf)) - len(self.psf) // 2) * self.step
        rising = self.x[-1] > self.x[0]
        turn = slice(None) if rising else slice(None, None, -1)
        psf, places = (self.psf, places) if rising else (self.psf[::-1], -places[::-1])
        good = self.known[turn]
        A = Sampled(psf, places, self.x[turn][good], spacing=self.step, **options)
        return self.y[turn][good], A, None if self.mask is None else self.mask[turn][good]

    def as_even(self) -> tuple[NumpyArray, NumpyArray]:
        """Return the values linearly between those that are there, on even samples, and these."""
        grid = np.linspace(self.x[0], self.x[-1], len(self.x))
        return onto(self.y[self.known], self.x[self.known], grid), grid

    def back(self, values: NumpyArray, grid: NumpyArray) -> NumpyArray:
        """Return values on an even grid where the samples were."""
        return onto(values, grid, self.x)


def onto(y: NumpyArray, x: NumpyArray, grid: NumpyArray) -> NumpyArray:
    """Return values over `x`, rising or falling, linearly between them on another grid."""
    order = slice(None, None, -1) if x[0] > x[-1] else slice(None)
    return np.interp(grid, np.asarray(x, float)[order], np.asarray(y, float)[order])


def short(name: str) -> str:
    """Return the name of a file without its folder."""
    return pathlib.Path(name).name
