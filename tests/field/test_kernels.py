"""Kernels as people have them: responses in time, beads on an offset, files of any size."""

import itertools
import warnings

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.cli import main
from sigdeconv.sanity import SanityWarning, check

K = np.arange(48)
GAMMA = K**3 * np.exp(-K / 2.0)
RESPONSES = {  # each begins at its first sample
    "decay": np.exp(-K / 9.0) / np.exp(-K / 9.0).sum(),
    "slow decay": 0.985**K / (0.985**K).sum(),
    "delay": GAMMA / GAMMA.sum(),
    "undershoot": GAMMA / GAMMA.sum() - 0.3 * np.exp(-((K - 22) ** 2) / 40) / 11,
    "room": np.exp(-K / 12.0) * np.random.default_rng(4).choice([-1, 1], 48) / 4 + np.eye(48)[0],
}


def train(at, n=300):
    x = np.zeros(n)
    x[list(at)] = 1.0
    return x


def said(call):
    """Return what a call returns, and what sanity said at it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    found = [w for w in caught if issubclass(w.category, SanityWarning)]
    return result, [str(w.message) for w in found], found


def lag(x, truth):
    x, truth = x - x.mean(), truth - truth.mean()
    return int(np.argmax(np.correlate(x, truth, "full"))) - truth.size + 1


# -- the centre ------------------------------------------------------------------------------------


SLOW = pytest.mark.slow


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize(
    "method",
    ["wiener", "cgls", "adjoint", *(pytest.param(n, marks=SLOW) for n in ("tikhonov", "sparse"))],
)
def test_a_method_says_that_a_response_is_late(name, method):
    h, x = RESPONSES[name], train([40, 90, 111, 230])
    y = np.convolve(x, h)[:300] + 1e-3 * np.random.default_rng(0).standard_normal(300)
    _, texts, where = said(lambda: getattr(sd, method)(y, h))
    about = [text for text in texts if "shifted" in text]
    assert len(about) == 1 and "centre='start'" in about[0] and "moves by 24 samples" in about[0]
    assert all(w.filename == __file__ for w in where)
    for centre in ("start", 0, (0,), ("start",)):
        found, texts, _ = said(lambda centre=centre: getattr(sd, method)(y, h, centre=centre))
        assert not [text for text in texts if "centre" in text]
    if method == "sparse":
        assert lag(found, x) == 0


def test_the_moves_are_those_to_each_centre():
    _, (text,), _ = said(
        lambda: sd.wiener(np.random.default_rng(0).random(200), RESPONSES["delay"])
    )
    assert "peak at (6,)" in text and "middle, (24,)" in text
    assert "centre=(0,) or centre='start' (the result moves by 24 samples)" in text
    assert "centre=(6,) or centre='peak' (it moves by 18 samples)" in text


@pytest.mark.parametrize(
    "centre", ["middle", *(pytest.param(c, marks=SLOW) for c in ((24,), "peak", 7))]
)
def test_a_centre_that_was_given_is_not_doubted(centre):
    h, y = RESPONSES["decay"], np.random.default_rng(0).random(200)
    A = sd.Convolution.for_data(h, 200, centre=centre)
    calls = [
        lambda: sd.wiener(y, h, centre=centre),
        lambda: sd.deconvolve(y, h, centre=centre),
        lambda: sd.tune(y, h, centre=centre),
        lambda: sd.compare(y, h, methods=["wiener"], centre=centre),
        lambda: sd.wiener(y, A),
    ]
    for call in calls:
        assert not said(call)[1]
    assert said(lambda: sd.wiener(y, sd.Convolution.for_data(h, 200)))[1]


@pytest.mark.filterwarnings("always::sigdeconv.sanity.SanityWarning")
def test_every_entry_point_says_it_once(tmp_path, capsys):
    h, y = RESPONSES["decay"], np.random.default_rng(0).random(200)
    for call in (
        lambda: sd.deconvolve(y, h),
        lambda: sd.deconvolve(np.stack([y, 2 * y]), h, channel_axis=0),
        lambda: sd.tune(y, h),
        lambda: sd.compare(y, h, methods=["wiener", "cgls"]),
    ):
        assert len(said(call)[1]) == 1
    sd.io.save(tmp_path / "y.npy", y)
    sd.io.save(tmp_path / "h.npy", h)
    files = [
        str(tmp_path / "y.npy"),
        "--psf",
        str(tmp_path / "h.npy"),
        "-o",
        str(tmp_path / "x.npy"),
    ]
    assert main(["restore", *files]) == 0
    assert capsys.readouterr().err.count("--centre start") == 1
    for centre in ("start", "0"):
        assert main(["restore", *files, "--overwrite", "--centre", centre]) == 0
        assert "centre" not in capsys.readouterr().err
        np.testing.assert_allclose(sd.io.load(tmp_path / "x.npy"), sd.wiener(y, h, centre=0))


@pytest.mark.parametrize("kernel", [sd.psf.exponential(4.0), sd.psf.ricker(0.1), [-1.0, 0.0, 1.0]])
def test_kernels_about_their_middle_are_not_doubted(kernel):
    A = sd.Convolution.for_data(kernel, 120)
    assert not [text for text in check(np.zeros(120), A) if "centre" in text]


def test_a_peak_beside_the_centre_and_one_at_it():
    y = sd.simulate(sd.datasets.coins()[:80, :80], sd.psf.gaussian(1.6), noise=0.01, rng=1).y
    beside = np.roll(sd.psf.gaussian(1.6), 1, axis=1)
    assert "moves by 1 samples" in said(lambda: sd.tikhonov(y, beside))[1][0]
    assert not said(lambda: sd.tikhonov(y, sd.psf.gaussian(1.6)))[1]


@pytest.mark.parametrize("size", [4, 30])
def test_an_even_kernel_names_the_other_middle(size):
    g = np.hanning(size + 2)[1:-1] / np.hanning(size + 2).sum()
    x = np.repeat([0.0, 2.0, 0.5], 90)
    (text,) = said(lambda: sd.wiener(np.convolve(x, g, "same"), g))[1]
    assert f"give centre=({size // 2 - 1},)" in text
    found = sd.wiener(np.convolve(x, g, "same"), g, centre=((size - 1) // 2,))
    assert lag(found, x) == 0


def test_centres_by_word_and_by_axis():
    rng = np.random.default_rng(5)
    kernel = rng.random((4, 5, 3))
    kernel[3, 1, 2] = -9.0
    for words, index in {
        "middle": (2, 2, 1), "start": (0, 0, 0), "peak": (3, 1, 2),
        ("start", "peak", 1): (0, 1, 1), (2, "middle", "start"): (2, 2, 0),
    }.items():  # fmt: skip
        assert sd.Convolution(kernel, (9, 9, 9), centre=words).centre == index
        assert sd.Convolution.for_data(kernel, (9, 9, 9), centre=words).centre == index
    with pytest.raises(ValueError, match="centre must be one of middle, start, peak; got 'centre'"):
        sd.Convolution(kernel, (9, 9, 9), centre="centre")
    with pytest.raises(ValueError, match="centre has 2 entries"):
        sd.Convolution(kernel, (9, 9, 9), centre=("start", 1))


# -- pedestals, tails, tops ------------------------------------------------------------------------


def bead(shape, sigma, peak, offset, seed):
    point = sd.psf.gaussian(sigma, shape=shape, ndim=len(shape))
    seen = np.random.default_rng(seed).poisson(offset + peak * point / point.max())
    return point, seen.astype(float)


BEADS = [((31, 33), 1.7, 800, 60, 0), ((25, 21, 23), 1.6, 1500, 90, 1), ((80,), 3.0, 2000, 200, 2)]


@pytest.mark.parametrize("shape, sigma, peak, offset, seed", BEADS)
def test_a_pedestal_is_named_and_taken_away(shape, sigma, peak, offset, seed):
    point, seen = bead(shape, sigma, peak, offset, seed)
    A = sd.Convolution.for_data(seen / seen.sum(), (40,) * len(shape))
    text = next(text for text in check(np.zeros(A.out_shape), A) if "pedestal" in text)
    assert "background='border'" in text and "--psf-background border" in text
    share = 100 * offset * seen.size / seen.sum()
    assert abs(float(text.split("which is ")[1].split(" %")[0]) - share) < 3
    clean = sd.psf.measured(seen, normalize=True, centre="middle", background="border")
    A = sd.Convolution.for_data(clean, (40,) * len(shape))
    assert not check(np.zeros(A.out_shape), A)
    by_hand = (seen - offset) / (seen - offset).sum()
    A = sd.Convolution.for_data(by_hand, (40,) * len(shape))
    assert not [text for text in check(np.zeros(A.out_shape), A) if "cut off" in text]
    assert abs(clean - point).sum() < 0.15


@pytest.mark.parametrize("sigma", [(4.0, 2.0, 2.0), (3.0, 1.6, 1.6)])
def test_little_of_a_measured_kernel_is_noise(sigma):
    shape = (41, 25, 25)
    point, seen = bead(shape, sigma, 1900, 100, 3)
    kept = sd.psf.measured(
        seen, normalize=True, centre="middle", background="border", nonnegative=True
    )
    reach = [int(3 * s) for s in sigma]
    near = tuple(slice(n // 2 - r, n // 2 + r + 1) for n, r in zip(shape, reach, strict=True))
    lost, true = 1 - kept[near].sum(), 1 - point[near].sum()
    assert lost < true + 0.012
    found = sd.psf.core(seen)
    assert abs(found.level - 100) < 0.5 and abs(found.noise - 10) < 1
    assert abs(found.energy - 1) < 0.05 and found.radius[0] > found.radius[1] >= 4


@pytest.mark.parametrize("part", [0.3, 0.7])
@pytest.mark.parametrize("shape, sigma", [((33, 33), 2.2), ((19, 19, 19), 1.7), ((61,), 4.0)])
def test_a_saturated_bead_is_flat_at_its_top(part, shape, sigma):
    point = sd.psf.gaussian(sigma, shape=shape, ndim=len(shape))
    full = np.minimum(point, part * point.max())
    A = sd.Convolution.for_data(full / full.sum(), (40,) * len(shape))
    assert any("flat at its top" in text for text in check(np.zeros(A.out_shape), A))


# -- zeros around ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wiener", "richardson_lucy", "tv", "cgls", "sparse"])
def test_zeros_around_a_kernel_change_nothing(name):
    psf = sd.psf.gaussian((1.4, 1.0))
    spikes = np.where(np.random.default_rng(0).random((40, 44)) < 0.02, 1.0, 0.0)
    scene = spikes if name == "sparse" else sd.datasets.coins()[:40, :44]
    y = sd.simulate(200 * scene, psf, noise=0.01, rng=2).y
    plain = getattr(sd, name)(y, psf)
    for pads in ([(9, 9), (14, 14)], [(3, 3), (0, 0)]):
        wide = np.pad(psf, pads)
        np.testing.assert_allclose(getattr(sd, name)(y, wide), plain, rtol=1e-12, atol=1e-12)
    lopsided = np.pad(psf, [(0, 11), (7, 0)])
    moved = getattr(sd, name)(y, lopsided, centre="peak")
    np.testing.assert_allclose(moved, plain, rtol=1e-12, atol=1e-12)
    assert sd.Convolution.for_data(lopsided, y.shape, centre="peak").shape == (
        sd.Convolution.for_data(psf, y.shape).shape
    )


def test_a_centre_far_from_the_kernel_keeps_its_place():
    late = np.r_[np.zeros(30), 0.7, 0.3, np.zeros(20)]
    x = train([50, 140], 200)
    y = np.convolve(x, late)[:200]
    found = sd.wiener(y, late, centre="start", boundary="zero")
    assert set(np.argsort(-found)[:2]) == {50, 140}


# -- transfer functions from a formula -------------------------------------------------------------


@pytest.mark.parametrize("n, half", list(itertools.product([64, 65, 1500], [False, True])))
def test_a_formula_is_real_for_real_data(n, half):
    f = np.fft.rfftfreq(n) if half else np.fft.fftfreq(n)
    delayed = np.exp(-2j * np.pi * f * 3.5) / (1 + 2j * np.pi * f * 4) ** 2
    whole = delayed if half else delayed[: n // 2 + 1]
    x = np.repeat([0.0, 1.0, 0.3, 0.0], n // 4 + 1)[:n]
    y = np.fft.irfft(np.fft.rfft(x) * whole, n)
    y = y + 0.005 * np.random.default_rng(n).standard_normal(n)
    result, texts, _ = said(lambda: sd.deconvolve(y, delayed, boundary="periodic"))
    assert result.x.dtype == np.float64 and not [t for t in texts if "centre" in t]
    assert np.abs(result.x - x).mean() < 0.5 * np.abs(y - x).mean()
    assert np.iscomplexobj(sd.wiener(y + 0j, delayed, boundary="periodic"))


def test_what_is_not_hermitian_stays_complex():
    rng = np.random.default_rng(3)
    otf = rng.standard_normal(40) + 1j * rng.standard_normal(40)
    result = sd.deconvolve(rng.standard_normal(40), otf, boundary="periodic")
    assert np.iscomplexobj(result.x) and result.method == "wiener"


def test_the_sum_of_a_kernel_of_the_wrong_sign_is_told():
    psf = -sd.psf.gaussian(1.5)
    texts = check(np.ones((40, 40)), sd.Convolution.for_data(psf, (40, 40)))
    assert any("psf sums to -1" in text for text in texts)
    ricker = sd.psf.ricker(0.06)
    assert not check(np.ones(400), sd.Convolution.for_data(-ricker, (400,)))
