"""All methods that there are: the records of `sigdeconv.method`, found in the packages of methods.

It lies above those packages, so that neither a method nor what it stands on can look another one
up.
"""

from sigdeconv.method import entries as registry

__all__ = ["registry"]

registry.search("sigdeconv.inverse", "sigdeconv.transposed")
