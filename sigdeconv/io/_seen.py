"""Values of a TIFF as its picture is seen: more is brighter, and a palette is the colours it means.

ImageJ's own tables of colours say how intensities are shown, and its files stay as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray

__all__ = ["as_seen", "raw_is_seen"]

MINISWHITE, PALETTE = 0, 3  # of the tag PhotometricInterpretation


def raw_is_seen(page: Any, imagej: bool) -> bool:
    """Tell whether the values in the file are those that are seen, the first row at the top."""
    turn = page.tags.get("Orientation")
    upright = imagej or turn is None or int(turn.value) == 1
    return upright and not (_is_inverted(page, imagej) or _palette(page, imagej) is not None)


def _is_inverted(page: Any, imagej: bool) -> bool:
    white = page.photometric is not None and int(page.photometric) == MINISWHITE
    return white and not imagej and page.dtype.kind in "ub"


def _palette(page: Any, imagej: bool) -> NumpyArray | None:
    """Return the colours that values stand for, (values, 3), or greys, (values,); or None."""
    indexed = page.photometric is not None and int(page.photometric) == PALETTE
    if imagej or not indexed or page.colormap is None:
        return None
    colours = np.asarray(page.colormap).T
    colours = (colours >> 8 if colours.max() > 255 else colours).astype(np.uint8)
    return colours[:, 0] if (colours == colours[:, :1]).all() else colours


def as_seen(values: NumpyArray, page: Any, axes: str, imagej: bool) -> tuple[NumpyArray, str]:
    """Return the values as they are seen, and their axes."""
    if _is_inverted(page, imagej):
        if values.dtype.kind == "b":
            return ~values, axes
        top = 2 ** int(page.bitspersample) - 1
        return (top - values.astype(np.uint64)).astype(values.dtype), axes
    colours = _palette(page, imagej)
    if colours is None:
        return values, axes
    return colours[values], axes + "S" * (colours.ndim - 1)
