"""Tiles against the whole with the same plan; what a sample finds against what the whole finds."""

import dataclasses
import warnings

import numpy as np
import pytest

import sigdeconv as sd

PSF = sd.psf.gaussian(1.0)
CUBE = sd.psf.gaussian(0.8, ndim=3)


def stars(shape, at_seams, rng=0):
    """Return a dark scene of points, some of them where tiles meet."""
    rng = np.random.default_rng(rng)
    x = np.full(shape, 2.0)
    x[tuple(rng.integers(8, n - 8, 60) for n in shape)] += rng.uniform(100, 2000, 60)
    for k in at_seams:
        x[k, 20::37] += 1500.0
        x[20::37, k] += 1500.0
    return x


def scene(kind):
    if kind == "stars":
        return sd.simulate(stars((150, 150), (74, 75)), PSF, noise=sd.Poisson(gain=1.0), rng=0)
    if kind == "beads":
        x = np.full((22, 52, 52), 3.0)
        x[tuple(np.random.default_rng(1).integers(4, n - 4, 40) for n in x.shape)] += 800.0
        return sd.simulate(x, CUBE, noise=sd.Poisson(gain=1.0), rng=0)
    return sd.simulate(sd.datasets.camera()[60:216, 140:296], PSF, noise=0.01, rng=0)


WAVES = {"levels": 1, "num_iter": 30}
METHODS = [
    ("photograph", "richardson_lucy", {"num_iter": 30}, 1e-3),
    ("photograph", "wiener", {}, 1e-3),
    ("photograph", "tikhonov", {}, 1e-3),
    pytest.param("photograph", "tv", {}, 5e-3, marks=pytest.mark.slow),
    pytest.param("photograph", "landweber", {}, 1e-3, marks=pytest.mark.slow),
    ("stars", "richardson_lucy", {"num_iter": 40, "acceleration": "heavy-ball"}, 1e-3),
    ("stars", "wiener", {}, 1e-3),
    ("beads", "richardson_lucy", {"num_iter": 10}, 1e-3),
    pytest.param("stars", "richardson_lucy", {}, 1e-3, marks=pytest.mark.slow),
    pytest.param("beads", "tikhonov", {}, 1e-3, marks=pytest.mark.slow),
    pytest.param(
        "photograph", "wavelet_l1", {"levels": 1, "num_iter": 30}, 5e-3, marks=pytest.mark.slow
    ),
    pytest.param("stars", "tv", {"num_iter": 40}, 5e-3, marks=pytest.mark.slow),
]


@pytest.mark.parametrize("kind, method, options, bound", METHODS)
def test_tiles_are_the_whole(kind, method, options, bound):
    obs = scene(kind)
    psf = CUBE if kind == "beads" else PSF
    tile = (8, 25, 25) if kind == "beads" else (75, 75)
    plan = sd.tiles.make_plan(obs.y, psf, method=method, tile=tile, **options)
    assert len(plan.layout(obs.y.shape)) > 3
    one = dataclasses.replace(plan, tile=obs.y.shape)
    whole = sd.tiled(obs.y, psf, plan=one)
    x = sd.tiled(obs.y, psf, plan=plan)
    deviation = np.abs(x - whole) / np.ptp(whole)
    # Within a few kernels of the border of the source, methods know the opposite border a little.
    widths = [min(3 * k, n // 3) for k, n in zip(psf.shape, x.shape, strict=True)]
    rim = tuple(slice(w, -w) for w in widths)
    assert deviation[rim].max() <= bound
    assert plan.seam <= bound


def test_the_plan_on_one_tile_is_the_method():
    obs = scene("photograph")
    x = sd.tiled(obs.y, PSF, method="richardson_lucy", num_iter=5)
    np.testing.assert_allclose(x, sd.richardson_lucy(obs.y, PSF, num_iter=5), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["wiener", "tikhonov", "tv"])
def test_the_sample_finds_what_the_whole_finds(method):
    scene = np.tile(sd.datasets.camera(), (2, 2))
    obs = sd.simulate(scene, PSF, noise=0.01, rng=0)
    plan = sd.tiles.make_plan(obs.y, PSF, method=method, memory="100 MiB", tile=300, halo=20)
    few = {"num_iter": 1} if method == "tv" else {}  # the weight is found before
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sd.deconvolve(obs.y, PSF, method=method, **few).parameters
    assert plan.windows > 4
    assert plan.noise_std == pytest.approx(found["noise_std"], rel=0.1)
    assert plan.parameters["weight"] == pytest.approx(found["weight"], rel=0.1)


@pytest.mark.parametrize(
    "boundary",
    [
        "periodic",
        ("zero", "unknown"),
        *(pytest.param(b, marks=pytest.mark.slow) for b in ("zero", "reflect")),
    ],
)
def test_borders_of_the_source_stay_what_they_are(boundary):
    obs = scene("photograph")
    options = {"method": "richardson_lucy", "num_iter": 10, "boundary": boundary}
    x = sd.tiled(obs.y, PSF, tile=60, halo=24, **options)
    whole = sd.richardson_lucy(obs.y, PSF, num_iter=10, boundary=boundary)
    assert np.abs(x - whole).max() <= 1e-3 * np.ptp(whole)


def test_channels_and_masks_and_parameters_of_the_shape_of_the_source():
    obs = scene("photograph")
    y = np.stack([obs.y, 2 * obs.y], axis=-1)
    mask = np.ones(y.shape)
    mask[40:44, 70:78, 0] = 0.0
    ground = np.full(y.shape, 0.05)
    options = {"method": "richardson_lucy", "num_iter": 10}
    x = sd.tiled(y, PSF, tile=60, halo=24, channel_axis=-1, mask=mask, background=ground, **options)
    for c in (0, 1):
        whole = sd.richardson_lucy(
            y[..., c], PSF, num_iter=10, mask=mask[..., c], background=ground[..., c]
        )
        # What a mask hides is begun with the light that is seen around it, in a tile or the whole.
        assert np.abs(x[..., c] - whole).max() <= 5e-3 * np.ptp(whole)


def test_one_dimension_and_automatic_choice_and_local():
    truth = np.repeat(np.random.default_rng(5).uniform(0, 1, 100), 20)
    psf = sd.psf.gaussian(2.0, ndim=1)
    y = sd.simulate(truth, psf, noise=0.02, rng=0).y
    plan = sd.tiles.make_plan(y, psf, method="auto", tile=700)
    assert plan.method in sd.methods()
    x = sd.tiled(y, psf, plan=plan)
    whole = sd.tiled(y, psf, plan=dataclasses.replace(plan, tile=y.shape))
    assert np.abs(x - whole)[60:-60].max() <= 5e-3 * np.ptp(whole)
    own = sd.tiled(y, psf, method="tikhonov", tile=700, local=True)
    assert np.abs(own - sd.tiled(y, psf, method="tikhonov", tile=700)).max() > 0
