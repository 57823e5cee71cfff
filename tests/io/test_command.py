"""The command line believes files, never overwrites, and remembers."""

import json
import pathlib

import numpy as np
import pytest
import tifffile

import sigdeconv as sd
from sigdeconv import io
from sigdeconv.cli import main
from sigdeconv.io import Meta

PSF = sd.psf.gaussian((1.0, 1.0, 1.0))
Y = np.random.default_rng(0).poisson(300, (6, 20, 22)).astype(np.uint16)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def restore(*words):
    return main(["restore", *words, "--nsr", "0.1", "--dtype", "float32"])


def imagej(name, values, axes, **more):
    tifffile.imwrite(name, values, imagej=True, metadata={"axes": axes} | more, resolution=(10, 10))


@pytest.mark.parametrize(
    "axes",
    ["TYX", "ZCYX", *(pytest.param(a, marks=pytest.mark.slow) for a in ("CYX", "TZYX", "TZCYX"))],
)
def test_a_kernel_acts_in_space_alone(axes):
    shape = {"T": 2, "C": 3, "Z": 6}
    apart = [a for a in axes if a in "TC"]
    psf = PSF if "Z" in axes else sd.psf.gaussian(1.0)
    one = Y if "Z" in axes else Y[0]
    y = np.stack([(k + 1) * one for k in range(int(np.prod([shape[a] for a in apart])))])
    y = y.reshape(*[shape[a] for a in apart], *one.shape).astype(np.uint16)
    names = "".join(apart) + ("ZYX" if "Z" in axes else "YX")
    y = np.transpose(y, [names.index(a) for a in axes])
    imagej("y.tif", y, axes)
    assert restore("y.tif", "--psf", "gaussian:1", "-o", "x.tif") == 0
    x, meta = io.read("x.tif")
    assert meta.axes == axes and x.shape == y.shape
    channel = tuple(k for k, a in enumerate(axes) if a in "TC")
    last = tuple(-1 if k in channel else slice(None) for k in range(y.ndim))
    np.testing.assert_allclose(x[last], sd.wiener(y[last], psf, nsr=0.1), rtol=1e-4)
    again = sd.deconvolve(y, psf, method="wiener", nsr=0.1, channel_axis=channel).x
    np.testing.assert_allclose(x, again, rtol=1e-4)


def test_a_header_that_is_wrong_is_overruled(capsys):
    imagej("y.tif", Y, "CYX")
    io.save("psf.tif", PSF)
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif") == 1
    assert "--channel-axis none or --axes ZYX overrules the file" in capsys.readouterr().err
    expected = sd.wiener(Y, PSF, nsr=0.1)
    for k, flags in enumerate((["--channel-axis", "none"], ["--axes", "ZYX"])):
        assert restore("y.tif", "--psf", "psf.tif", "-o", f"x{k}.tif", *flags) == 0
        np.testing.assert_allclose(io.load(f"x{k}.tif"), expected, rtol=1e-5)
    assert io.read("x1.tif")[1].axes == "ZYX"
    assert restore("y.tif", "--psf", "psf.tif", "--axes", "YX") == 2


def test_a_kernel_for_each_channel(capsys):
    kernels = np.stack([sd.psf.gaussian(s, shape=(11, 11)) for s in (1.0, 1.4)])
    y = np.stack([Y[0], Y[1]])
    imagej("y.tif", y, "CYX")
    imagej("psf.tif", (1000 * kernels).astype(np.float32), "CYX")
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif") == 0
    x = io.load("x.tif")
    for c in range(2):
        np.testing.assert_allclose(x[c], sd.wiener(y[c], kernels[c], nsr=0.1), rtol=1e-4)


def test_the_kernel_comes_to_the_grid_of_the_data(capsys):
    imagej("y.tif", Y, "ZYX", spacing=0.2, unit="um")
    fine = sd.psf.gaussian((2.0, 1.0, 1.0)).astype(np.float32)
    imagej("psf.tif", fine, "ZYX", spacing=100.0, unit="nm")  # its pixels are 0.1 nm
    assert restore("y.tif", "--psf", "psf.tif", "-o", "a.tif", "--psf-step", "0.5,1,1") == 0
    assert "resampled" not in capsys.readouterr().err
    psf = Meta(axes="ZYX", spacing=(100.0, 100.0, 0.1), units=("nm", "nm", "um"), kind="ome")
    io.write("psf.ome.tif", fine, psf)
    assert restore("y.tif", "--psf", "psf.ome.tif", "-o", "b.tif") == 0
    err = capsys.readouterr().err
    assert "psf.ome.tif has its samples 100 nm x 100 nm x 0.1 um apart, y.tif 0.2 x 0.1 x" in err
    assert "as --psf-step 0.5,1,1 does; --psf-step 1 keeps its samples" in err
    np.testing.assert_array_equal(io.load("a.tif"), io.load("b.tif"))
    io.write("none.tif", fine, Meta(axes="ZYX", spacing=(0.1, 0.1, 0.1)))
    assert restore("y.tif", "--psf", "none.tif", "-o", "c.tif") == 2
    assert "cannot be compared: --psf-step X" in capsys.readouterr().err
    io.write("plain.tif", fine, Meta(axes="ZYX"))
    assert restore("y.tif", "--psf", "plain.tif", "-o", "c.tif") == 0
    assert "does not say how far apart its samples are" in capsys.readouterr().err


def error(name, truth):
    x = io.load(name)
    edge = tuple(slice((n - m) // 2, n - (n - m) // 2) for n, m in zip(truth.shape, x.shape,
                                                                       strict=True))  # fmt: skip
    return sd.metrics.nrmse(truth[edge], x)


@pytest.mark.parametrize("method", ["wiener", "richardson_lucy"])
def test_a_line_shape_four_times_finer_is_as_good(method, capsys):
    nm = np.linspace(400, 440, 401)
    lines = 1 + 30.0 * np.isin(np.arange(441), [60, 150, 162, 171, 300, 380])
    obs = sd.simulate(lines, sd.psf.gaussian(4.0, ndim=1, shape=41), noise=0.02, rng=0)
    io.write("y.csv", obs.y, Meta(axes="X", x=nm, columns=("nm", "I")))
    for name, step, n in (("right", 0.1, 41), ("fine", 0.025, 161)):
        x = (np.arange(n) - n // 2) * step
        io.write(f"{name}.csv", np.exp(-0.5 * (x / 0.4) ** 2), Meta(x=x, columns=("nm", "I")))
        command = ["--psf", f"{name}.csv", "--method", method, "-o", f"x_{name}.csv"]
        assert main(["restore", "y.csv", *command]) == 0
    assert "as --psf-step 0.25 does" in capsys.readouterr().err
    right, fine = (error(f"x_{name}.csv", lines) for name in ("right", "fine"))
    assert fine == pytest.approx(right, rel=0.01) and right < 0.95 * error("y.csv", lines)


def test_beads_of_half_the_step_are_as_good(capsys):
    rng = np.random.default_rng(0)
    scene = np.zeros((20, 40, 40))
    scene[tuple(rng.integers(0, n, 40) for n in scene.shape)] = 1e5
    right = sd.psf.gaussian((1.5, 1.2, 1.2), shape=(13, 11, 11))
    y = rng.poisson(np.maximum(sd.simulate(scene, right, noise=None).y, 0) + 20).astype(np.uint16)
    imagej("y.tif", y, "ZYX", spacing=0.3, unit="um")
    fine = sd.psf.gaussian((3.0, 1.2, 1.2), shape=(25, 11, 11))
    for name, psf, step in (("right", right, 0.3), ("fine", fine, 0.15)):
        imagej(f"{name}.tif", psf.astype("f4"), "ZYX", spacing=step, unit="um")
        command = ["--psf", f"{name}.tif", "--method", "richardson_lucy", "--num-iter", "30",
                   "--background", "20", "--dtype", "float32", "-o", f"x_{name}.tif"]  # fmt: skip
        assert main(["restore", "y.tif", *command]) == 0
    assert "as --psf-step 0.5,1,1 does" in capsys.readouterr().err
    right, fine = (error(f"x_{name}.tif", scene) for name in ("right", "fine"))
    assert fine == pytest.approx(right, rel=0.01) and right < 0.95 * error("y.tif", scene)


def test_psf_shows_what_restore_uses(capsys):
    imagej("y.tif", Y, "ZYX", spacing=0.2, unit="um")
    imagej("psf.tif", sd.psf.gaussian((2.0, 1.0, 1.0)).astype("f4"), "ZYX", spacing=0.1, unit="um")
    assert main(["psf", "psf.tif", "--data", "y.tif", "-o", "k.tif"]) == 0
    meta = io.read("k.tif")[1]
    assert "sum 1," in capsys.readouterr().out and meta.voxel == (0.2, 0.1, 0.1)
    assert restore("y.tif", "--psf", "psf.tif", "-o", "a.tif") == 0
    assert restore("y.tif", "--psf", "k.tif", "-o", "b.tif") == 0
    np.testing.assert_allclose(io.load("a.tif"), io.load("b.tif"), rtol=1e-5)


def test_a_kernel_with_a_direction_acts_on_the_picture_as_it_is_seen(capsys):
    from PIL import Image

    scene = sd.datasets.camera()[180:280, 200:290]
    obs = sd.simulate(scene, sd.psf.motion(11, 25), noise=0.005, rng=0)
    held = Image.Exif()
    held[0x0112] = 6  # a phone held upright
    stored = np.rot90((255 * np.clip(obs.y, 0, 1)).astype(np.uint8), 1)
    Image.fromarray(stored).save("y.jpg", exif=held, quality=98)
    command = ["--psf", "motion:11,25", "--method", "tikhonov", "-o", "x.png"]
    assert main(["restore", "y.jpg", *command]) == 0
    off = sd.metrics.nrmse(obs.truth_window, io.load("x.png") / 255)
    assert off < 0.6 * sd.metrics.nrmse(obs.truth_window, obs.y)


@pytest.mark.slow
def test_frames_channels_and_voxels_outlive_the_work(capsys):
    imagej("film.tif", Y, "TYX", finterval=2.0, unit="um")
    names = (io.Channel("DAPI", 461.0), io.Channel("GFP", 509.0))
    stack = Meta(axes="CYX", spacing=(None, 0.1, 0.1), units="um", channels=names, na=1.4)
    io.write("two.ome.tif", Y[:2], stack)
    for name in ("film.tif", "two.ome.tif"):
        assert restore(name, "--psf", "gaussian:1", "-o", f"x_{name}") == 0
        before, after = io.read(name)[1], io.read(f"x_{name}")[1]
        for field in ("axes", "spacing", "units", "channels", "na"):
            assert getattr(before, field) == getattr(after, field)
    assert io.read("x_film.tif")[1].step("T") == (2.0, "s")
    command = ["compare", "two.ome.tif", "--psf", "gaussian:1", "--blurred", "--out", "cmp"]
    assert main([*command, "--methods", "wiener"]) == 0
    for name in ("data", "wiener"):
        assert io.read(f"cmp/{name}.tif")[1].voxel == (0.1, 0.1)


def test_nothing_is_overwritten(capsys):
    io.save("y.tif", Y[0])
    io.save("psf.tif", sd.psf.gaussian(1.0))
    before = io.load("y.tif")
    for name in ("y.tif", "psf.tif"):
        assert restore("y.tif", "--psf", "psf.tif", "-o", name, "--overwrite") == 2
        assert f"{name} is the input {name} itself" in capsys.readouterr().err
    np.testing.assert_array_equal(io.load("y.tif"), before)
    io.save("x.tif", np.zeros((3, 4)))
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif") == 2
    assert "--out x.tif exists; --overwrite replaces it" in capsys.readouterr().err
    assert io.load("x.tif").shape == (3, 4)
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif", "--overwrite") == 0
    capsys.readouterr()
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif") == 0
    assert "x.tif holds this result: same data, kernel and flags" in capsys.readouterr().err
    assert restore("y.tif", "--psf", "psf.tif", "-o", "x.tif", "--boundary", "zero") == 2
    assert main(["psf", "gaussian:2", "-o", "y.tif"]) == 2


def test_many_inputs(capsys):
    for k in range(2):
        io.save(f"a{k}.tif", Y[k])
    pathlib.Path("bad.tif").write_text("x")
    assert restore("a*.tif", "bad.tif", "--psf", "gaussian:1") == 1
    out, err = capsys.readouterr()
    assert "a1.restored.tif  wiener" in out and "2 of 3 restored, 1 failed" in out
    assert "bad.tif  -" in out and "bad.tif failed: bad.tif cannot be read" in err
    np.testing.assert_allclose(
        io.load("a1.restored.tif"), sd.wiener(Y[1], sd.psf.gaussian(1.0), nsr=0.1), rtol=1e-5
    )
    assert restore("a0.tif", "a1.tif", "--psf", "gaussian:1", "-o", "x.tif") == 2
    assert "is one file for 2 inputs; give a folder, as x.tif/" in capsys.readouterr().err
    assert restore("a0.tif", "a1.tif", "--psf", "gaussian:1", "-o", "done/") == 0
    assert io.load("done/a0.restored.tif").shape == Y[0].shape
    assert main(["rerun", "done/a1.restored.tif", "-o", "again.tif"]) == 0
    assert "equal to done/a1.restored.tif to the bit" in capsys.readouterr().out


def test_a_result_says_what_made_it_and_is_made_again(capsys):
    io.save("y.tif", Y[0])
    io.save("psf.npy", sd.psf.gaussian(1.0))
    assert restore("y.tif", "--psf", "psf.npy") == 0
    made = io.read("y.restored.tif")[1].provenance
    assert made["command"][:4] == ["restore", "y.tif", "--psf", "psf.npy"]
    assert made["method"] == "wiener" and made["version"] == sd.__version__
    assert set(made["inputs"]) == {"data", "psf"} and json.dumps(made)
    assert main(["rerun", "y.restored.tif"]) == 0
    assert "wrote y.rerun.tif, equal to y.restored.tif to the bit" in capsys.readouterr().out
    io.save("psf.npy", sd.psf.gaussian(1.1))
    assert main(["rerun", "y.restored.tif", "-o", "z.tif"]) == 1
    assert "psf.npy, the psf of y.restored.tif, is not what it was" in capsys.readouterr().err
    assert main(["rerun", "y.tif"]) == 2


@pytest.mark.slow
def test_a_folder_of_compare_belongs_to_one_run(capsys):
    io.save("y.npy", Y[0].astype(float))
    command = ["compare", "y.npy", "--psf", "gaussian:1", "--blurred", "--out", "cmp", "--methods"]
    assert main([*command, "wiener", "adjoint"]) == 0
    folder = pathlib.Path("cmp")
    (folder / "mine.txt").write_text("kept")
    assert main([*command, "adjoint"]) == 0
    names = {p.name for p in folder.iterdir()}
    assert "wiener.tif" not in names and {"adjoint.tif", "mine.txt", "run.json"} <= names
    (folder / "run.json").unlink()
    assert main([*command, "adjoint"]) == 2
    assert "no run.json says what made them" in capsys.readouterr().err


def test_tables(capsys):
    rng = np.random.default_rng(0)
    t = np.arange(400, 420, 0.1)
    sigma = 0.1 + 0.05 * (np.arange(200) % 3)
    y = 9 + 5 * np.exp(-(((t - 408) / 2) ** 2)) + sigma * rng.standard_normal(200)
    head = {"delimiter": ",", "header": "nm,I,err", "comments": ""}
    np.savetxt("t.csv", np.c_[t, y, sigma], **head)
    assert main(["restore", "t.csv", "--psf", "gaussian:5", "--method", "wiener"]) == 0
    assert "the third column is taken as the uncertainty" in capsys.readouterr().err
    x, meta = io.read("t.restored.csv")
    weights = sigma.min() / sigma
    expected = sd.wiener(y, sd.psf.gaussian(5, ndim=1), mask=weights, noise=sigma.min())
    np.testing.assert_allclose(x, expected, rtol=1e-6)
    assert meta.columns == ("nm", "I") and np.allclose(meta.x, t)
    np.savetxt("four.csv", np.c_[t, y, y, y], delimiter=",", header="nm,a,b,c", comments="")
    assert main(["restore", "four.csv", "--psf", "gaussian:5"]) == 2
    assert "--column NAME takes one of them" in capsys.readouterr().err
    assert main(["restore", "four.csv", "--psf", "gaussian:5", "--column", "b"]) == 0
    uneven = np.cumsum(0.1 + 0.02 * rng.random(200))
    np.savetxt("u.csv", np.c_[uneven, y], delimiter=",", header="nm,I", comments="")
    assert main(["restore", "u.csv", "--psf", "gaussian:5"]) == 0
    assert "has uneven samples" in capsys.readouterr().err
    np.testing.assert_allclose(io.read("u.restored.csv")[1].x, uneven)


def test_masks_by_words(capsys):
    y = Y[0].astype(np.float64)
    y[3, 4], y[10, 9:12] = np.nan, 60000
    io.save("y.npy", y)
    words = "finite,saturated"
    assert main(["restore", "y.npy", "--psf", "gaussian:1", "--mask", words, "--nsr", "0.1"]) == 0
    assert "3 samples at the ceiling of 60000 are left out" in capsys.readouterr().err
    good = np.isfinite(y) & (y < 60000)
    expected = sd.wiener(y, sd.psf.gaussian(1.0), nsr=0.1, mask=good * 1.0)
    np.testing.assert_allclose(io.load("y.restored.npy"), expected)
    assert main(["restore", "y.npy", "--psf", "gaussian:1", "--mask", "finit", "-o", "z.npy"]) == 2
    assert "--mask finit: must be a file, or of finite, saturated" in capsys.readouterr().err


def test_linear_light(capsys):
    """Two lamps in a dark street are as bright as they were only where light is restored."""
    scene = np.full((40, 44), 0.02)
    scene[12, 12] = scene[25, 30] = 12.0
    light = sd.simulate(scene, sd.psf.disk(2.0), noise=None, boundary="reflect").y
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    io.save("y.png", np.rint(255 * np.clip(srgb, 0, 1)).astype(np.uint8))
    out = ["--psf", "disk:2", "--method", "tikhonov", "--weight", "1e-3", "--dtype", "float32"]
    assert main(["restore", "y.png", *out, "-o", "a.tif", "--linear"]) == 0
    assert main(["restore", "y.png", *out, "-o", "b.tif"]) == 0
    off = []
    for name in ("a.tif", "b.tif"):
        v = np.maximum(io.load(name), 0) / 255
        shown = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
        off.append(np.abs(shown[12, 12] - scene[12, 12]))
    assert off[0] < 0.5 * scene[12, 12] and off[1] > 2 * off[0]
    io.save("f.npy", 100.0 * scene)
    assert main(["restore", "f.npy", "--psf", "disk:2", "--linear"]) == 2


def test_one_line_with_what_was_meant(capsys):
    io.save("y.tif", Y[0])
    for words, told in (
        (["restore", "y.tif", "--psf", "gausian:1"], "did you mean gaussian?"),
        (["restore", "y.tif", "--psf", "box:3", "--metod", "tv"], "did you mean --method?"),
        (["restore", "y.tif", "--psf", "none.tiff"], "no such file: none.tiff"),
    ):
        assert main(words) in (1, 2)
        err = capsys.readouterr().err
        assert told in err and err.count("\n") == 1


def test_tune_and_the_ground(capsys):
    io.save("y.npy", Y[0].astype(float))
    assert main(["tune", "y.npy", "--psf", "gaussian:1"]) == 0
    assert "gcv" in capsys.readouterr().out
    flags = ["--method", "richardson_lucy", "--num-iter", "2", "--background", "auto"]
    assert main(["restore", "y.npy", "--psf", "gaussian:1", *flags]) == 0
    level = float(capsys.readouterr().err.rpartition(" is ")[2].split()[0])
    assert abs(level - np.median(Y[0])) < 2
