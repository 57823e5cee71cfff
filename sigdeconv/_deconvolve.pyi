"""What `deconvolve` takes with each method by name, for type checkers.

Written by ``.ci/stubs`` from the registry: do not edit. A method that is only known when the
program runs takes its own parameters as ``**dict``, which no checker looks into.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict, Unpack, overload

from sigdeconv._array import Array, ArrayLike
from sigdeconv.geometry import Boundary
from sigdeconv.inverse.inverse_filter import BelowThreshold
from sigdeconv.inverse.richardson_lucy import BackProjector, Regularization, Start
from sigdeconv.inverse.wiener import SpectrumLike
from sigdeconv.losses import Loss, LossName
from sigdeconv.noise import Noise
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.priors import DenoiserName, PowerKind, Prior, TVKind
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.solvers.background import BackgroundWord
from sigdeconv.solvers.em.acceleration import Acceleration, AccelerationName
from sigdeconv.solvers.em.penalties import EMPenalty
from sigdeconv.stopping import Rule

__all__ = ["deconvolve", "methods"]

def methods() -> dict[str, str]: ...

class BlindRichardsonLucyParameters(TypedDict, total=False):
    kernel_steps: int
    scene_steps: int
    start: ArrayLike | None

class CglsParameters(TypedDict, total=False):
    weight: float
    start: ArrayLike | None

class HyperLaplacianParameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    exponent: float
    kind: PowerKind
    spacing: Sequence[float] | None
    noise: Noise | float | None

class IctmParameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    order: int

class InverseFilterParameters(TypedDict, total=False):
    threshold: float | Literal["auto"] | None
    form: BelowThreshold

class LandweberParameters(TypedDict, total=False):
    step: float
    start: ArrayLike | None
    nonnegative: bool

class NnlsParameters(TypedDict, total=False):
    background: float | ArrayLike | BackgroundWord
    start: ArrayLike | None
    accuracy: float

class PlugAndPlayParameters(TypedDict, total=False):
    denoiser: Callable[[Any, float], Any] | DenoiserName
    weight: float | Literal["auto"]
    noise: Noise | float | None

class RichardsonLucyParameters(TypedDict, total=False):
    background: float | ArrayLike | BackgroundWord
    readout_noise: float | ArrayLike
    damping: float
    regularization: Regularization | type[EMPenalty]
    weight: float | Literal["auto"]
    acceleration: Acceleration | AccelerationName | Literal["auto"]
    back_projector: BackProjector
    start: ArrayLike | Start | None
    views: Sequence[tuple[ArrayLike, ArrayLike | OperatorLike]]

class SparseParameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    rounds: int
    nonnegative: bool
    background: float | ArrayLike | BackgroundWord
    noise: Noise | float | None
    accuracy: float

class StarkParkerParameters(TypedDict, total=False):
    low: float | None
    high: float | None
    start: ArrayLike | None

class TikhonovParameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    order: int
    num_iter: int
    tol: float

class TvParameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    loss: Loss | LossName
    kind: TVKind
    edge: float
    spacing: Sequence[float] | None
    nonnegative: bool
    background: float | ArrayLike
    delta: float | None
    noise: Noise | float | None
    accuracy: float
    joint: bool

class VanCittertParameters(TypedDict, total=False):
    step: float
    start: ArrayLike | None
    nonnegative: bool

class VariationalParameters(TypedDict, total=False):
    prior: Prior | str
    loss: Loss | LossName
    weight: float | Literal["auto"]
    nonnegative: bool
    upper: float | None
    noise: Noise | float | None
    accuracy: float

class WaveletL1Parameters(TypedDict, total=False):
    weight: float | Literal["auto"]
    wavelet: str
    levels: int
    loss: Loss | LossName
    nonnegative: bool
    background: float | ArrayLike
    delta: float | None
    noise: Noise | float | None
    accuracy: float

class WienerParameters(TypedDict, total=False):
    nsr: float | None
    noise: Noise | float | None
    noise_spectrum: SpectrumLike | None
    signal_spectrum: SpectrumLike | None
    weight: float | Literal["auto"]
    num_iter: int
    tol: float

@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["adjoint"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["blind_richardson_lucy"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[BlindRichardsonLucyParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["cgls"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[CglsParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["hyper_laplacian"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[HyperLaplacianParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["ictm"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[IctmParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["inverse_filter"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[InverseFilterParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["landweber"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[LandweberParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["nnls"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[NnlsParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["plug_and_play"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[PlugAndPlayParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["richardson_lucy"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[RichardsonLucyParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["scaled_adjoint"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["sparse"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[SparseParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["stark_parker"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[StarkParkerParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["tikhonov"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[TikhonovParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["tv"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[TvParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["van_cittert"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[VanCittertParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["variational"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[VariationalParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["wavelet_l1"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    stop: Rule | Literal["auto"] | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[WaveletL1Parameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["wiener"],
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
    **parameters: Unpack[WienerParameters],
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: Literal["auto", "best"] = "auto",
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    num_iter: int | None = None,
    tol: float | None = None,
    callback: Callable[[int, Array], Any] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
) -> Result: ...
@overload
def deconvolve(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | str | None = None,
    *,
    method: str,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: int | Sequence[int] | None = None,
    axis: int | Sequence[int] | None = None,
    history: bool = True,
    workers: int | None = None,
    memory: float | str | None = None,
) -> Result: ...
