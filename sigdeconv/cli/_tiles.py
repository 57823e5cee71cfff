"""`sigdeconv restore --memory`: a file that is read, restored and written tile by tile."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv.cli._axes import relabelled, split_apart
from sigdeconv.cli._kernel import Target, find_kernel
from sigdeconv.cli._tell import BadUse, note

__all__ = ["restore_in_tiles"]

# Flags that look at the whole, and their values where they are not given.
OF_THE_WHOLE = {"figure": None, "clip": False, "dtype": None, "linear": False, "column": None}
STEPS = 20  # lines about how far it is, at most


def restore_in_tiles(arguments: argparse.Namespace, run: dict[str, Any]) -> str:
    """Restore one file within some memory; return how it was done."""
    name, out = arguments.input[0], arguments.out
    if len(arguments.input) > 1 or out is None:
        raise BadUse("--memory takes one input, and --out names a .npy or .zarr")
    for flag, usual in OF_THE_WHOLE.items():
        if getattr(arguments, flag, usual) != usual:
            raise BadUse(f"--{flag} looks at the whole of the data; leave it out with --memory")
    if arguments.psf.rpartition(":")[2] == "auto":
        raise BadUse("--psf auto looks at the whole of the data; give a kernel with --memory")
    values, said = io.open_parts(name)
    stand_in = np.broadcast_to(np.zeros((), values.dtype), values.shape)
    meta = relabelled(stand_in, said, arguments.axes, name)
    apart = split_apart(stand_in, meta, arguments.channel_axis)
    psf, centre = find_kernel(arguments.psf, arguments, Target(name, apart, meta))
    automatic = isinstance(arguments.method, str)
    flags = vars(arguments)
    own = {k[4:]: v for k, v in flags.items() if k.startswith("own_") and v is not None}
    told = _Told()
    sigdeconv.tiled(
        name, psf, out=out, memory=arguments.memory, overwrite=arguments.overwrite,
        method=arguments.method if automatic else arguments.method.name,
        boundary=arguments.boundary, centre=centre, mask=arguments.mask,
        channel_axis=apart.axes or None, workers=arguments.workers, progress=told, **run, **own,
    )  # fmt: skip
    if told.last is None:
        note(f"{out} holds this result; nothing was done")
        return "as it was"
    return str(told.last)


class _Told:
    """Say how far it is, not too often."""

    def __init__(self) -> None:
        self.last: Any = None
        self._step = 0

    def __call__(self, progress: Any) -> None:
        self.last = progress
        step = STEPS * progress.done // progress.total
        if step > self._step:
            self._step = step
            note(str(progress))
