"""
What a transposed layer can learn
=================================

"The weights may learn to compensate": a transposed layer is linear in its kernel, so the best
kernel for given pairs has a closed form, and no training can beat it. At stride 1 it climbs to the
Wiener filter as the kernel grows. With a stride the samples in between are gone, and it stays away.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

# Stationary random scenes: for these the Wiener filter is the best of all linear estimates.
rng, n, edge, noise = np.random.default_rng(0), 128, 16, 0.05


def spectrum(f):
    return 1 / (1 + (f / 0.05) ** 2) ** 1.5


f = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.fftfreq(n))
x = np.fft.ifft2(np.fft.fft2(rng.standard_normal((10, n, n))) * np.sqrt(spectrum(f))).real
A = sd.Convolution(sd.psf.gaussian(1.5), (n, n), "periodic")
y = np.stack([A(scene) for scene in x]) + noise * rng.standard_normal(x.shape)
inside = (slice(None), slice(edge, -edge), slice(edge, -edge))
truth, test = x[inside][:7], x[inside][7:]
limit = np.stack([sd.wiener(z, A, noise=noise, signal_spectrum=spectrum) for z in y[7:]])[inside]


def psnr(error):
    return 10 * np.log10(np.ptp(test) ** 2 / np.mean(error**2))


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
sizes = [1, 3, 5, 7, 9, 13, 17, 25]
for stride in (1, 2, 3):
    thin = (slice(None), slice(None, None, stride), slice(None, None, stride))
    taps = [(k, k) for k in sizes if k >= stride]
    pairs = {"offset": -edge, "test": (y[7:][thin], test)}
    rows = sd.transposed.learning_curve(y[:7][thin], truth, taps, stride=stride, **pairs)
    curve = [row["psnr"] for row in rows]
    left.plot([k for k, _ in taps], curve, "o-", label=f"stride {stride}: {max(curve):.2f} dB")
    if stride == 1:
        learned = rows[-1]["learned"].kernel
left.axhline(psnr(limit - test), color="k", ls="--", label=f"Wiener: {psnr(limit - test):.2f} dB")
left.set(xlabel="kernel size", ylabel="PSNR on unseen scenes (dB)", title="PSNR of the best kernel")
left.legend(loc="lower right", fontsize=8)

# The learned kernel beside the impulse response of the Wiener filter.
otf, q = np.fft.fft2(A(np.eye(1, n * n).reshape(n, n))), noise**2 / spectrum(f)
response = np.fft.fftshift(np.fft.ifft2(np.conj(otf) / (np.abs(otf) ** 2 + q)).real)
lags = np.arange(-12, 13)
right.plot(lags, response[n // 2, n // 2 + lags], "k--", label="Wiener filter")
right.plot(lags, learned[12], "o", ms=4, label="learned, 25 x 25")
right.plot(lags, A.psf[6, 6 + np.clip(lags, -6, 6)] * (abs(lags) <= 6), label="blur kernel")
right.set(xlabel="lag (samples)", title="Cut through the kernel")
right.legend(fontsize=8)
plt.show()
