"""Sanity: what is probably wrong with data and kernel, each with the way to mend it.

Nothing here changes a result. `check` looks at data and operator and returns sentences; all
functions that take data and a kernel say them as warnings, each once, where they were called.
"""

from sigdeconv.sanity._outliers import outliers
from sigdeconv.sanity._warn import (
    ResultWarning,
    SanityWarning,
    check,
    say,
    warn_about,
    warn_of_doubts,
)

__all__ = [
    "ResultWarning",
    "SanityWarning",
    "check",
    "outliers",
    "say",
    "warn_about",
    "warn_of_doubts",
]
