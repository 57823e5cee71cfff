"""Every figure of the package; the only place that imports matplotlib.

Figures are built on `matplotlib.figure.Figure` itself: pyplot is not imported, no window opens, and
the global settings of matplotlib are the same afterwards.
"""

import sys
import types
from typing import Any

from sigdeconv.plots import style as style
from sigdeconv.plots.comparison import comparison as comparison
from sigdeconv.plots.geometry import animate_geometry as animate_geometry
from sigdeconv.plots.geometry import geometry as geometry
from sigdeconv.plots.images import images as images
from sigdeconv.plots.matrix import matrix as matrix
from sigdeconv.plots.numbers import numbers as numbers
from sigdeconv.plots.overlap import overlap as overlap
from sigdeconv.plots.psf import psf as psf
from sigdeconv.plots.tuning import tuning as tuning

__all__ = [
    "animate_geometry",
    "comparison",
    "geometry",
    "images",
    "matrix",
    "numbers",
    "overlap",
    "psf",
    "style",
    "tuning",
]


class _Package(types.ModuleType):
    """A package whose functions win over the submodules of the same name, however imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in __all__ and name != "style" and isinstance(value, types.ModuleType):
            return
        types.ModuleType.__setattr__(self, name, value)


sys.modules[__name__].__class__ = _Package
