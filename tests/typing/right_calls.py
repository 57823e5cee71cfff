"""Right calls: type checkers accept every one, and all of them run."""

from typing import Any, assert_type

import numpy as np

import sigdeconv as sd
from sigdeconv import losses, metrics, priors, psf, stopping
from sigdeconv._array import Array, ArrayLike
from sigdeconv.operators import Boundary

SCENE = sd.datasets.phantom(32)
KERNEL = psf.gaussian(1.0, ndim=2)
OBS = sd.simulate(SCENE, KERNEL, noise="poisson:1000", rng=0)
y: Array = OBS.y


def methods() -> None:
    assert_type(sd.wiener(y, KERNEL), Array)
    sd.wiener(y, OBS.A, noise=sd.Gaussian(0.01), weight="auto")
    sd.wiener([0.0, 2.0, 0.0], [1], nsr=0.1, boundary="periodic", centre=(0,))
    sd.wiener(y, KERNEL, noise=1.0, signal_spectrum=lambda f: 1 / (0.01 + f**2))
    sd.tikhonov(y, KERNEL, weight=1e-2, order=2, mask=np.ones(y.shape))
    sd.tv(y, KERNEL, weight=0.01, loss="poisson", background=0.1, num_iter=3)
    sd.tv(y, KERNEL, weight=0.01, loss=losses.Huber(0.1), kind="anisotropic", num_iter=3)
    sd.hyper_laplacian(y, KERNEL, weight=0.1, kind="isotropic", num_iter=2)
    sd.wavelet_l1(y, KERNEL, weight=0.01, wavelet="haar", num_iter=2)
    sd.plug_and_play(y, KERNEL, denoiser=lambda x, sigma: x, num_iter=2)
    sd.richardson_lucy(y, KERNEL, acceleration="squarem", start="flat", num_iter=3)
    sd.richardson_lucy(y, KERNEL, background=np.zeros(y.shape), views=[(y, KERNEL)], num_iter=2)
    sd.landweber(y, KERNEL, start=np.zeros(y.shape), nonnegative=True, num_iter=2)
    sd.cgls(y, KERNEL, stop=stopping.Discrepancy(0.1) | stopping.MaxIter(4))
    sd.nnls(y, KERNEL, stop=stopping.Stalled() & stopping.MaxIter(2), callback=lambda k, x: k > 3)
    sd.inverse_filter(y, KERNEL, threshold="auto", form="water-level")
    sd.adjoint(y, KERNEL, boundary="zero")


def by_name(name: str, options: dict[str, Any]) -> None:
    assert_type(sd.deconvolve(OBS), sd.Result)
    sd.deconvolve(y, KERNEL, method="best", num_iter=2, callback=lambda k, x: None)
    sd.deconvolve(y, KERNEL, method="wiener", noise=0.1, num_iter=20, tol=0.01)
    sd.deconvolve(y, KERNEL, method="tv", weight=0.01, stop=stopping.MaxIter(3), joint=True)
    sd.deconvolve(np.stack([y, y]), KERNEL, method="tikhonov", channel_axis=0, order=1)
    sd.deconvolve(OBS, method=name, **options)
    for key in sd.methods():
        if key in ("adjoint", "wiener"):
            sd.deconvolve(OBS, method=key)


def results() -> None:
    result = sd.deconvolve(OBS, method="wiener")
    assert_type(result.x, Array)
    error: float = float(np.max(np.abs(result.std - result.x)))
    history: dict[str, list[float]] = result.history
    assert result.stop is stopping.StopReason.CONVERGED or history or error or result.seconds
    sd.Observation(y, OBS.A, noise=sd.Poisson(gain=1.0), spacing=(1.0, 2.0))


def operators(a: ArrayLike) -> None:
    A = sd.Convolution(a, (8,), "reflect", stride=2, path="direct")
    assert_type(A.T @ A, Any)
    assert sd.dot_test(A, trials=1) and (A + 2.0 * A).norm() > 0
    sd.Convolution.for_data(KERNEL, y.shape, boundary="mirror", mask=np.ones(y.shape))
    gradient = sd.Difference((8,), boundary="zero")(np.arange(8.0)) + 1
    back = sd.Diagonal(np.ones(8))(np.ones(8)) / 2 > gradient[0]
    assert metrics.psnr([0.0, 1.0], [0.1, 1.0], data_range=1.0) > 0 and back.any()


def kernels(boundary: Boundary) -> None:
    spectrum = sd.psf2otf(psf.disk(2.5, ndim=2), (16, 16))
    sd.otf2psf(spectrum, 5)
    psf.measured([1, 1, 9, 2, 1], normalize="sum", centre="peak", background="border")
    psf.minimum_phase([1.0, 2.0], kind="pulse")
    sd.simulate(SCENE, KERNEL, noise=sd.Gaussian(bsnr=30.0), boundary=boundary, rng=1)
    sd.polynomial_division([1.0, 3.0, 2.0], [1.0, 2.0], route="division")
    priors.TV("huber", edge=0.1)
    sd.estimate_noise(y, axes=(0, 1))


def layers() -> None:
    x, w = np.ones((1, 1, 8)), np.ones((1, 1, 3))
    assert_type(sd.conv(x, w, stride=2, padding="valid"), Array)
    sd.conv_transpose(x, w, [1.0], stride=2, padding=1, output_padding=1, form="scatter")
    sd.conv_transpose(x, w, convention="onnx", strides=[2], auto_pad="SAME_UPPER")
    geometry = sd.ConvGeometry(kernel=3, stride=2, padding=((1, 0),))
    size: tuple[int, ...] = geometry.transposed_size(8)
    assert geometry.output_size(size) == (8,)


def comparisons() -> None:
    table = sd.compare(OBS, methods={"wiener": {"noise": 0.1}, "adjoint": {}})
    rows: list[dict[str, Any]] = table.rows
    sd.compare(y, KERNEL, truth=OBS.truth_window, methods=["adjoint", "wiener"], boundary="zero")
    curve = sd.tune(OBS, method="tikhonov", strengths=[0.01, 0.1, 1.0, 10.0], order=1, rng=0)
    assert rows and curve.best["gcv"] > 0 and curve.strengths.size == 4
