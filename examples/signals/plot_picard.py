"""
Is there anything to restore? Picard's plot of an ill-posed problem
===================================================================

An image seen through a slit (Hansen's ``shaw``): a matrix, not a convolution. The coefficients of
the data fall faster than the singular values until they drown in noise; the quotient of both, of
which the plain solution is made, then rises without a limit. Truncation keeps what comes before,
and Tikhonov's weight lets go of it gradually.
"""

import numpy as np

import sigdeconv as sd

A, x = sd.datasets.hansen("shaw", 64)
y = sd.simulate(x, A, noise=1e-3, rng=0).y
parts = sd.svd(A)
picard = parts.picard(y)
print(picard)

# %%
figure = picard.plot()
figure

# %%
# The plain solution is of another world: only its error is told.

plain = parts.truncated(y, parts.rank)
estimates = {
    f"truncated after {picard.rank}": parts.truncated(y),
    "tikhonov, automatic weight": sd.tikhonov(y, A),
}
error = {name: np.linalg.norm(e - x) / np.linalg.norm(x) for name, e in estimates.items()}
print(f"all {parts.rank} coefficients: relative error {np.linalg.norm(plain - x):.0e}")
with sd.plots.style.context():
    figure = sd.plots.style.figure(2.6)
    axes = figure.subplots()
    axes.plot(x, color=sd.plots.style.TRUTH, label="truth")
    for k, (name, e) in enumerate(estimates.items()):
        colour = sd.plots.style.COLOURS[k]
        axes.plot(e, color=colour, label=f"{name}: relative error {error[name]:.3f}")
    axes.legend()
    axes.set_title(f"{picard.rank} of 64 coefficients tell the solution")
figure
