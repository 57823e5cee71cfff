"""The command line as a user meets it: files, exit codes, one clear line on failure."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.cli import main


@pytest.fixture
def image(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "in.tif"
    sd.io.save(path, (1000 * rng.random((40, 44))).astype(np.uint16))
    return path


def test_demo_prints_table_and_writes_figure(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "richardson_lucy" in out and "does not restore the values" in out
    assert (tmp_path / "comparison.png").stat().st_size > 50_000
    assert (tmp_path / "comparison.csv").read_text().startswith("method,")


def test_compare_writes_restored_files(tmp_path, image, capsys):
    command = ["compare", str(image), "--psf", "box:3", "--noise", "0.01", "--out", str(tmp_path)]
    assert main([*command, "--methods", "adjoint,wiener"]) == 0
    assert sd.io.load(tmp_path / "wiener.tif").shape == (38, 42)
    assert "wrote" in capsys.readouterr().out


def test_compare_takes_an_image_as_data(tmp_path, image, capsys):
    command = ["compare", str(image), "--psf", "box:3", "--blurred", "--out", str(tmp_path)]
    assert main([*command, "--methods", "wiener"]) == 0
    assert "No truth is known" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["wiener", "richardson_lucy", "tikhonov"])
def test_restore_keeps_integers(tmp_path, image, method, capsys):
    out = tmp_path / "out.tif"
    command = ["restore", str(image), "--psf", "gaussian:1", "--method", method, "-o", str(out)]
    assert main([*command, "--clip"]) == 0
    assert sd.io.load(out).dtype == np.uint16
    assert capsys.readouterr().err == ""


def test_restore_takes_flags_from_the_signature(tmp_path, image):
    out = tmp_path / "out.npy"
    command = ["restore", str(image), "--psf", "gaussian:1", "-o", str(out), "--nsr", "0.5"]
    assert main(command) == 0
    y = sd.io.load(image)
    expected = sd.wiener(y, sd.psf.gaussian(1.0), nsr=0.5)
    assert np.max(np.abs(sd.io.load(out) - expected)) <= 0.5  # the integer type of the input


def test_restore_colours_and_traces(tmp_path, capsys):
    rng = np.random.default_rng(1)
    sd.io.save(tmp_path / "c.png", (255 * rng.random((20, 21, 3))).astype(np.uint8))
    command = ["restore", str(tmp_path / "c.png"), "--psf", "box:3", "--clip"]
    assert main([*command, "-o", str(tmp_path / "d.png")]) == 0
    assert "3 colour channels" in capsys.readouterr().err
    sd.io.save(tmp_path / "t.csv", np.sin(np.arange(60.0)))
    command = ["restore", str(tmp_path / "t.csv"), "--psf", "gaussian:1.5"]
    assert main([*command, "-o", str(tmp_path / "u.csv")]) == 0
    assert sd.io.load(tmp_path / "u.csv").shape == (60,)


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["restore", "none.tif", "--psf", "box:3", "-o", "x.tif"], 1, "none.tif"),
        (["restore", "camera", "--psf", "nose:3", "-o", "x.tif"], 2, "--psf nose:3"),
        (["restore", "camera", "--psf", "box:3", "--method", "winer", "-o", "x.tif"], 2, "wiener"),
        (["restore", "camera", "--psf", "box:3", "--boundary", "x", "-o", "y"], 2, "--boundary"),
        (["restore", "camera", "--psf", "box:3", "--step", "1", "-o", "y.tif"], 2, "--step"),
        (["compare", "camera", "--psf", "box:3", "--noise", "loud"], 2, "--noise"),
        (["claims", "99"], 2, "1 to 35"),
        (["methods", "magic"], 2, "magic"),
        ([], 2, "COMMAND"),
    ],
)
def test_failures_are_one_clear_line(command, code, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) == code
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_methods_psf_and_claims(tmp_path, capsys):
    assert main(["methods"]) == 0
    assert main(["methods", "wiener"]) == 0
    assert main(["psf", "disk:3", "-o", str(tmp_path / "k.png")]) == 0
    assert main(["claims", "26"]) == 0
    out = capsys.readouterr().out
    assert "landweber" in out and "nsr" in out and "sum 1" in out and "holds" in out
    assert (tmp_path / "k.png").stat().st_size > 5000


def test_debug_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("SIGDECONV_DEBUG", "1")
    with pytest.raises(ValueError, match=r"none\.tif"):
        main(["restore", "none.tif", "--psf", "box:3", "-o", "x.tif"])
