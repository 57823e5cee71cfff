"""The command line as a user meets it: files, exit codes, one clear line on failure."""

import io
import subprocess
import sys

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry
from sigdeconv.cli import main
from sigdeconv.io import Meta


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def stack(tmp_path, rng):
    """A stack of counts of 16 bits, with a pixel size."""
    path = tmp_path / "stack.tif"
    obs = sd.simulate(sd.datasets.beads((16, 24, 26)), sd.psf.gaussian(1.0, ndim=3))
    y = 3000 + 30000 * obs.y / obs.y.max()
    meta = Meta(kind="imagej", axes="ZYX", spacing=(0.3, 0.2, 0.2), units="um")
    sd.io.write(path, y, meta, dtype="uint16")
    return path


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "in.tif"
    sd.io.save(path, (20000 + 20000 * sd.datasets.camera()[100:140, 200:244]).astype(np.uint16))
    return path


def restore(path, out, *flags, psf="gaussian:1"):
    command = ["restore", str(path), "--psf", psf, "-o", str(out), "--overwrite"]
    return main([*command, *flags])


# -- demo and compare ------------------------------------------------------------------------------


@pytest.mark.slow
def test_demo_prints_table_and_writes_figure(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "new" / "folder"), "--report"]) == 0
    out, err = capsys.readouterr()
    assert "512 x 512" in out and "window of 496 x 496" in out and err == ""
    assert "does not restore the values" in out and "comparison.png" in out
    names = ["adjoint", "scaled_adjoint", "inverse_filter", "wiener", "richardson_lucy", "tikhonov"]
    lines = (tmp_path / "new" / "folder" / "comparison.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == ["method", "data", *names]
    figure = sd.io.load(tmp_path / "new" / "folder" / "comparison.png")
    assert min(figure.shape[:2]) > 600 and figure.std() > 20
    report = (tmp_path / "new" / "folder" / "report.html").read_text(encoding="utf-8")
    assert "report.html" in out and "camera photograph" in report and len(report) < 5_000_000


@pytest.mark.slow
def test_compare_writes_restored_files(tmp_path, image, capsys):
    command = ["compare", str(image), "--psf", "box:3", "--noise", "0.01", "--out", str(tmp_path)]
    assert main([*command, "--methods", "adjoint,wiener"]) == 0
    obs = sd.simulate(sd.io.load(image), sd.psf.box(3), noise=0.01, rng=0)
    wiener = sd.deconvolve(obs, method="wiener").x
    for name, expected in {"data": obs.y, "wiener": wiener}.items():
        saved = sd.io.load(tmp_path / f"{name}.tif")
        assert saved.dtype == np.float32
        np.testing.assert_allclose(saved, expected, rtol=1e-6)
    assert (tmp_path / "comparison.md").read_text().startswith("| method")
    assert (tmp_path / "comparison.png").stat().st_size > 10_000
    assert f"wrote {tmp_path / 'adjoint.tif'}" in capsys.readouterr().out


@pytest.mark.slow
def test_compare_takes_methods_in_both_forms_and_a_seed(tmp_path, image, capsys):
    texts = []
    for k, (seed, names) in enumerate(
        [("0", ["adjoint,wiener"]), ("0", ["adjoint", "wiener"]), ("1", ["adjoint", "wiener"])]
    ):
        command = ["compare", str(image), "--psf", "box:3", "--noise", "0.05", "--rng", seed]
        out = tmp_path / str(k)
        assert main([*command, "--out", str(out), "--methods", *names]) == 0
        texts.append(sd.io.load(out / "wiener.tif"))
    np.testing.assert_array_equal(texts[0], texts[1])
    assert not np.array_equal(texts[0], texts[2])


@pytest.mark.slow
def test_compare_takes_an_image_as_data(tmp_path, image, capsys):
    command = ["compare", str(image), "--psf", "box:3", "--blurred", "--out", str(tmp_path)]
    assert main([*command, "--methods", "wiener"]) == 0
    assert "No truth is known" in capsys.readouterr().out
    assert sd.io.load(tmp_path / "wiener.tif").shape == (40, 44)


@pytest.mark.slow
def test_compare_says_that_it_takes_the_luminance(tmp_path, capsys):
    path = tmp_path / "c.png"
    scene = (255 * sd.datasets.cat(colour=True)[100:140, 200:240]).astype(np.uint8)
    sd.io.save(path, scene)
    command = ["compare", str(path), "--psf", "box:3", "--methods", "adjoint"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    assert "luminance" in capsys.readouterr().err
    grey = scene @ [0.2125, 0.7154, 0.0721]
    expected = sd.simulate(grey, sd.psf.box(3)).y
    np.testing.assert_allclose(sd.io.load(tmp_path / "data.tif"), expected, rtol=1e-6)


@pytest.mark.slow
def test_compare_of_a_spectrum_keeps_its_abscissa(tmp_path):
    path = tmp_path / "s.csv"
    nm = np.linspace(400, 700, 200)
    y = sd.datasets.spectrum(200)
    sd.io.write(path, y, Meta(x=nm, columns=("nm", "counts")))
    command = ["compare", str(path), "--psf", "gaussian:2", "--methods", "wiener"]
    look = ["--format", "svg", "--width", "column", "--title", "Lines"]
    assert main([*command, *look, "--out", str(tmp_path / "out")]) == 0
    drawn = (tmp_path / "out" / "comparison.svg").read_text(encoding="utf-8")
    assert "x (nm)" in drawn and "Lines" in drawn and f'width="{85 / 25.4 * 72:.5}' in drawn
    x, meta = sd.io.read(tmp_path / "out" / "wiener.csv")
    lost = (200 - x.size) // 2
    assert lost > 0 and meta.columns == ("nm", "counts")
    np.testing.assert_allclose(meta.x, nm[lost:-lost])
    assert np.corrcoef(x, y[lost:-lost])[0, 1] > 0.99


@pytest.mark.slow
def test_compare_of_a_sound_can_be_listened_to(tmp_path, capsys):
    y = (9000 * np.sin(0.2 * np.arange(500)) + 1).astype(np.int16)
    sd.io.write(tmp_path / "s.wav", y, Meta(rate=8000))
    command = ["compare", str(tmp_path / "s.wav"), "--psf", "gaussian:2", "--noise", "0.01"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert "richardson_lucy is left out" in err and "richardson_lucy" not in out
    x, meta = sd.io.read(tmp_path / "out" / "wiener.wav")
    assert meta.rate == 8000 and x.dtype == np.int16


# -- restore ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["wiener", "richardson_lucy", "tikhonov"])
def test_restore_keeps_the_type_of_a_stack(tmp_path, stack, method, capsys):
    out = tmp_path / "out.tif"
    assert restore(stack, out, "--method", method, "--num-iter", "5", "--clip") == 0
    x, meta = sd.io.read(out)
    assert x.dtype == np.uint16 and meta == sd.io.read(stack)[1]
    call = getattr(sd, method)
    expected = call(sd.io.load(stack), sd.psf.gaussian(1.0, ndim=3), num_iter=5)
    np.testing.assert_array_equal(x, np.rint(np.clip(expected, 0, 65535)))
    assert capsys.readouterr() == ("", "")  # silent in a pipe


def test_restore_reads_the_voxel_of_a_stack(tmp_path, stack, capsys):
    """The slices of `stack` are 0.3 um apart, its pixels 0.2: a method that asks is told."""
    flags = ["--method", "tv", "--weight", "50", "--num-iter", "4", "--dtype", "float32"]
    assert restore(stack, tmp_path / "told.tif", *flags) == 0
    assert "0.3 x 0.2 x 0.2 um" in capsys.readouterr().err
    assert restore(stack, tmp_path / "given.tif", *flags, "--spacing", "3,2,2") == 0
    assert restore(stack, tmp_path / "equal.tif", *flags, "--spacing", "1,1,1") == 0
    assert "um apart" not in capsys.readouterr().err
    told, given, equal = (sd.io.load(tmp_path / f"{n}.tif") for n in ("told", "given", "equal"))
    np.testing.assert_allclose(told, given, rtol=1e-5)
    assert np.abs(told - equal).max() > 1


def test_restore_into_another_format_keeps_the_values(tmp_path, image):
    expected = sd.wiener(sd.io.load(image), sd.psf.gaussian(1.0), nsr=0.5)
    for name, dtype in (("x.npy", np.float64), ("x.npz", np.float64), ("x.csv", np.float64)):
        assert restore(image, tmp_path / name, "--nsr", "0.5") == 0
        x = sd.io.load(tmp_path / name)
        assert x.dtype == dtype
        np.testing.assert_allclose(x, expected)
    assert restore(image, tmp_path / "x.tif", "--nsr", "0.5", "--dtype", "float32") == 0
    x = sd.io.load(tmp_path / "x.tif")
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, expected, rtol=1e-6)


def test_restore_of_a_grey_png(tmp_path):
    scene = sd.datasets.coins()[:40, :50]
    y = (255 * sd.simulate(scene, sd.psf.gaussian(1.0), noise=0.01, rng=0).y).astype(np.uint8)
    sd.io.save(tmp_path / "in.png", y)
    assert restore(tmp_path / "in.png", tmp_path / "out.png", "--clip") == 0
    x = sd.io.load(tmp_path / "out.png")
    expected = np.clip(np.rint(sd.wiener(y, sd.psf.gaussian(1.0))), 0, 255)
    np.testing.assert_array_equal(x, expected.astype(np.uint8))


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")
def test_restore_of_colours_leaves_the_opacity(tmp_path, rng, capsys):
    y = rng.integers(0, 256, (20, 21, 4)).astype(np.uint8)
    sd.io.save(tmp_path / "in.png", y)
    assert restore(tmp_path / "in.png", tmp_path / "out.png", "--clip", psf="box:3") == 0
    err = capsys.readouterr().err
    assert "3 colour channels" in err and "opacity" in err and err.count("\n") == 1
    x = sd.io.load(tmp_path / "out.png")
    np.testing.assert_array_equal(x[..., 3], y[..., 3])
    green = np.clip(np.rint(sd.wiener(y[..., 1], sd.psf.box(3))), 0, 255)
    np.testing.assert_array_equal(x[..., 1], green.astype(np.uint8))


def test_restore_of_a_stereo_wav(tmp_path, rng, capsys):
    y = (8000 * np.sin(np.arange(400)[:, None] * [0.1, 0.2])).astype(np.int16)
    sd.io.write(tmp_path / "in.wav", y, Meta(rate=8000))
    assert restore(tmp_path / "in.wav", tmp_path / "out.wav", psf="gaussian:1.5") == 0
    x, meta = sd.io.read(tmp_path / "out.wav")
    assert x.dtype == np.int16 and meta.rate == 8000 and x.shape == (400, 2)
    assert "2 channels of sound" in capsys.readouterr().err
    left = sd.wiener(y[:, 0], sd.psf.gaussian(1.5, ndim=1))
    np.testing.assert_array_equal(x[:, 0], np.rint(left))


def test_restore_of_a_spectrum(tmp_path):
    nm = np.linspace(400, 700, 120)
    y = sd.datasets.spectrum(120)
    sd.io.write(tmp_path / "in.csv", y, Meta(x=nm, columns=("nm", "counts")))
    flags = ["--method", "richardson_lucy", "--num-iter", "7", "--background", "0.5"]
    assert restore(tmp_path / "in.csv", tmp_path / "out.csv", *flags, psf="lorentzian:2") == 0
    x, meta = sd.io.read(tmp_path / "out.csv")
    np.testing.assert_array_equal(meta.x, nm)
    assert meta.columns == ("nm", "counts")
    psf = sd.psf.lorentzian(2)
    np.testing.assert_allclose(x, sd.richardson_lucy(y, psf, num_iter=7, background=0.5))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")
def test_restore_takes_arrays_for_parameters_mask_and_kernel(tmp_path, image, capsys):
    y = sd.io.load(image)
    psf = sd.psf.gaussian(1.0)
    sd.io.save(tmp_path / "psf.npy", 500 * psf)
    sd.io.save(tmp_path / "start.npy", y + 1.0)
    mask = np.full(y.shape, 255, dtype=np.uint8)
    mask[5, 6] = 0
    sd.io.save(tmp_path / "mask.png", mask)
    flags = ["--method", "landweber", "--num-iter", "3", "--start", str(tmp_path / "start.npy")]
    flags += ["--mask", str(tmp_path / "mask.png"), "--nonnegative", "--boundary", "reflect"]
    out = tmp_path / "x.npy"
    assert restore(image, out, *flags, "--workers", "1", psf=str(tmp_path / "psf.npy")) == 0
    assert "divided by its sum, 500" in capsys.readouterr().err
    options = {"num_iter": 3, "start": y + 1.0, "mask": (mask > 0) * 1.0, "nonnegative": True}
    expected = sd.landweber(y, psf, boundary="reflect", **options)
    np.testing.assert_allclose(sd.io.load(out), expected)
    flags = ["--psf-sum", "keep", "--nsr", "0.1"]
    assert restore(image, out, *flags, psf=str(tmp_path / "psf.npy")) == 0
    np.testing.assert_allclose(sd.io.load(out), sd.wiener(y, 500 * psf, nsr=0.1))


def test_restore_takes_the_centre_of_the_kernel(tmp_path, image):
    kernel = np.zeros((5, 5))
    kernel[1, 3] = 1.0
    sd.io.save(tmp_path / "psf.npy", kernel)
    found = []
    for centre in ("1,3", "peak"):
        flags = ["--centre", centre, "--method", "adjoint", "--boundary", "periodic"]
        assert restore(image, tmp_path / "x.npy", *flags, psf=str(tmp_path / "psf.npy")) == 0
        found.append(sd.io.load(tmp_path / "x.npy"))
    for x in found:  # a point at its centre changes nothing
        np.testing.assert_allclose(x, sd.io.load(image), rtol=1e-12)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_only_on_a_terminal_and_for_iterations(tmp_path, image, monkeypatch):
    out = tmp_path / "x.npy"
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert restore(image, out) == 0
    assert screen.getvalue() == ""
    assert restore(image, out, "--method", "richardson_lucy", "--num-iter", "4") == 0
    bar = f"\r[{'#' * 30}] 100 %, iteration 4 of 4, 0 s left"
    assert bar in screen.getvalue() and screen.getvalue().endswith("\n")
    colours = tmp_path / "c.png"
    sd.io.save(colours, np.full((12, 12, 3), 100, dtype=np.uint8))
    assert restore(colours, out, "--method", "cgls", "--num-iter", "2", "--boundary", "zero") == 0
    assert "100 %, iteration 2 of 2, channel 3 of 3, 0 s left" in screen.getvalue()


# -- methods, psf, claims, help --------------------------------------------------------------------


def test_methods_lists_and_explains(capsys):
    assert main(["methods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["method", "kind", "runs", "summary"]
    assert {line.split()[0] for line in lines[2:]} == set(sd.methods())
    assert any(line.split()[:3] == ["richardson_lucy", "inverse", "iterations,"] for line in lines)
    assert main(["methods", "richardson_lucy"]) == 0
    out = capsys.readouterr().out
    assert (
        "iterations, as the data ask" in out and "background : float" in out and "References" in out
    )


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["png", "npy", "tif"])
def test_psf_draws_or_saves(tmp_path, suffix, capsys):
    out = tmp_path / f"k.{suffix}"
    assert main(["psf", "gaussian:2.5", "-o", str(out)]) == 0
    text = capsys.readouterr().out
    assert "shape 21 x 21, sum 1," in text and text.endswith(f"wrote {out}\n")
    width = float(text.partition("FWHM ")[2].split()[0])
    assert width == pytest.approx(2.5 * 2.3548, rel=0.02)
    values = sd.io.load(out)
    if suffix == "png":
        assert values.shape[1] > 500
    else:
        np.testing.assert_allclose(values, sd.psf.gaussian(2.5))


def test_psf_of_one_axis_and_of_a_file(tmp_path, capsys):
    assert main(["psf", "box:5:ndim=1"]) == 0
    assert "shape 5 samples" in (out := capsys.readouterr().out) and "FWHM 5 samples" in out
    sd.io.save(tmp_path / "k.npy", np.array([0.0, -2.0, 0.0]))
    assert main(["psf", str(tmp_path / "k.npy")]) == 0
    assert "sum -2" in capsys.readouterr().out


def test_claims(capsys):
    assert main(["claims", "26"]) == 0
    assert "holds" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["demo", "compare", "restore", "methods", "psf", "claims"])
def test_help_reads_well(name, capsys):
    assert main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert f"examples:\n  sigdeconv {name}" in out
    assert max(map(len, out.splitlines())) <= 100


def test_help_of_restore_explains_the_flags_of_every_method(capsys):
    for name in sd.methods():
        assert main(["restore", "--method", name, "--help"]) == 0
        out = capsys.readouterr().out
        parameters = set(registry.get(name).parameters) - {"views"}  # a list of pairs is no flag
        for own in parameters:
            assert f"--{own.replace('_', '-')}" in out
        assert (f"parameters of {name}:" in out) == bool(parameters - {"num_iter", "tol"})


@pytest.mark.slow
def test_version_and_module(tmp_path):
    command = [sys.executable, "-m", "sigdeconv", "--version"]
    root = str(next(iter(sd.__path__))).removesuffix("sigdeconv")
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout == f"sigdeconv {sd.__version__}\n"


def test_a_contact_sheet_to_look_at(tmp_path, capsys):
    y = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.disk(3.0), noise=0.005, rng=0).y
    sd.io.save(tmp_path / "y.npy", y)
    out = tmp_path / "sheet.svg"
    command = ["psf", str(tmp_path / "y.npy"), "--try", "disk:2..4", "-o", str(out)]
    assert main(command) == 0
    assert "3 kernels" in capsys.readouterr().out
    drawn = out.read_text()
    assert all(f"disk:{k}" in drawn for k in (2, 3, 4))
    assert main([*command[:3], "disk:3", *command[4:], "--overwrite"]) == 2
    assert "must have one range" in capsys.readouterr().err
