"""Kernels found from the data alone: right within their intervals, or a verdict why not."""

import numpy as np
import pytest
import scipy.signal

import sigdeconv as sd
from sigdeconv.psf._marginal import Likelihood
from sigdeconv.psf._spectra import cells, spectra


def blurred(name, psf, noise, size=256):
    """Return the window of a blurred photograph, so that nothing is known of its border."""
    scene = np.asarray(sd.datasets.load(name))
    scene = scene @ sd.datasets.LUMINANCE if scene.ndim == 3 else scene
    y = sd.simulate(scene[: size + 64, : size + 64], psf, noise=noise, rng=3).y
    return np.asarray(y)[:size, :size]


@pytest.mark.parametrize(
    ("family", "given", "within"),
    [
        ("gaussian", {"sigma": 2.0}, 0.1),
        ("disk", {"radius": 4.0}, 0.03),
        ("airy", {"radius": 4.0}, 0.1),
    ],
)
def test_a_round_kernel_is_found_from_the_data_alone(family, given, within):
    psf = getattr(sd.psf, family)(*given.values())
    found = sd.psf.estimate(blurred("coins", psf, 0.005), family)
    assert found.verdict == "blur seen"
    (name, value), (low, high) = next(iter(given.items())), *found.interval.values()
    assert found.parameters[name] == pytest.approx(value, rel=within)
    assert low < found.parameters[name] < high
    assert found.psf.sum() == pytest.approx(1)
    assert found.psf.min() >= 0


def test_a_motion_has_length_and_angle():
    found = sd.psf.estimate(blurred("coins", sd.psf.motion(11, 35), 0.005), "motion")
    assert found.parameters["length"] == pytest.approx(11, rel=0.05)
    assert found.parameters["angle"] == pytest.approx(35, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "given"), [("gaussian", (1.5,)), ("disk", (3.5,)), ("motion", (12, 120))]
)
def test_the_family_is_chosen(family, given):
    found = sd.psf.estimate(blurred("coins", getattr(sd.psf, family)(*given), 0.005))
    assert found.family == family


@pytest.mark.parametrize("name", ["coins", "camera"])
def test_a_sharp_picture_shows_no_blur(name):
    found = sd.psf.estimate(blurred(name, np.ones((1, 1)), 0.005), "gaussian")
    assert found.verdict == "no blur seen"
    assert found.psf.shape == (1, 1)
    assert "no blur seen" in str(found)


def test_noise_is_not_identifiable():
    noise = np.random.default_rng(0).standard_normal((128, 128))
    found = sd.psf.estimate(noise, "gaussian")
    assert found.verdict == "not identifiable"
    assert np.all(np.isfinite(found.psf))


@pytest.mark.slow
def test_a_stack_has_a_width_on_each_axis():
    rng = np.random.default_rng(1)
    f = np.sqrt(sum(a**2 for a in np.meshgrid(*[np.fft.fftfreq(72)] * 3, indexing="ij")))
    f[0, 0, 0] = 1
    scene = np.fft.ifftn(np.fft.fftn(rng.standard_normal(f.shape)) * f**-1.5).real
    y = sd.simulate(scene / scene.std(), sd.psf.gaussian((3.0, 1.5, 1.2)), noise=0.02, rng=0).y
    found = sd.psf.estimate(y)
    assert list(found.parameters.values()) == pytest.approx([3.0, 1.5, 1.2], rel=0.08)


def test_one_axis():
    steps = np.cumsum(np.random.default_rng(2).standard_t(2, 4096))
    y = sd.simulate(steps, sd.psf.gaussian(4.0, ndim=1), noise=1e-3, rng=0).y
    assert sd.psf.estimate(y, "gaussian").parameters["sigma"] == pytest.approx(4.0, rel=0.15)


def test_units_and_level_do_not_matter():
    y = blurred("coins", sd.psf.gaussian(2.0), 0.005, 128)
    one, other = (sd.psf.estimate(z, "gaussian").parameters["sigma"] for z in (y, 1e6 * y - 3e7))
    assert one == pytest.approx(other, rel=1e-3)


def test_the_window_sees_the_mean_over_neighbours():
    """The expected periodogram of filtered noise, against the mean of many."""
    kernel = sd.psf.disk(5.0)
    rng = np.random.default_rng(4)
    measured = []
    for _ in range(40):
        seen = scipy.signal.fftconvolve(rng.standard_normal((74, 74)), kernel, mode="valid")
        measured.append(spectra(seen, 64))
    power = np.mean([m.power[0] * m.scale for m in measured], axis=0)
    expected = cells((64, 64), "rings").power(kernel)
    assert np.corrcoef(np.log(power), np.log(expected))[0, 1] > 0.97


def test_gradients_of_the_likelihood():
    found = spectra(blurred("coins", sd.psf.gaussian(1.5), 0.01, 128), 64)
    likelihood = Likelihood(found)
    power = found.cells.power(sd.psf.gaussian(1.5))
    b, tiles = likelihood.start(power)
    tiles[:, 1] = 0.1 * np.arange(len(tiles))
    _, part, whole = likelihood.value(power, b, tiles)
    gradient, slope, *_ = likelihood._fisher(b, tiles, part, whole)
    step = 1e-6
    for k in range(b.size):
        move = step * (np.arange(b.size) == k)
        up, down = (likelihood.value(power, b + s * move, tiles)[0] for s in (1, -1))
        assert gradient[k] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-3)
    for k in np.ndindex(2, 2):
        move = np.zeros_like(tiles)
        move[k] = step
        up, down = (likelihood.value(power, b, tiles + s * move)[0] for s in (1, -1))
        assert slope[k] == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("y", "family", "error", "says"),
    [
        (np.ones((64, 64)), "auto", ValueError, "constant"),
        (np.eye(8), "auto", ValueError, "at least 32"),
        (np.eye(64) * np.nan, "auto", ValueError, "y holds"),
        (np.eye(64) * 1j, "auto", ValueError, "complex"),
        (np.eye(64), "gausian", ValueError, "gaussian"),
        (np.eye(20)[None] * np.ones((20, 1, 1)), "airy", ValueError, "3-D"),
        ("photo.jpg", "auto", TypeError, "y must be"),
    ],
)
def test_bad_input_is_named(y, family, error, says):
    with pytest.raises(error, match=says):
        sd.psf.estimate(y, family)


def test_deconvolve_finds_the_kernel():
    y = blurred("coins", sd.psf.disk(4.0), 0.005, 128)
    result = sd.deconvolve(y, "disk:auto", method="wiener")
    assert "blur seen: disk" in result.parameters["kernel"]
    again = sd.wiener(y, result.parameters["psf"])
    np.testing.assert_array_equal(result.x, again)
    with pytest.raises(ValueError, match="psf must be"):
        sd.deconvolve(y, "disk:4")


def test_deconvolve_says_when_it_is_not_sure():
    with pytest.warns(sd.sanity.SanityWarning, match="no blur seen"):
        sd.deconvolve(
            blurred("coins", np.ones((1, 1)), 0.005, 128), "gaussian:auto", method="wiener"
        )


def test_the_command_line_finds_the_kernel(tmp_path, capsys):
    from sigdeconv.cli import main

    y = blurred("coins", sd.psf.disk(4.0), 0.005, 128)
    np.save(tmp_path / "y.npy", y)
    out = str(tmp_path / "x.npy")
    flags = ["--psf", "disk:auto", "--method", "wiener", "-o", out]
    assert main(["restore", str(tmp_path / "y.npy"), *flags]) == 0
    assert "blur seen, disk, radius" in capsys.readouterr().err
    np.testing.assert_array_equal(np.load(out), sd.deconvolve(y, "disk:auto", method="wiener").x)
