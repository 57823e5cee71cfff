"""What the word is used for: two signals at once, labels of regions, features of a network."""

from __future__ import annotations

import numpy as np

from sigdeconv import _fft
from sigdeconv._array import NumpyArray
from sigdeconv.claims._lab import Evidence, Lab, claim, dense, relative_error, scaled_error
from sigdeconv.inverse.blind_richardson_lucy import METHOD as BLIND
from sigdeconv.inverse.richardson_lucy import richardson_lucy
from sigdeconv.inverse.wiener import METHOD as WIENER
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.diagonal import Diagonal
from sigdeconv.problem import Observation
from sigdeconv.transposed.layers import conv


@claim(2, "Deconvolution takes a signal and produces two that convolve to the original.")
def two_signals(lab: Lab) -> Evidence:
    """Try to tell the two factors of a product apart: four changes leave it as it is.

    Then estimate both from the product alone, by blind Richardson-Lucy: begun at a scaled, a
    shifted or a swapped pair it ends at another answer that explains the data as well.
    """
    n = 16
    k, x = np.abs(lab.draw(2, n))

    def product(kernel: NumpyArray, signal: NumpyArray) -> NumpyArray:
        """Return the signal after the operator with that kernel."""
        return np.asarray(Convolution(kernel, (n,), "periodic", centre="start")(signal))

    y = product(k, x)
    # A mirrored kernel passes the same powers; the signal takes up the difference of the phases.
    mirrored, K = np.roll(k[::-1], 1), _fft.fftn(k + 0j, (n,))
    turned = _fft.ifftn(_fft.fftn(x + 0j, (n,)) * K / np.conj(K), (n,))
    pairs = {
        "mirror": (mirrored, np.asarray(turned).real),
        "scale": (2 * k, x / 2),
        "shift": (np.roll(k, 1), np.roll(x, -1)),
        "swap": (x, k),
    }
    same = {name: relative_error(y, product(*pair)) for name, pair in pairs.items()}
    # the operator is not blind to its kernel: another one gives another signal
    other = relative_error(y, product(np.roll(k, 1), x))
    ended = {name: _both(y, *pair) for name, pair in _begun(y).items()}
    misfit = {name: relative_error(y, product(*pair)) for name, pair in ended.items()}
    apart = {name: relative_error(ended["plain"][1], pair[1]) for name, pair in ended.items()}
    cases = {
        f"the pair is unique up to {name}": e > 1e-12 or other < 1e-12 for name, e in same.items()
    }
    cases |= {
        f"one estimate is best up to {name}": apart[name] < 0.1
        or misfit[name] > 2 * misfit["plain"]
        for name in ("scale", "shift", "swap")
    }
    return Evidence(
        cases,
        f"a scaled, a shifted (the factors against each other), a mirrored and a swapped pair give "
        f"the same signal to {max(same.values()):.0e}; a kernel shifted alone is off by "
        f"{other:.2f}. Estimated from the data alone, pairs that differ by "
        f"{min(apart[k] for k in apart if k != 'plain'):.2f} to {max(apart.values()):.2f} explain "
        f"them to {min(misfit.values()):.2f} to {max(misfit.values()):.2f}",
        "data and kernel in, one signal out; two come out of blind deconvolution, not uniquely",
        same | {"other": other},
    )


def _begun(y: NumpyArray) -> dict[str, tuple[NumpyArray, NumpyArray]]:
    """Return where blind estimates of kernel and signal begin."""
    kernel = np.exp(-np.arange(y.size) / 4)
    signal = 0.1 * y + float(y.mean() / kernel.sum())
    return {
        "plain": (kernel, signal),
        "scale": (2 * kernel, signal / 2),
        "shift": (np.roll(kernel, 1), np.roll(signal, -1)),
        "swap": (signal, kernel),
    }


def _both(y: NumpyArray, kernel: NumpyArray, signal: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """Return the kernel and the signal that blind Richardson-Lucy makes of the data."""
    A = Convolution(kernel, y.shape, "periodic", centre="start")
    found = BLIND.solve(
        Observation(y, A), history=False, start=signal, num_iter=60, scene_steps=1, kernel_steps=1
    )
    return np.asarray(found.parameters["psf"]), np.asarray(found.x)


@claim(5, "Segmentation: deconvolution highlights the regions of interest.")
def segmentation(lab: Lab) -> Evidence:
    """Upsample a coarse label map by a transposed layer; ask whether anything was inverted."""
    coarse = np.repeat([0.0, 1.0, 0.0, 1.0], 4)
    triangle = np.array([0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25])
    A = dense(triangle, (coarse.size - 1) * 4 + 1, stride=4, padding=3)
    up = lab.transpose(A) @ coarse
    fine = np.interp(np.arange(up.size) / 4, np.arange(coarse.size), coarse)
    labels = bool(np.array_equal(up > 0.5, fine > 0.5))
    inverted = relative_error(coarse, A(up)) < 1e-6
    return Evidence(
        {"class scores come out at image size": labels, "the convolution is inverted": inverted},
        f"labels equal to linear interpolation: {labels}; convolving again gives the coarse map "
        f"back: {inverted}",
        "it means upsampling of class scores; nothing is inverted",
    )


@claim(6, "FCN is arguably the first deep model for pixel-wise classification.")
def first_fcn(lab: Lab) -> Evidence:
    """Rest on the literature; show that a patch-wise network computes what a layer computes."""
    image, weight = lab.draw(1, 12, 12), lab.draw(2, 1, 5, 5)
    layer = conv(image, weight)
    patches = np.lib.stride_tricks.sliding_window_view(image[0], (5, 5))
    apart = float(np.max(np.abs(np.tensordot(weight[:, 0], patches, ((1, 2), (2, 3))) - layer)))
    return Evidence(
        {
            "what came before, a classifier slid over patches, computes what a layer does": apart
            < 1e-9
        },
        f"by reference: patch-wise (Ciresan et al. 2012) and multi-scale (Farabet et al. 2013, "
        f"doi:10.1109/TPAMI.2012.231) labelling networks came before; a classifier slid over the "
        f"patches and one layer over the image give the same scores, to {apart:.0e}",
        "first end-to-end for whole images, not first pixel-wise",
        {"apart": apart},
        rests=True,
    )


@claim(9, "Linear deconvolution assumes LTI systems; non-linear deconvolution does not.")
def linear_or_not(lab: Lab) -> Evidence:
    """Undo a blur that varies along the signal, by a linear and by a non-linear method.

    A blur of 1.5 samples whose gain falls to a fifth along the signal is no LTI system. Least
    squares by steepest descent is linear in the data; Richardson-Lucy is not, and takes the blur it
    is told.
    """
    n, steps = 128, 300
    t = np.arange(n) - n // 2
    blur = Convolution(np.exp(-0.5 * (t / 1.5) ** 2) / 3.76, (n,), "periodic")
    varying = Diagonal(np.linspace(1.0, 0.2, n)) @ blur
    x1, x2 = np.abs(lab.draw(2, n)) + 0.1
    y1, y2 = varying(x1), varying(x2)
    a, b, both = (_descend(varying, y, steps) for y in (y1, y2, y1 + y2))
    linear, fits = relative_error(both, a + b), relative_error(y1, varying(a))
    lucy = [richardson_lucy(y, blur, num_iter=20) for y in (y1, y2, y1 + y2)]
    added = relative_error(lucy[2], lucy[0] + lucy[1])
    wrong = relative_error(x1, lucy[0])
    right = relative_error(x1, _lucy(varying, y1, 20))
    return Evidence(
        {
            "dividing spectra, which is linear, assumes an LTI blur": _refuses(varying, y1),
            "every linear method assumes an LTI blur": not (linear < 1e-9 and fits < 0.05),
            "Richardson-Lucy, non-linear, does without the varying blur": wrong < 1.2 * right,
        },
        f"least squares is linear to {linear:.0e} and explains data of a varying blur to "
        f"{fits:.3f}; Richardson-Lucy (off from a sum by {added:.2f}) has an error of {wrong:.2f} "
        f"with the LTI blur and {right:.2f} with the true one",
        "the method divides spectra; linear means the estimator, and the blur may vary for both",
        {"linear": linear, "fits": fits, "added": added, "wrong": wrong, "right": right},
    )


def _refuses(A: Operator, y: NumpyArray) -> bool:
    """Return whether there is no spectrum to divide by."""
    try:
        WIENER.solve(Observation(y, A), history=False)
    except (TypeError, ValueError, AttributeError):
        return True
    return False


def _descend(A: Operator, y: NumpyArray, steps: int) -> NumpyArray:
    """Return the Landweber estimate from zero: linear in the data."""
    x = np.zeros(A.shape)
    step = 1.0 / max(A.norm() ** 2, 1e-300)
    for _ in range(steps):
        x = x + step * A.adjoint(y - A(x))
    return x


def _lucy(A: Operator, y: NumpyArray, steps: int) -> NumpyArray:
    """Return the Richardson-Lucy estimate for any operator."""
    weight = np.maximum(A.adjoint(np.ones_like(y)), 1e-300)
    x = np.full(A.shape, float(np.sum(y) / np.sum(A(np.ones(A.shape)))))
    for _ in range(steps):
        x = x * A.adjoint(y / np.maximum(A(x), 1e-12)) / weight
    return np.asarray(x)


@claim(19, "Zeiler's deconvolution networks show how a CNN's features come about.")
def zeiler(lab: Lab) -> Evidence:
    """Project a feature back by switches, rectification and flipped filters; invert beside it.

    One layer of eight filters, rectified, the largest of each pair kept: the network of 2014 in
    one dimension. The inverse takes the same maxima and their places and solves for the input.
    """
    n = 48
    x = lab.draw(n)
    filters = lab.draw(8, 5)
    layers = [dense(w, n, padding=2) for w in filters]
    maps = np.stack([A(x) for A in layers])
    kept = np.maximum(maps, 0)
    pairs = kept.reshape(8, n // 2, 2)
    switch = (pairs == pairs.max(axis=-1, keepdims=True)) & (pairs > 0)
    unpooled = np.where(switch, pairs, 0).reshape(8, n)
    projected = np.sum([lab.back(A, u) for A, u in zip(layers, unpooled, strict=True)], axis=0)
    known = switch.reshape(8, n)
    rows = np.concatenate([A.to_dense()[k] for A, k in zip(layers, known, strict=True)])
    solved = np.linalg.lstsq(rows, maps[known], rcond=None)[0]
    lost, found = scaled_error(x, projected), relative_error(x, solved)
    # a layer correlates with w, and so its adjoint is a convolution with w
    flipped = sum(np.convolve(u, w)[2:-2] for w, u in zip(filters, unpooled, strict=True))
    return Evidence(
        {
            "it is the adjoint of what the network did": bool(np.allclose(projected, flipped)),
            "it gives the input back": lost < 1e-6,
        },
        f"the projection is off by {lost:.2f} at its best scale; from the same maxima least "
        f"squares finds the input to {found:.0e}. The papers of 2010 and 2011 "
        "(doi:10.1109/CVPR.2010.5539957, doi:10.1109/ICCV.2011.6126474) solve convolutional sparse "
        "coding, an inverse problem; that of 2014 (doi:10.1007/978-3-319-10590-1_53) projects",
        "the 2014 network is meant, an adjoint-like projection that inverts nothing",
        {"lost": lost, "found": found},
    )
