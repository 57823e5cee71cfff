"""Pages and notebook displays: what came out, to look at and to try, in HTML.

`comparison` writes one file that needs nothing beside it: no network, no server, no other file. The
displays of notebooks are made of the same parts, smaller. matplotlib is not needed.
"""

from sigdeconv import _display
from sigdeconv.report import _notebook
from sigdeconv.report._page import comparison as comparison

__all__ = ["comparison"]

_display.register("page", Comparison=comparison)
_display.register(
    "html",
    Result=_notebook.result,
    Comparison=_notebook.comparison,
    Convolution=_notebook.convolution,
    Layer=_notebook.layer,
    TuningCurve=_notebook.tuning,
)
