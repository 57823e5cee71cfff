"""From arrays to what is shown of them: slices, lines, ranges, spectra, colours. Nothing draws.

Figures (`sigdeconv.plots`) and pages (`sigdeconv.report`) both look here, so that they show the
same thing; this package imports neither them nor matplotlib.
"""

from sigdeconv.views.arrays import (
    SLICE_GAP,
    amplitude,
    extent,
    flat,
    focus,
    kernel,
    place,
    real,
    segment,
    short,
    span,
    stretched,
    transfer,
)
from sigdeconv.views.scene import COLOURS, DATA, PRINT_WIDTHS, TRUTH, Scene, decibel, scene_of

__all__ = [
    "COLOURS",
    "DATA",
    "PRINT_WIDTHS",
    "SLICE_GAP",
    "TRUTH",
    "Scene",
    "amplitude",
    "decibel",
    "extent",
    "flat",
    "focus",
    "kernel",
    "place",
    "real",
    "scene_of",
    "segment",
    "short",
    "span",
    "stretched",
    "transfer",
]
