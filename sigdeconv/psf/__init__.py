"""Blur models, one a file, and the way between a point spread function and its transfer function.

Every model returns a float64 array that is non-negative, sums to one and has its centre at index
``n // 2`` on each axis, each value being the integral of the model over one pixel. A new file in
this folder is found by discovery; the names in its ``__all__`` become names of this package.
"""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Any

from sigdeconv.psf._model import model as model
from sigdeconv.psf._model import registry as registry
from sigdeconv.psf._spec import from_spec as from_spec

if TYPE_CHECKING:  # what discovery finds below, for type checkers and editors
    from sigdeconv.psf.airy import airy as airy
    from sigdeconv.psf.box import box as box
    from sigdeconv.psf.core import Core as Core
    from sigdeconv.psf.core import core as core
    from sigdeconv.psf.disk import ball as ball
    from sigdeconv.psf.disk import disk as disk
    from sigdeconv.psf.estimate import estimate as estimate
    from sigdeconv.psf.exponential import exponential as exponential
    from sigdeconv.psf.free_kernel import FreeKernel as FreeKernel
    from sigdeconv.psf.free_kernel import free_kernel as free_kernel
    from sigdeconv.psf.free_kernel import free_kernels as free_kernels
    from sigdeconv.psf.from_edge import EdgePSF as EdgePSF
    from sigdeconv.psf.from_edge import from_edge as from_edge
    from sigdeconv.psf.from_object import from_object as from_object
    from sigdeconv.psf.from_points import PointsPSF as PointsPSF
    from sigdeconv.psf.from_points import from_points as from_points
    from sigdeconv.psf.from_signal import SignalPSF as SignalPSF
    from sigdeconv.psf.from_signal import from_signal as from_signal
    from sigdeconv.psf.from_sweep import from_sweep as from_sweep
    from sigdeconv.psf.from_sweep import sweep as sweep
    from sigdeconv.psf.gaussian import gaussian as gaussian
    from sigdeconv.psf.kernel_estimate import KernelEstimate as KernelEstimate
    from sigdeconv.psf.lorentzian import lorentzian as lorentzian
    from sigdeconv.psf.measured import measured as measured
    from sigdeconv.psf.metadata import from_metadata as from_metadata
    from sigdeconv.psf.microscope import microscope as microscope
    from sigdeconv.psf.minimum_phase import minimum_phase as minimum_phase
    from sigdeconv.psf.moffat import moffat as moffat
    from sigdeconv.psf.motion import motion as motion
    from sigdeconv.psf.physical import PhysicalPSF as PhysicalPSF
    from sigdeconv.psf.ricker import ricker as ricker
    from sigdeconv.psf.telescope import telescope as telescope
    from sigdeconv.psf.transfer import otf2psf as otf2psf
    from sigdeconv.psf.transfer import psf2otf as psf2otf
    from sigdeconv.psf.voigt import voigt as voigt


def _publish() -> list[str]:
    # A submodule binds itself to its own name in this package when it is imported. All are
    # imported first, so that afterwards `psf.gaussian` is the function and stays the function.
    registry.search(__name__)
    registry.discover()
    names = {"from_spec", "model", "registry", *registry}
    globals().update((name, registry.get(name)) for name in registry)
    for path, module in list(sys.modules.items()):
        folder, _, stem = path.rpartition(".")
        if folder == __name__ and not stem.startswith("_"):
            public = list(getattr(module, "__all__", ()))
            globals().update((name, getattr(module, name)) for name in public)
            names.update(public)
    return sorted(names)


__all__ = _publish()


def __getattr__(name: str) -> Any:
    near = difflib.get_close_matches(name, __all__, n=3)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return __all__
