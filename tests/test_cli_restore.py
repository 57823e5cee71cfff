"""What users of `sigdeconv restore` ask for: a measured kernel, a choice, a picture, the story."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.cli import main

POINT = 900.0 * sd.psf.gaussian(1.2, shape=(13, 14))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene = 200 * sd.datasets.coins()[:60, :70]
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=1.0, rng=0).y
    sd.io.save("seen.npy", np.maximum(obs, 0))
    sd.io.save("bead.npy", (100 + POINT).round().astype(np.uint16))
    return tmp_path


def restore(*flags, psf="bead.npy"):
    return main(["restore", "seen.npy", "--psf", psf, "-o", "x.npy", "--overwrite", *flags])


def test_a_pedestal_of_the_kernel_is_taken_away(folder, capsys):
    flags = ["--method", "richardson_lucy", "--num-iter", "5"]
    assert restore("--psf-background", "border", *flags) == 0
    bead = sd.io.load("bead.npy")
    told = {"background": "border", "nonnegative": True}
    psf = sd.psf.measured(bead, normalize=True, centre="middle", **told)
    expected = sd.richardson_lucy(sd.io.load("seen.npy"), psf, num_iter=5)
    np.testing.assert_allclose(sd.io.load("x.npy"), expected, rtol=1e-12)
    err = capsys.readouterr().err
    assert "cut off" not in err and "stands on 100; kept: 100 % of what is above" in err
    assert restore("--psf-background", "100", "--centre", "peak", *flags) == 0
    np.testing.assert_allclose(sd.io.load("x.npy"), expected, rtol=1e-6)


def test_a_kernel_on_a_finer_grid(folder):
    sd.io.save("fine.npy", sd.psf.gaussian(4.8, shape=(61, 61)))
    flags = ["--method", "wiener", "--nsr", "0.1"]
    assert restore("--psf-step", "0.25", *flags, psf="fine.npy") == 0
    fine = sd.io.load("x.npy")
    assert restore("--psf-step", "0.25,0.25", *flags, psf="fine.npy") == 0
    np.testing.assert_array_equal(sd.io.load("x.npy"), fine)
    plain = sd.wiener(sd.io.load("seen.npy"), sd.psf.gaussian(1.2), nsr=0.1)
    assert sd.metrics.nrmse(plain, fine) < 0.01


def test_the_data_choose_and_say_what(folder, capsys):
    assert restore("--method", "auto", psf="gaussian:1.2") == 0
    chosen = sd.deconvolve(sd.io.load("seen.npy"), sd.psf.gaussian(1.2))
    np.testing.assert_allclose(sd.io.load("x.npy"), chosen.x)
    out, err = capsys.readouterr()
    assert out == "" and f"auto took {chosen.method}; --verbose says why" in err
    assert restore("--method", "auto", "--verbose", psf="gaussian:1.2") == 0
    assert chosen.parameters["why"] in capsys.readouterr().out


def test_what_the_data_choose_stops_as_it_is_asked_to(folder):
    assert restore("--method", "auto", "--num-iter", "5", psf="gaussian:1.2") == 0
    chosen = sd.deconvolve(sd.io.load("seen.npy"), sd.psf.gaussian(1.2), num_iter=5)
    np.testing.assert_allclose(sd.io.load("x.npy"), chosen.x)


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.ResultWarning")  # of a noise that is wrong
def test_noise_is_a_number_or_a_model(folder):
    y, h = sd.io.load("seen.npy"), sd.psf.gaussian(1.2)
    for text, noise in (("0.5", 0.5), ("gaussian:0.5", sd.Gaussian(0.5))):
        assert restore("--method", "wiener", "--noise", text, psf="gaussian:1.2") == 0
        np.testing.assert_allclose(sd.io.load("x.npy"), sd.wiener(y, h, noise=noise))


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--method", "auto", "--nsr", "1"], "auto takes no flags of a method: name one"),
        (["--psf-step", "0.5,0.5,0.5"], "--psf-step has 3 numbers; the kernel has 2 axes"),
        (["--psf-step", "half"], "must be numbers, such as 0.25; got 'half'"),
        (["--psf-background", "edge"], "must be a number or border; got 'edge'"),
        (["--figure", "both.gif"], "--figure both.gif: the suffix must be one of .png .pdf .svg"),
    ],
)
def test_flags_that_do_not_fit(folder, flags, told, capsys):
    assert restore(*flags) == 2
    assert told in capsys.readouterr().err


def test_a_model_has_no_pedestal(folder, capsys):
    assert restore("--psf-background", "border", psf="gaussian:2") == 2
    assert "are for a kernel from a file; got gaussian:2" in capsys.readouterr().err


@pytest.mark.parametrize("shape", [(40,), (24, 26), (20, 22, 3)])
def test_a_picture_of_before_and_after(folder, shape):
    y = (120 + 20 * np.random.default_rng(0).standard_normal(shape)).astype(np.uint8)
    name = "in.png" if len(shape) == 3 else "in.npy"
    sd.io.save(name, y)
    psf = "box:3:ndim=1" if len(shape) == 1 else "box:3"
    flags = ["--nsr", "1", "--clip", "--figure", "both.png", "-o", "x.npy"]
    assert main(["restore", name, "--psf", psf, *flags]) == 0
    assert sd.io.load("both.png").shape[1] > 900


def test_values_outside_the_type_are_never_lost_work(folder, capsys):
    """A picture is clipped, and a stack of numbers becomes float32: both are said."""
    expected = sd.wiener(sd.io.load("seen.npy"), sd.psf.gaussian(1.2), nsr=0.001)
    command = ["restore", "seen.npy", "--psf", "gaussian:1.2", "--nsr", "0.001", "-o"]
    assert main([*command, "y.png", "--dtype", "uint8"]) == 0
    assert "lie outside 0..255 of uint8; they were moved to its ends" in capsys.readouterr().err
    np.testing.assert_array_equal(sd.io.load("y.png"), np.clip(np.rint(expected), 0, 255))
    assert main([*command, "y.tif", "--dtype", "uint8"]) == 0
    assert "written as float32 (--clip keeps the type)" in capsys.readouterr().err
    np.testing.assert_allclose(sd.io.load("y.tif"), expected, rtol=1e-5)
    assert main([*command, "z.tif", "--dtype", "uint8", "--clip"]) == 0
    np.testing.assert_array_equal(sd.io.load("z.tif"), sd.io.load("y.png"))
