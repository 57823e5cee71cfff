"""Mistakes on the command line: the exit code, one clear line, nothing left behind."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.cli import main

BOX = ["--psf", "box:3"]
RESTORE = ["restore", "camera", *BOX, "-o", "x.tif"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], "COMMAND"),
        (["restor"], "restor"),
        (["restore", "camera", "--psf", "nose:3", "-o", "x.tif"], "--psf nose:3"),
        (["restore", "spectrum", "--psf", "disk:3:ndim=2x", "-o", "x.npy"], "--psf disk:3"),
        (["restore", "spectrum", "--psf", "airy:3", "-o", "x.npy"], "2 axes; the data have 1"),
        (["restore", "camera", "-o", "x.tif"], "--psf"),
        ([*RESTORE, "--method", "winer"], "--method: method must be one of the registered names"),
        ([*RESTORE, "--boundary", "mirrored"], "--boundary"),
        (
            [*RESTORE, "--step", "1"],
            "--step 1 (wiener takes --nsr, --noise, --noise-spectrum, --signal-spectrum, --weight)",
        ),
        ([*RESTORE, "--nsr", "loud"], "--nsr"),
        ([*RESTORE, "--num-iter", "-3"], "--num-iter: must be a whole number from 0"),
        ([*RESTORE, "--num-iter", "3", "--method", "inverse_filter"], "--num-iter does not apply"),
        ([*RESTORE, "--centre", "left"], "--centre: must be indices"),
        ([*RESTORE, "--dtype", "float99"], "--dtype: must be a type"),
        (["restore", "camera", *BOX, "-o", "x.gif"], "--out x.gif: the suffix must be one of"),
        (["compare", "camera", *BOX, "--noise", "loud"], "--noise"),
        (["compare", "camera", *BOX, "--methods", "wiener,magic"], "--methods: method must"),
        (["compare", "camera", *BOX, "--blurred", "--noise", "1"], "--noise does not go with"),
        (["psf", "nose:3"], "MODEL nose:3: must start with a psf model"),
        (["psf", "box:3", "-o", "k.jpg"], "--out k.jpg"),
        (["claims", "99"], "1 to 35"),
        (["methods", "magic"], "magic"),
    ],
)
def test_bad_use(command, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    out, err = capsys.readouterr()
    assert words in err and "Traceback" not in err and out == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")  # a sharp photograph
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["restore", "none.tif", *BOX, "-o", "x.tif"], "no such file: none.tif"),
        (["restore", "camrea", *BOX, "-o", "x.tif"], "there is no file 'camrea'"),
        (["restore", "bad.png", *BOX, "-o", "x.tif"], "bad.png cannot be read"),
        (["restore", "camera", "--psf", "none.tif", "-o", "x.tif"], "no such file: none.tif"),
        (["restore", "camera", "--psf", "zero.npy", "-o", "x.tif"], "--psf zero.npy sums to 0"),
        (["restore", "camera", *BOX, "-o", "no/x.tif"], "--out no/x.tif: there is no folder"),
        ([*RESTORE, "--nsr", "-1"], "nsr must be a finite number"),
        ([*RESTORE, "--mask", "zero.npy"], "mask"),
        (["restore", "spectrum", "--psf", "zero.npy", "-o", "x.npy"], "has 2 axes; the data have"),
        (["compare", "camera", *BOX, "--out", "bad.png"], "bad.png"),
    ],
)
def test_failure_is_one_clear_line(command, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    sd.io.save("zero.npy", np.zeros((3, 3)))
    assert main(command) == 1
    err = capsys.readouterr().err
    assert words in err and err.startswith("sigdeconv: ") and err.count("\n") == 1
    assert not list(tmp_path.glob("x.*"))


def test_debug_shows_the_traceback(monkeypatch, capsys):
    monkeypatch.setenv("SIGDECONV_DEBUG", "1")
    assert main(["restore", "none.tif", *BOX, "-o", "x.tif"]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err and err.splitlines()[-1].startswith("sigdeconv: no such file")


def test_interrupt(monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sigdeconv.io.read", stop)
    assert main(["restore", "a.tif", *BOX, "-o", "x.tif"]) == 130
    assert "Traceback" not in capsys.readouterr().err
