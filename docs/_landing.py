"""The picture of the landing page and of the README: a shaken portrait, and what brings it back.

The documentation builds it; ``python docs/_landing.py`` writes the one of the README, with its
numbers beside it, which a test computes again.
"""

import json
import pathlib

import numpy as np

import sigdeconv as sd
from sigdeconv.plots import style

HERE = pathlib.Path(__file__).parent
NAMES = {
    "data": "data:\nshaken, noisy",
    "scaled_adjoint": "transposed: right\nshape, wrong values",
    "inverse": "inverse:\nright values",
}


def portrait():
    """Return the truth, the shaken and noisy portrait, and the two answers, on one window."""
    face = sd.datasets.astronaut()
    face = face.mean(axis=-1) if face.ndim == 3 else face
    psf = sd.psf.motion(15, 25)
    obs = sd.simulate(face[0:300, 90:390], psf, noise=0.004, rng=0)
    found = sd.deconvolve(obs, method="tv", weight=2e-4, num_iter=150).x
    shape = sd.scaled_adjoint(obs.y, obs.A)
    shape = shape[obs.A.window] if shape.shape != obs.y.shape else shape
    return {"truth": obs.truth_window, "data": obs.y, "scaled_adjoint": shape, "inverse": found}


def numbers(pictures):
    """Return the PSNR of each picture but the truth, in dB."""
    truth = pictures["truth"]
    every = {name: float(sd.metrics.psnr(truth, pictures[name])) for name in NAMES}
    return {name: round(db, 1) for name, db in every.items()}


def build(*_):
    """Write the pictures of the page; connected to the start of the documentation build."""
    out = HERE / "generated"
    (out / "static").mkdir(exist_ok=True, parents=True)
    pictures = portrait()
    for name in ("data", "inverse"):
        single(pictures[name], out / "static" / f"landing_{name}.png")
    row(pictures, numbers(pictures), out / "landing_row.png")
    (out / "landing.html").write_text(SLIDER.format(**numbers(pictures)), encoding="utf-8")


SLIDER = """
<div class="before-after" style="--cut: 50%">
<img src="_static/landing_inverse.png" alt="The portrait, restored: {inverse} dB">
<img src="_static/landing_data.png" alt="A portrait shaken by 15 pixels, with noise: {data} dB"
 class="before">
<input type="range" min="0" max="100" value="50" aria-label="How much is shown of the shaken
 portrait, in per cent; the rest is restored" oninput="this.parentElement.style.setProperty('--cut',
 this.value + '%')">
</div>
"""


def single(picture, path):
    """Write one picture, pixel by pixel, doubled."""
    import matplotlib.image

    grey = np.clip(np.kron(picture, np.ones((2, 2))), 0, 1)
    matplotlib.image.imsave(path, grey, cmap="gray", vmin=0, vmax=1)


def row(pictures, db, path):
    """Write data, transposed convolution and inverse in one row."""
    with style.context():
        fig = style.figure(3.3)
        for axes, (name, title) in zip(fig.subplots(1, 3), NAMES.items(), strict=True):
            axes.imshow(pictures[name], "gray", vmin=0, vmax=1, interpolation="nearest")
            axes.set_title(f"{title}\n{db[name]:.1f} dB", fontsize=14)  # also on a telephone
            axes.axis("off")
        fig.savefig(path, dpi=150, bbox_inches="tight")


def hero(pictures, db, path):
    """Write the picture of the README: halves of the portrait, and the row below."""
    both = pictures["data"].copy()
    half = both.shape[1] // 2
    both[:, half:] = pictures["inverse"][:, half:]
    with style.context():
        fig = style.figure(6.4, 5.2)
        top, low = fig.subfigures(2, 1, height_ratios=[2.35, 1])
        axes = top.subplots()
        axes.imshow(both, "gray", vmin=0, vmax=1)
        axes.axvline(half - 0.5, color="white", linewidth=2)
        look = {"color": "white", "fontsize": 15, "weight": "bold", "va": "bottom"}
        edge = {"bbox": {"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 3}}
        axes.text(6, both.shape[0] - 7, "before", ha="left", **look, **edge)
        axes.text(both.shape[1] - 7, both.shape[0] - 7, "after", ha="right", **look, **edge)
        axes.axis("off")
        for axes, name in zip(low.subplots(1, 3), NAMES, strict=True):
            axes.imshow(pictures[name], "gray", vmin=0, vmax=1)
            title = {"data": "data", "scaled_adjoint": "transposed\nright shape"}.get(name)
            title = title or "inverse\nright values"
            axes.set_title(f"{title}, {db[name]:.1f} dB", fontsize=10, weight="bold")
            axes.axis("off")
        fig.savefig(path, dpi=110)


if __name__ == "__main__":
    made = portrait()
    hero(made, numbers(made), HERE / "_static" / "hero.png")
    text = json.dumps(numbers(made), indent=1)
    (HERE / "_static" / "hero.json").write_text(text + "\n", encoding="utf-8")
    print(text)
