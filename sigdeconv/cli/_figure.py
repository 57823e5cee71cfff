"""The flags of figures: how wide, how fine, in which format, and on which grid of samples."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sigdeconv.cli._grid import known_steps
from sigdeconv.cli._inputs import at_least
from sigdeconv.views import PRINT_WIDTHS

if TYPE_CHECKING:
    from sigdeconv.io import Meta

__all__ = ["FIGURES", "add_look", "grid_of", "look"]

FIGURES = (".png", ".pdf", ".svg")


def add_look(sub: argparse.ArgumentParser, format_too: bool = False) -> None:
    """Add the flags of a figure to a command that draws one."""
    group = sub.add_argument_group("figure")
    group.add_argument(
        "--width", type=as_width, default="page", metavar="MM|page|column",
        help="in millimetres; a page is 183, a column 85 (%(default)s)",
    )  # fmt: skip
    group.add_argument("--dpi", type=at_least(20), metavar="N", help="pixels an inch (150)")
    group.add_argument("--title", metavar="TEXT", help="heading")
    if format_too:
        group.add_argument(
            "--format", choices=[kind[1:] for kind in FIGURES], default="png", help="(%(default)s)"
        )


def as_width(text: str) -> float | str:
    """Return a width in millimetres, or its word."""
    if text in ("page", "column"):
        return text
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not PRINT_WIDTHS[0] <= value <= PRINT_WIDTHS[1]:
        least, most = PRINT_WIDTHS
        raise argparse.ArgumentTypeError(
            f"must be page, column, or {least:g} to {most:g} millimetres; got {text!r}"
        )
    return value


def look(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options of a figure that were given."""
    given = {"width": arguments.width, "dpi": arguments.dpi, "title": arguments.title}
    return {name: value for name, value in given.items() if value is not None}


def grid_of(meta: Meta | None, letters: str) -> dict[str, Any]:
    """Return the spacing and the unit of the axes of a signal, where the file says them."""
    if meta is not None and meta.x is not None:
        unit = (known_steps(meta, letters) or [None])[0]
        return {"x": meta.x, "unit": "" if unit is None else unit[1] or ""}
    steps: Sequence[Any] = known_steps(meta, letters)
    known = [step for step in steps if step is not None]
    if not known or len(known) < len(steps) or len({unit for _, unit in known}) > 1:
        return {}
    return {"spacing": tuple(step for step, _ in known), "unit": known[0][1] or ""}
