"""Every figure of the package; the only place that imports matplotlib.

Figures are built on `matplotlib.figure.Figure` itself: pyplot is not imported, no window opens, and
the global settings of matplotlib are the same afterwards.
"""

from sigdeconv import _display
from sigdeconv.plots import style as style
from sigdeconv.plots._comparison import comparison as comparison
from sigdeconv.plots._geometry import animate_geometry as animate_geometry
from sigdeconv.plots._geometry import geometry as geometry
from sigdeconv.plots._images import contact_sheet as contact_sheet
from sigdeconv.plots._images import images as images
from sigdeconv.plots._kernel_estimate import edge_psf as edge_psf
from sigdeconv.plots._kernel_estimate import kernel_estimate as kernel_estimate
from sigdeconv.plots._kernel_estimate import points_psf as points_psf
from sigdeconv.plots._kernel_estimate import signal_psf as signal_psf
from sigdeconv.plots._matrix import matrix as matrix
from sigdeconv.plots._numbers import numbers as numbers
from sigdeconv.plots._overlap import overlap as overlap
from sigdeconv.plots._picard import picard as picard
from sigdeconv.plots._psf import psf as psf
from sigdeconv.plots._steps import animation_parts as animation_parts
from sigdeconv.plots._steps import geometry_html as geometry_html
from sigdeconv.plots._tuning import tuning as tuning

__all__ = [
    "animate_geometry",
    "animation_parts",
    "comparison",
    "contact_sheet",
    "edge_psf",
    "geometry",
    "geometry_html",
    "images",
    "kernel_estimate",
    "matrix",
    "numbers",
    "overlap",
    "picard",
    "points_psf",
    "psf",
    "signal_psf",
    "style",
    "tuning",
]

_display.register(
    "figure",
    Comparison=comparison,
    ContactSheet=contact_sheet,
    EdgePSF=edge_psf,
    KernelEstimate=kernel_estimate,
    Picard=picard,
    PointsPSF=points_psf,
    SignalPSF=signal_psf,
    TuningCurve=tuning,
)
