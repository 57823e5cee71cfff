"""
Two ways back: the inverse and the adjoint
==========================================

A signal went through a convolution, y = A x. The transposed convolution Aᵀ y and the inverse both
give an array of the length of x. In frequency the first multiplies by the conjugate transfer
function a second time; the second divides by it. That is the whole difference.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdeconv as sd

n = 128
x = np.zeros(n)
x[[14, 30, 36, 50]], x[66:84], x[96:110] = (1.0, 0.7, 0.9, 0.5), 0.8, np.linspace(0.2, 1, 14)
A = sd.Convolution(sd.psf.exponential(3.0), x.shape, "periodic")
y = A(x)

# %%
# The adjoint is exact, as the dot test shows. It undoes the phase of H, here the delay of a kernel
# of one side, and squares its modulus: in the right place, and smeared twice.

print(sd.dot_test(A))
signals = {
    "signal x": x,
    "data y = A x": y,
    "adjoint Aᵀ y": A.T(y),
    "inverse A⁻¹ y": sd.inverse_filter(y, A),
}

# %%
colours = (sd.plots.style.TRUTH, sd.plots.style.DATA, *sd.plots.style.COLOURS[:4:3])
H, f = np.abs(A.otf)[: n // 2 + 1], np.fft.rfftfreq(n)
factors = (np.ones_like(H), H, H**2, np.ones_like(H))
formulas = ("X", "|H| · |X|", "|H|² · |X|", "|H| · |X| / |H|")
with sd.plots.style.context():
    figure, axes = plt.subplots(2, 4, figsize=(9, 3.9), layout="constrained", sharey="row")
    columns = zip(axes.T, signals.items(), colours, factors, formulas, strict=True)
    for (top, below), (name, signal), colour, factor, formula in columns:
        error = np.linalg.norm(signal - x) / np.linalg.norm(x)
        caption = f"error {error:.2f}" if error > 1e-6 else f"error {error:.0e}"
        top.step(np.arange(n), x, where="mid", color="0.8", lw=1.5)
        top.plot(signal, color=colour)
        top.set_title(f"{name}\n{caption}" if signal is not x else f"{name}\n{n} samples")
        below.semilogy(f, np.abs(np.fft.rfft(x)), color="0.8", lw=1.5)
        below.semilogy(f, np.abs(np.fft.rfft(signal)), color=colour)
        below.semilogy(f, factor, "k:", lw=1.2)
        below.set(xlabel="cycles a sample", ylim=(3e-3, 40), title=formula)
    axes[0, 0].set(ylabel="value")
    axes[1, 0].set_ylabel("spectrum, and (dotted) what it\nwas multiplied by in all")
plt.show()
