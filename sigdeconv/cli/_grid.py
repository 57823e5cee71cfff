"""Sample distances of data and kernel, compared: the kernel is brought to the grid of the data."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING

import numpy as np

from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import BadUse, note

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["even", "known_steps", "on_grid", "onto", "short", "steps_of_kernel", "uneven"]

Step = tuple[float, str | None] | None
SAME = 1e-3  # part of a step that is no difference
UNEVEN = 1e-3  # part of the mean step by which the steps of a table may differ
PRINT = ("inch", "cm")  # units of the resolution for print, which says nothing of the scene


def known_steps(meta: Meta | None, letters: str) -> list[Step]:
    """Return the distance of the samples along each of some axes, where the file says it."""
    if meta is None or meta.axes is None or meta.spacing is None:
        return [None] * len(letters)
    steps = [meta.step(letter) for letter in letters]
    picture = meta.suffix in (*io.suffixes(pictures=True), ".tif", ".tiff")
    if picture and meta.kind not in ("imagej", "ome") and meta.unit in (None, *PRINT):
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
    if meta is None or meta.x is None or len(meta.x) < 3:
        return False
    steps = np.abs(np.diff(np.asarray(meta.x, float)))
    return bool(np.ptp(steps) > UNEVEN * np.mean(steps))


def even(y: NumpyArray, x: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return the values of an uneven grid on an even one of as many samples, and that grid."""
    x = np.asarray(x, float)
    grid = np.linspace(x[0], x[-1], len(x))
    return onto(y, x, grid), grid


def onto(y: NumpyArray, x: NumpyArray, grid: NumpyArray) -> NumpyArray:
    """Return values over `x`, rising or falling, linearly between them on another grid."""
    order = slice(None, None, -1) if x[0] > x[-1] else slice(None)
    return np.interp(grid, np.asarray(x, float)[order], np.asarray(y, float)[order])


def short(name: str) -> str:
    """Return the name of a file without its folder."""
    return pathlib.Path(name).name
