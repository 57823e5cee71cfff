"""Wrong calls: type checkers find every one, at its line. They are read and not run."""

import numpy as np

import sigdeconv as sd
from sigdeconv import losses, metrics, priors, psf, stopping

y, h = np.ones((9, 9)), np.ones((3, 3))


def methods() -> None:
    sd.wiener(y, h, wieght=3)  # wrong: no such parameter
    sd.wiener(y)  # wrong: a kernel is missing
    sd.wiener("data.png", h)  # wrong: a file is no array
    sd.wiener(y, "gaussian:2")  # wrong: a text is no kernel
    sd.wiener(y, h, "periodic")  # wrong: by keyword only
    sd.wiener(y, h, boundary="wrap")  # wrong: the word of another package
    sd.wiener(y, h, weight="automatic")  # wrong: a misspelt word
    sd.tikhonov(y, h, order="first")  # wrong: a number is asked for
    sd.tv(y, h, loss="gausian")  # wrong: a misspelt loss
    sd.tv(y, h, loss=priors.TV())  # wrong: a prior is no loss
    sd.tv(y, h, kind="isotropc")  # wrong: a misspelt kind
    sd.hyper_laplacian(y, h, kind="huber")  # wrong: a kind of tv
    sd.richardson_lucy(y, h, acceleration="nesterov")  # wrong: there is no such acceleration
    sd.richardson_lucy(y, h, start="ramp")  # wrong: there is no such start
    sd.nnls(y, h, stop=20)  # wrong: a number of iterations is no rule
    sd.cgls(y, h, stop="discrepancy")  # wrong: the one word is auto
    sd.cgls(y, h, stop=stopping.MaxIter(3) | 4)  # wrong: rules combine with rules
    sd.inverse_filter(y, h, form="waterlevel")  # wrong: a misspelt form
    sd.landweber(y, h, callback=lambda x: None)  # wrong: it is called with k and x
    sd.wiener(y, h).shpae  # wrong: arrays have no such attribute


def by_name(name: str) -> None:
    sd.deconvolve(y, h, weight=0.1)  # wrong: a parameter of some methods, with none named
    sd.deconvolve(y, h, method="wiener", wieght=0.1)  # wrong: no such parameter
    sd.deconvolve(y, h, method="wiener", order=2)  # wrong: a parameter of tikhonov
    sd.deconvolve(y, h, method="wiener", stop="auto")  # wrong: it does not iterate
    sd.deconvolve(y, h, method="tv", kind="total")  # wrong: no such kind
    sd.deconvolve(y, h, method="nnls", boundary="symmetric")  # wrong: no such boundary
    sd.deconvolve(y, h, method="auto", stop="auto")  # wrong: for a method by name
    sd.deconvolve(y, h, method=name, channel_axis="last")  # wrong: a number is asked for
    sd.deconvolve(y, h, method=sd.wiener)  # wrong: methods go by name


def results() -> None:
    sd.deconvolve(y, h).estimate  # wrong: it is called x
    sd.deconvolve(y, h).x.shape.bit_length()  # wrong: a shape is a tuple
    sd.Observation(y)  # wrong: an operator is missing


def others() -> None:
    sd.Convolution(h, (9, 9), "zeros")  # wrong: no such boundary
    sd.Convolution(h, (9, 9), path="fast")  # wrong: no such path
    sd.simulate(y, h, boundary="same")  # wrong: no such boundary
    sd.simulate(y, h, rng=0, noise=losses.Huber())  # wrong: a loss is no noise
    sd.compare(y, h, methods=3)  # wrong: names are asked for
    sd.tune(y, h, "wiener", strengths=0.1)  # wrong: several are asked for
    psf.gaussian("2")  # wrong: a number is asked for
    psf.measured(h, normalize="max", centre="peak")  # wrong: sum or nothing
    psf.measured(h, normalize=True, centre="center")  # wrong: no such place
    metrics.psnr(y)  # wrong: two arrays are compared
    sd.conv(y, h, padding="full")  # wrong: a padding of operators
    sd.conv_transpose(y, h, form="dense")  # wrong: no such form
    sd.conv_transpose(y, h, strides=2)  # wrong: a word of another framework
    sd.conv_transpose(y, h, convention="keras", auto_pad="VALID")  # wrong: a word of ONNX
    sd.ConvGeometry(kernal=3)  # wrong: a misspelt name
    sd.ConvGeometry(kernel=3).transpose_size(8)  # wrong: it is transposed_size
