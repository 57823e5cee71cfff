"""Run every claim; write the cards and the figures of docs/claims.rst to docs/generated."""

import pathlib

import _cards
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from sigdeconv import ConvGeometry, claims, conv, conv_transpose
from sigdeconv.claims.equations import geometries
from sigdeconv.plots import style

OUT = pathlib.Path(__file__).parent / "generated"
RED, ORANGE, _, BLUE, GREEN, *_ = style.COLOURS
SHADES = {"holds": GREEN, "holds when": ORANGE, "fails": RED, "by reference": style.DATA}


def build(*_):
    """Write all; connected to the start of the documentation build."""
    OUT.mkdir(exist_ok=True)
    lab = claims.Lab()
    findings = {k: claims.run(k, lab) for k in claims.numbers()}
    (OUT / "claims_cards.html").write_text(_cards.cards(findings), encoding="utf-8")
    for draw in (verdicts, shape_and_values, overlap, equations, noise):
        with style.context():
            fig = draw(findings)
            fig.savefig(OUT / f"claims_{draw.__name__}.png", dpi=160)


def verdicts(findings):
    """All claims as one row of coloured fields."""
    fig = style.figure(1.5)
    axes = fig.subplots()
    names = [f.verdict.value for f in findings.values()]
    for place, (number, name) in enumerate(zip(findings, names, strict=True)):
        row, column = divmod(place, 18)
        axes.add_patch(Rectangle((column, row), 0.92, 0.92, color=SHADES[name]))
        look = {"ha": "center", "va": "center", "color": "white", "weight": "bold"}
        axes.text(column + 0.46, row + 0.47, str(number), **look)
    for n, (name, shade) in enumerate(SHADES.items()):
        text = {"holds": "hold", "holds when": "hold at times", "fails": "fail"}.get(name, name)
        axes.text(4 * n, 2.45, f"{names.count(name)} {text}", color=shade, weight="bold")
    axes.set(xlim=(0, 18), ylim=(2.7, 0), aspect="equal")
    axes.axis("off")
    return fig


def shape_and_values(findings):
    """A signal, its convolution, and what transpose and pseudo-inverse make of it."""
    n, taps = 48, np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
    x = np.zeros(n)
    x[[6, 15, 17, 30]], x[36:43] = (1.0, 0.8, 0.6, 1.2), 0.7
    fig = style.figure(3.7)
    rows = fig.subplots(2, 3, sharey=True)
    for row, (stride, padding) in zip(rows, ((1, 4), (2, 2)), strict=True):
        layer = {"stride": stride, "padding": padding}
        weight = taps[None, None]
        y = conv(x[None], weight, **layer)
        back = conv_transpose(y, weight, output_size=n, **layer)[0]
        columns = [conv(e[None], weight, **layer)[0] for e in np.eye(n)]
        pseudo = np.linalg.pinv(np.stack(columns, 1)) @ y[0]
        back *= (back @ x) / (back @ back)
        row[0].plot(np.arange(y.size) * stride + 2 - padding, y[0], "k.", ms=3)
        row[0].set_title(f"convolved, stride {stride}\n{y.size} samples")
        for axes, z, name, colour in (
            (row[1], back, "transpose, best scale", RED),
            (row[2], pseudo, "pseudo-inverse", BLUE),
        ):
            axes.plot(z, color=colour, marker=".", ms=3)
            error = np.linalg.norm(z - x) / np.linalg.norm(x)
            text = f"{error:.2f}" if error > 1e-6 else f"{error:.0e}"
            axes.set_title(f"{name}\n{z.size} samples, error {text}")
        for axes in row:
            axes.step(np.arange(n), x, where="mid", color="0.75", lw=0.8, zorder=0)
    for axes in rows[1]:
        axes.set_xlabel("sample")
    return fig


def overlap(findings):
    """How many taps reach each output sample, for three kernels."""
    fig = style.figure(2.5)
    panels = fig.subplots(1, 4)
    for axes, (K, S) in zip(panels, ((3, 2), (4, 2), (5, 3), (6, 3)), strict=True):
        g = ConvGeometry((K, K), stride=S)
        count = np.outer(*g.overlap((5, 5)))
        axes.imshow(count, "YlGnBu", vmin=0, vmax=5)
        if count.shape[0] < 14:
            for (r, c), v in np.ndenumerate(count):
                axes.text(c, r, v, ha="center", va="center", size=5.5, color="k" if v < 4 else "w")
        axes.set_title(f"kernel {K}, stride {S}\n{'even' if g.overlap_is_even else 'checkerboard'}")
        axes.axis("off")
    return fig


def equations(findings):
    """In how many of the geometries each printed formula gives the right number."""
    all_of = geometries()
    total = len(all_of)
    at = {k: findings[k].evidence.figures for k in (24, 26, 27, 28, 29, 31)}
    bars = {
        "eq. 1, output size": total - at[26]["failures"],
        "eq. 2, its inverse without floor": at[27]["exact"],
        "eq. 2 + remainder": at[27]["corrected"],
        "eq. 3, transposed size": total - at[28]["failures"],
        "eq. 4, with K": at[29]["exact"],
        "eq. 4 with l(K−1)+1": at[29]["corrected"],
        "eq. 6, P' = (l+1)(K−1)/2 − P": at[31]["equal"],
        "P' = (l−1)(K−1) − P": at[24]["equal"],
    }
    fig = style.figure(2.7)
    left, right = fig.subplots(1, 2, width_ratios=[1.35, 1])
    counts = np.array(list(bars.values()))
    shades = [GREEN if c == total else ORANGE if c > 0 else RED for c in counts]
    left.barh(list(bars), counts, color=shades)
    for k, c in enumerate(counts):
        left.text(min(c, 0.82 * total) + 60, k, f"{c:.0f}", va="center", size=7)
    left.set(xlim=(0, total), title=f"right in so many of {total} geometries")
    left.invert_yaxis()
    grid, obs = np.zeros((2, 4, 5))
    for g in all_of:
        place = g.l - 1, g.K - 1
        obs[place] += 1
        grid[place] += (g.l + 1) * (g.K - 1) - 2 * g.P == 2 * (g.l * (g.K - 1) - g.P)
    look = {"vmin": 0, "vmax": 1, "origin": "lower", "aspect": "auto"}
    right.imshow(grid / obs, ListedColormap([RED, GREEN]), **look)
    for (r, c), v in np.ndenumerate(grid):
        text = f"{v:.0f}\nof {obs[r, c]:.0f}"
        right.text(c, r, text, ha="center", va="center", size=6, color="white")
    right.set(xticks=range(5), xticklabels=range(1, 6), yticks=range(4), yticklabels=range(1, 5))
    right.set(xlabel="kernel K", ylabel="dilation l", title="eq. 6 = l(K−1) − P?")
    return fig


def noise(findings):
    """The smallest gain of a blur, and what the inverse makes of noise."""
    fig = style.figure(2.2)
    left, right = fig.subplots(1, 2)
    gain = {float(s): max(h, 1e-17) for s, h in findings[7].evidence.figures.items()}
    left.semilogy(list(gain), list(gain.values()), "o-", color=BLUE, ms=4)
    for s, h in gain.items():
        text = f"{h:.1g} " if h > 1e-16 else "0 to rounding "
        left.annotate(text, (s, h), ha="right", va="top", size=7)
    left.set(xlim=(0.1, 3.2), ylim=(1e-18, 30), ylabel="smallest |H|")
    left.set_xlabel("σ of the Gaussian (samples)")
    left.set_title("claim 7: the wider the blur, the closer to 0")
    error = findings[4].evidence.figures
    right.bar([f"noise {level}" for level in error], list(error.values()), color=RED)
    right.set(yscale="log", ylabel="relative error of the inverse")
    right.set_title("claim 4: the inverse amplifies noise, σ = 1.5")
    for k, e in enumerate(error.values()):
        right.text(k, e, f"{e:.0e}" if e < 0.1 else f"{e:.0f}", ha="center", va="bottom", size=7)
    right.set_ylim(top=max(error.values()) * 30)
    return fig
