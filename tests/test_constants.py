"""Tuned constants: a factor of two either way changes what comes out little.

Each row names a constant, what is measured with it, and a bound on the change in decibels, rounded
up from what the change was. Most scenes do not come near the limits of the tests that choose, so
their bound is 0.01: nothing may change. Those that are marked sensitive are known to be: their
bounds say by how much.
"""

import dataclasses
import functools
import importlib
import math

import numpy as np
import pytest

import sigdeconv as sd

PSF = sd.psf.gaussian(1.6)


@functools.cache
def scene(kind):
    """Return an observation: a photograph with white noise or counts, stars, or steps."""
    if kind == "steps":
        truth = np.repeat(np.random.default_rng(5).uniform(0, 1, 15), 20)
        return sd.simulate(truth, sd.psf.gaussian(2.0, ndim=1), noise=0.02, rng=0)
    if kind == "stars":
        truth = np.full((96, 96), 0.5)
        rng = np.random.default_rng(3)
        truth[tuple(rng.integers(8, 88, (2, 30)))] = rng.uniform(200, 3000, 30)
        return sd.simulate(truth, PSF, noise=sd.Poisson(gain=1.0), rng=0)
    truth = sd.datasets.camera()[60:172, 140:252]
    noise = {"white": 0.01, "faint": 1e-4, "counts": "poisson:300"}[kind]
    return sd.simulate(truth, PSF, noise=noise, rng=0)


@functools.cache
def usual(figure, kind, method):
    """Return the figure with the constants as they are."""
    return figure(kind, method)


def psnr(kind, method, **options):
    """Return the PSNR of a method, in decibels."""
    obs = scene(kind)
    found = sd.deconvolve(obs.y, obs.A, method=method, **options)
    return sd.metrics.psnr(obs.truth_window, found.x)


def level(kind, _):
    """Return the noise that is identified, in decibels."""
    obs = scene(kind)
    return 20 * math.log10(sd.identify_noise(obs.y).level(obs.y))


def tried(name, field, factor, monkeypatch):
    """Multiply a constant: a field of the record `name`, "module.NAME", or the number itself."""
    module, _, attribute = name.rpartition(".")
    owner = importlib.import_module(f"sigdeconv.{module}")
    value = getattr(owner, attribute)
    if field is None:
        changed = value * factor
    else:
        old = getattr(value, field)
        new = old * factor
        changed = dataclasses.replace(value, **{field: round(new) if isinstance(old, int) else new})
    monkeypatch.setattr(owner, attribute, changed)


def stop(kind, method):
    """Return the PSNR where data held out stop the iteration."""
    return psnr(kind, method, stop=sd.stopping.Thinning())


def validated(kind, method):
    """Return the PSNR where cross-validation stops the iteration."""
    return psnr(kind, method, stop="auto")


def penalised(kind, method):
    """Return the PSNR with total variation whose weight comes from data held out."""
    return psnr(kind, method, regularization="tv", num_iter=25)


def limited(kind, method):
    """Return the PSNR of a stop that lets the faint part of a scene decide."""
    return psnr(kind, method, stop=sd.stopping.Thinning(limit=2.0))


def plugged(kind, method):
    """Return the PSNR with a denoiser that has no schedule of its own."""
    return psnr(kind, method, denoiser="tv_chambolle")


RL = "richardson_lucy"
SCHEDULE = "solvers.variational.blocks.SCHEDULE"
SURE, FIT = "solvers.variational.sure.SURE", "solvers.spectra.FIT"
NOISE, STAGES = "noise.estimate.NOISE", "solvers.variational.half_quadratic.STAGES"
MISFIT, TRIAL = "stopping._misfit.MISFIT", "stopping._thinning.TRIAL"
PROBE = "stopping._cross_validation.PROBE"
slow = pytest.mark.slow

# constant, its field, figure of merit, scene, method, most decibels
ROWS = [
    (FIT, "least_noise", psnr, "faint", "wiener", 0.2),
    (FIT, "usual_exponent", psnr, "steps", "wiener", 0.03),
    (FIT, "exponent_spread", psnr, "steps", "wiener", 0.01),
    (FIT, "knee_spread", psnr, "steps", "wiener", 0.01),
    (FIT, "faded", psnr, "white", "wiener", 0.08),
    ("solvers.quadratic.problem.CONSISTENCY", "most_misfit", psnr, "white", "wiener", 0.1),
    # Sensitive: this photograph, of a man in a black coat, is just dark enough for one of stars,
    # and total variation is better on it by 0.93 dB.
    ("solvers.shape.DARK_SCENE", "share", psnr, "counts", "auto", 1.0),
    pytest.param("solvers.shape.DARK_SCENE", "share", psnr, "stars", "auto", 0.01, marks=slow),
    *[
        (NOISE, field, level, kind, "", 0.01)
        for kind in ("counts", "white")
        for field in ("counts", "growth", "negative", "dark", "gain", "readout", "texture")
    ],
    (NOISE, "levels", level, "counts", "", 0.01),
    *[(PROBE, field, validated, "counts", RL, 0.06) for field in ("step", "weak")],
    *[(PROBE, field, validated, "stars", RL, 0.5) for field in ("steady", "patience", "looks")],
    (MISFIT, "weak", stop, "counts", RL, 0.06),
    (TRIAL, "few", stop, "counts", RL, 0.01),
    *[
        pytest.param(*row, marks=slow)
        for row in [
            (TRIAL, "excess", stop, "counts", RL, 0.06),
            (TRIAL, "quiet", stop, "counts", RL, 0.01),
            ("solvers.em.total_variation.PRIMAL_DUAL", "dark", penalised, "counts", RL, 0.02),
            ("solvers.em.weight.HELD_OUT", "steps", penalised, "counts", RL, 0.03),
            (SURE, "few_probe", psnr, "steps", "tv", 0.2),
            (SURE, "probes", psnr, "steps", "tv", 0.2),
            (SURE, "excess", psnr, "steps", "tv", 0.6),  # sensitive: steps leave two minima
            (SURE, "probe", psnr, "steps", "tv", 0.2),
            (SURE, "first_ratio", psnr, "steps", "tv", 1.5),  # sensitive: at another minimum
            (SURE, "excess", psnr, "white", "tv", 0.06),
            (SURE, "first_ratio", psnr, "white", "tv", 0.05),
            (SURE, "probe", psnr, "white", "tv", 0.01),
            ("solvers.variational.problem.START", "threshold", psnr, "white", "tv", 0.03),
            ("solvers.variational.problem.START", "data", psnr, "white", "tv", 0.01),
            (STAGES, "error", psnr, "white", "hyper_laplacian", 0.25),
            (STAGES, "stages", psnr, "white", "hyper_laplacian", 0.15),
            ("solvers.variational.stages.CONTRAST", None, plugged, "white", "plug_and_play", 0.1),
            (STAGES, "denoisings", plugged, "white", "plug_and_play", 0.1),
            (SCHEDULE, "end", psnr, "white", "plug_and_play", 0.3),
            (SCHEDULE, "falling", psnr, "white", "plug_and_play", 0.2),
            (SCHEDULE, "smooth", psnr, "white", "plug_and_play", 0.1),
            (SCHEDULE, "rough", psnr, "white", "plug_and_play", 0.1),
            (MISFIT, "weak", limited, "stars", RL, 1.2),  # sensitive, on stars
            (MISFIT, "place", limited, "stars", RL, 1.2),  # sensitive, on stars
        ]
    ],
]


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.ResultWarning")  # an end that is too late
@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize(("name", "field", "figure", "kind", "method", "most"), ROWS)
def test_twice_or_half_changes_little(name, field, figure, kind, method, most, factor, monkeypatch):
    before = usual(figure, kind, method)
    tried(name, field, factor, monkeypatch)
    assert abs(figure(kind, method) - before) < most
