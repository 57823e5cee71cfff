"""What is said before a long run and while it lasts."""

import io
import sys

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.cli import _progress, main
from sigdeconv.cli._progress import Progress
from sigdeconv.tiles.expected import Expected, expected, in_words, told


def test_a_trial_on_parts_tells_the_memory_of_the_whole():
    seen = []

    def restore(y, psf, mask):
        seen.append((y.shape, psf.shape, None if mask is None else mask.shape))
        return np.ones(20 * y.size)  # doubles: 160 bytes a sample

    y = np.zeros((3, 500, 600), np.uint16)
    found = expected(restore, y, np.ones((3, 5, 5)), (0,), np.ones(y.shape))
    assert found is not None and all(shape[0] == 1 for shapes in seen for shape in shapes)
    assert max(np.prod(shapes[0]) for shapes in seen) < 0.15 * 500 * 600
    assert found.memory == pytest.approx(160 * 500 * 600 + 8 * y.size, rel=0.2)
    assert expected(restore, np.zeros((100, 100)), np.ones((3, 3)), (), None) is None
    assert (
        expected(restore, np.zeros((600, 600)), np.ones((3, 3)), (), None, iterates=False) is None
    )

    def fails(y, psf, mask):
        raise ValueError

    assert expected(fails, y, np.ones((5, 5)), (0,), None) is None
    assert told(None) == told(Expected(1.0, 1e6)) == ""
    assert told(Expected(100.0, 2**29)) == "about 1 min 40 s and 0.5 GiB of memory"
    assert [in_words(s) for s in (7.2, 3700, 1500)] == ["7 s", "1 h 1 min", "25 min"]


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(_progress.threading.Thread, "start", lambda self: None)
    monkeypatch.setattr(_progress.threading.Thread, "join", lambda self: None)
    return now


def test_sparse_lines_in_a_pipe_say_how_far_it_is(clock, capsys):
    with Progress(None, 1, "x.tif", 200.0) as bar:
        for second in range(300):
            clock[0] = float(second)
            if second >= 60:  # before that a method looks for its strength
                bar(second - 59, None)
            else:
                bar.tick()
    lines = capsys.readouterr().err.splitlines()
    assert 8 <= len(lines) <= 11 and all(line.startswith("sigdeconv: x.tif: ") for line in lines)
    assert "about 6 %, 3 min" in lines[0] and "left" in lines[0]
    assert "iteration" in lines[3] and "more than 95 %" in lines[-1]


def test_a_known_number_of_iterations_is_how_far_it_is(clock, capsys):
    with Progress(100, 2, "x.tif") as bar:
        for k in range(200):
            clock[0] = float(k)
            bar(k % 100 + 1, None)
    lines = capsys.readouterr().err.splitlines()
    assert "iteration 12 of 100, channel 1 of 2" in lines[0] and "6 %" in lines[0]
    assert "channel 2 of 2" in lines[-1]


def test_a_terminal_gets_one_line_drawn_anew(clock, monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress(10, 1, "x.tif") as bar:
        for k in range(10):
            clock[0] += 1
            bar(k + 1, None)
    assert screen.getvalue().count("\n") == 1 and "100 %" in screen.getvalue()


@pytest.mark.slow
def test_compare_and_tune_say_how_far_they_are(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_progress, "PACE", _progress.Pace(first=-1.0, line=-1.0))
    scene = sd.datasets.coins()[:40, :44]
    sd.io.save("y.npy", scene)
    flags = ["--psf", "box:3", "--methods", "wiener,richardson_lucy", "--out", "cmp"]
    assert main(["compare", "y.npy", *flags]) == 0
    assert " s so far, richardson_lucy, iteration 1" in capsys.readouterr().err
    monkeypatch.setattr(_progress, "PACE", _progress.Pace(first=-1.0, line=-1.0, beat=1e-3))
    assert main(["tune", "y.npy", "--psf", "box:3"]) == 0
    assert " s so far" in capsys.readouterr().err
