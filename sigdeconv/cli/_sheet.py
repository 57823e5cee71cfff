"""`sigdeconv psf photo.jpg --try disk:1..8`: a sheet of restorations to look at."""

from __future__ import annotations

import argparse
import pathlib

import numpy as np

from sigdeconv.cli._axes import relabelled, split_apart
from sigdeconv.cli._figure import FIGURES, look
from sigdeconv.cli._inputs import load_signal
from sigdeconv.cli._outputs import check_out, refuse_to_overwrite
from sigdeconv.cli._tell import BadUse, note, size_text
from sigdeconv.comparison import contact_sheet

__all__ = ["run_sheet"]


def run_sheet(arguments: argparse.Namespace) -> None:
    """Restore a picture with each of a range of kernels, and draw them."""
    if arguments.data is not None:
        raise BadUse("--data does not go with --try: the picture itself is the data")
    out = arguments.out
    if out is None:
        path = pathlib.Path(arguments.model)
        out = str(path.with_name(f"{path.stem}.sheet.png"))
    check_out(out, FIGURES)
    refuse_to_overwrite(pathlib.Path(out), [arguments.model], arguments.overwrite)
    y, meta = load_signal(arguments.model)
    meta = relabelled(y, meta, arguments.axes, arguments.model)
    apart = split_apart(y, meta, None, quiet=True)
    values = np.asarray(apart.y, dtype=np.float64)
    if apart.axes:
        note("the mean of its channels is shown")
        values = values.mean(axis=apart.axes)
    name = arguments.method if isinstance(arguments.method, str) else arguments.method.name
    try:
        sheet = contact_sheet(values, arguments.kernels, method=name)
    except (ValueError, TypeError) as error:
        raise BadUse(f"--try {arguments.kernels}: {error}") from error
    sheet.plot(out, **look(arguments))
    part = ", ".join(f"{s.start}:{s.stop}" for s in sheet.part)
    print(f"{len(sheet.images)} kernels on a part of {size_text(sheet.data.shape)}, [{part}]")
    print(f"wrote {out}")
    note("too narrow a kernel leaves blur, too wide a one makes rings; restore with one between")
