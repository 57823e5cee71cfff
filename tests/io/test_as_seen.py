"""What a file means by its numbers: uneven places, palettes, inks, and the order of axes."""

import os

import numpy as np
import pytest
import tifffile
from PIL import Image

import sigdeconv as sd
from sigdeconv import io
from sigdeconv.cli import main
from sigdeconv.io.table import is_even


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def corr(a, b):
    return float(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize("method", ["wiener", "tikhonov", "cgls"])
@pytest.mark.parametrize("falling", [False, True])
def test_uneven_places(method, falling, capsys):
    u = np.linspace(0, 1, 160)
    x = 400 + 120 * u + 60 * u**2  # steps from 0.76 to 1.5
    lines = ((430, 300), (439, 200), (500, 400), (513, 250), (555, 350))

    def spectrum(width):
        return sum(a * np.exp(-((x - at) ** 2) / (2 * width**2)) / width for at, a in lines)

    y = spectrum(3.0) + 20 + np.random.default_rng(0).normal(0, 0.3, x.size)
    turn = slice(None, None, -1) if falling else slice(None)
    np.savetxt("y.csv", np.c_[x, y][turn], delimiter=",", header="wavelength (nm),I", comments="")
    k = np.arange(-12, 12.1, 0.25)
    kernel = np.c_[1000 * k, np.exp(-(k**2) / 18)]  # in pm, four times finer, and not symmetric
    np.savetxt("k.csv", kernel, delimiter=",", header="pm,response", comments="")
    assert main(["restore", "y.csv", "--psf", "k.csv", "--method", method]) == 0
    told = capsys.readouterr().err
    assert "uneven samples" in told and ("on even ones" in told) == (method == "wiener")
    found, meta = io.read("y.restored.csv")
    np.testing.assert_allclose(meta.x, x[turn])
    assert corr(found[turn], spectrum(1.5)) > max(0.92, corr(y, spectrum(1.5)) + 0.04)


def test_places_written_with_few_digits_are_even():
    x = np.linspace(400, 500, 200)
    assert is_even(x.round(2)) and is_even(x.round(1)[::-1]) and is_even(x)
    assert not is_even(x + 0.3 * np.sin(x / 9)) and not is_even([1, 2, 4, 5, 7, 8])


@pytest.mark.parametrize(
    "text, columns",
    [
        ("Instrument 7, slit 3\nDate;2024\nnm;I\n1,5;2\n2,5;4,25\n3,5;6\n", ("nm", "I")),
        ("% of a program\n! of another one\n1.5 2\n2.5 4.25\n3.5 6\n", None),
        ("nm,I,\n1.5,2,\n2.5,4.25,\n3.5,6,\n", ("nm", "I")),
        ('nm,I\n"1,5",2\n"2,5","4,25"\n"3,5",6\n', ("nm", "I")),
    ],
)
@pytest.mark.parametrize("code", ["utf-8", "utf-16", "cp1252"])
def test_tables_of_instruments(text, columns, code):
    with open("x.csv", "w", encoding=code) as file:
        file.write(text.replace("I", "Zähler"))
    y, meta = io.read("x.csv")
    np.testing.assert_array_equal(y, [2, 4.25, 6])
    np.testing.assert_array_equal(meta.x, [1.5, 2.5, 3.5])
    assert meta.columns == (columns and ("nm", "Zähler"))
    io.write("z.csv", y, meta)
    np.testing.assert_array_equal(io.load("z.csv"), y)


def test_an_empty_cell_is_not_known(capsys):
    x = np.arange(40.0)
    rows = [f"{a},{'' if a == 7 else np.exp(-((a - 20) ** 2) / 18):.4f}" for a in x[:7]]
    rows += ["7,"] + [f"{a},{np.exp(-((a - 20) ** 2) / 18):.4f}" for a in x[8:]]
    with open("x.csv", "w", encoding="utf-8") as file:
        file.write("\n".join(rows))
    assert np.flatnonzero(np.isnan(io.load("x.csv"))).tolist() == [7]
    assert main(["restore", "x.csv", "--psf", "gaussian:2"]) == 1
    assert "--mask finite" in capsys.readouterr().err
    assert main(["restore", "x.csv", "--psf", "gaussian:2", "--mask", "finite"]) == 0


def test_many_columns_are_no_image(capsys):
    x = np.linspace(400, 500, 60)
    y = 10 + np.exp(-((x - 450) ** 2) / 50)
    np.savetxt("four.csv", np.c_[x, y, 2 * y, 3 * y], delimiter=",")
    assert main(["restore", "four.csv", "--psf", "gaussian:1"]) == 2
    assert "--column" in capsys.readouterr().err
    assert main(["restore", "four.csv", "--psf", "gaussian:1", "--column", "3"]) == 0
    assert io.load("four.restored.csv").shape == (60,)
    assert main(["restore", "four.csv", "--psf", "box:3", "--axes", "YX", "-o", "o.csv"]) == 0
    np.savetxt("other.csv", np.c_[x, y, 1.5 * y], delimiter=",")  # no uncertainty
    assert io.read("other.csv")[1].uncertainty is None


def test_a_palette_is_its_colours_and_white_may_be_zero():
    v = np.random.default_rng(0).integers(0, 9, (12, 14), np.uint8)
    colours = np.random.default_rng(1).integers(0, 255, (3, 256)).astype(np.uint16) * 257
    tifffile.imwrite("p.tif", v, photometric="palette", colormap=colours)
    x, meta = io.read("p.tif")
    np.testing.assert_array_equal(x, (colours // 257).T[v])
    assert meta.axes == "YXS"
    with Image.open("p.tif") as image:
        np.testing.assert_array_equal(x, np.asarray(image.convert("RGB")))
    lut = [np.stack([np.arange(256), *np.zeros((2, 256))]).astype(np.uint8)]
    tifffile.imwrite("ij.tif", v, imagej=True, metadata={"axes": "YX", "LUTs": lut})
    np.testing.assert_array_equal(io.load("ij.tif"), v)  # intensities, shown in red
    for dtype in ("uint8", "uint16", "bool"):
        w = (v > 4) if dtype == "bool" else v.astype(dtype)
        tifffile.imwrite("w.tif", w, photometric="miniswhite")
        expected = ~w if dtype == "bool" else np.iinfo(dtype).max - w
        np.testing.assert_array_equal(io.load("w.tif"), expected)
        part = io.read("w.tif", region=(slice(2, 5), slice(3)))[0]
        np.testing.assert_array_equal(part, expected[2:5, :3])
    with pytest.raises(ValueError, match="read as a whole only"):
        io.open_parts("w.tif")


@pytest.mark.parametrize("code", [1, 3, 6])
def test_a_region_is_of_the_picture_as_it_is_seen(code):
    v = np.random.default_rng(0).integers(0, 255, (6, 9), np.uint8)
    tifffile.imwrite("x.tif", v, extratags=[(274, "H", 1, code, True)])
    part = io.read("x.tif", region=(slice(1, 4), slice(0, 2)))[0]
    np.testing.assert_array_equal(part, io.load("x.tif")[1:4, :2])


def test_inks_and_planes_of_colour_stay_what_they_are():
    v = np.random.default_rng(0).integers(40, 90, (20, 22, 4), np.uint8)
    Image.fromarray(v, "CMYK").save("x.tif")
    assert main(["restore", "x.tif", "--psf", "box:3", "-o", "y.tif", "--clip"]) == 0
    with Image.open("y.tif") as image:
        assert image.mode == "CMYK"
    planes = np.ascontiguousarray(np.moveaxis(v[..., :3], -1, 0))
    tifffile.imwrite("p.tif", planes, photometric="rgb", planarconfig="separate")
    assert main(["restore", "p.tif", "--psf", "box:3", "-o", "q.tif", "--clip"]) == 0
    with tifffile.TiffFile("q.tif") as file:
        assert len(file.pages) == 1 and file.pages[0].photometric == 2


def test_a_picture_that_would_be_white_is_refused_before_the_work(capsys):
    y = np.random.default_rng(0).integers(300, 60000, (20, 22)).astype(np.uint16)
    io.save("x.png", y)
    io.save("x.npy", y.astype(float))
    for name, out, hint in (("x.png", "y.jpg", ".png in grey"), ("x.npy", "y.png", "uint16")):
        assert main(["restore", name, "--psf", "box:3", "-o", out]) == 2
        assert hint in capsys.readouterr().err and not os.path.exists(out)
    assert main(["restore", "x.npy", "--psf", "box:3", "-o", "y.png", "--dtype", "uint16"]) == 0


def test_a_kernel_with_its_axes_in_another_order(capsys):
    psf = sd.psf.gaussian((1.2, 0.8, 0.5))
    scene = np.zeros((18, 16, 15))
    scene[8, 7, 6] = scene[10, 9, 9] = 1000
    y = sd.simulate(scene, psf, noise=None).y + 5
    io.write("y.npz", y, io.Meta(axes="ZYX", spacing=(0.3, 0.1, 0.1), units="um"))
    for axes in ("ZYX", "XYZ", "YXZ"):
        steps = tuple(0.3 if a == "Z" else 0.1 for a in axes)
        turned = np.transpose(psf, ["ZYX".index(a) for a in axes])
        io.write("k.npz", turned, io.Meta(axes=axes, spacing=steps, units="um"))
        assert main(["restore", "y.npz", "--psf", "k.npz", "-o", f"{axes}.npz"]) == 0
        assert ("turned" in capsys.readouterr().err) == (axes != "ZYX")
        np.testing.assert_allclose(io.load(f"{axes}.npz"), io.load("ZYX.npz"))
    io.write("y.tif", y.astype("f4"))
    assert main(["restore", "y.tif", "--psf", "k.npz"]) == 2  # y.tif does not say what is what
    assert "--axes" in capsys.readouterr().err
    io.write("k.npz", psf, io.Meta(axes="ZYX", spacing=(0.3, 0.1, 0.1), units="um"))
    assert main(["restore", "y.tif", "--psf", "k.npz"]) == 0
    assert "y.tif does not say" in capsys.readouterr().err


def test_a_figure_of_a_spectrum_has_its_wavelengths():
    x = np.linspace(400, 500, 60)
    y = 10 + np.exp(-((x - 450) ** 2) / 50)
    np.savetxt("y.csv", np.c_[x, y], delimiter=",", header="wavelength (nm),I", comments="")
    assert main(["restore", "y.csv", "--psf", "gaussian:1", "--figure", "f.svg"]) == 0
    with open("f.svg", encoding="utf-8") as file:
        drawn = file.read()
    assert "nm" in drawn and ">440<" in drawn


def restored(*command, name="o.npy"):
    assert main(["restore", *command, "--method", "tikhonov", "-o", name, "--overwrite"]) == 0
    return io.load(name)


def test_a_kernel_as_it_happens_to_be_stored():
    psf = np.round(sd.psf.gaussian(1.5) * 1000).astype(np.uint8)
    io.save("y.npy", np.random.default_rng(0).random((30, 32)))
    io.save("k.npy", psf)
    expected = restored("y.npy", "--psf", "k.npy")
    io.save("one.npy", psf[None])
    io.save("last.npy", psf[..., None])
    io.save("grey.png", psf)
    io.save("colours.png", np.dstack([psf] * 3))
    opaque = np.full(psf.shape, 255, np.uint8)
    io.save("opaque.png", np.dstack([psf] * 3 + [opaque]))
    for name in ("one.npy", "last.npy", "grey.png", "colours.png", "opaque.png"):
        np.testing.assert_array_equal(restored("y.npy", "--psf", name), expected)
    io.save("red.png", np.dstack([psf, psf, 0 * psf]))
    assert main(["restore", "y.npy", "--psf", "red.png", "-o", "red.npy"]) == 1


def test_the_zero_of_a_kernel_is_its_centre(capsys):
    x = np.linspace(400, 500, 200)
    y = np.exp(-((x - 440) ** 2) / 40) + np.random.default_rng(0).normal(0, 0.003, x.size)
    np.savetxt("y.csv", np.c_[x, y], delimiter=",", header="nm,I", comments="")

    def kernel(name, at):
        k = np.c_[at, np.exp(-(at**2) / 20) * (1 + 0.1 * np.sin(at))]
        np.savetxt(name, k, delimiter=",", header="nm,I", comments="")
        return restored("y.csv", "--psf", name, name="o.csv")

    middle = kernel("middle.csv", np.arange(-20, 20.01, 0.25))
    for at in (np.arange(-26, 20.01, 0.25), np.arange(-20, 28.01, 0.25)[::-1]):
        capsys.readouterr()
        np.testing.assert_allclose(kernel("k.csv", at), middle, atol=0.02)
        assert "is its centre" in capsys.readouterr().err
    counted = np.c_[np.arange(161.0), np.loadtxt("middle.csv", delimiter=",", skiprows=1)[:, 1]]
    np.savetxt("n.csv", counted, delimiter=",")  # samples, from 0
    restored("y.csv", "--psf", "n.csv", "--psf-step", "0.5", name="o.csv")
    assert "is its centre" not in capsys.readouterr().err


def test_the_resolution_of_a_microscope_is_none_for_print(capsys):
    psf = sd.psf.gaussian(1.5).astype("f4")
    y = np.random.default_rng(0).random((30, 32)).astype("f4")
    for pair, finer in (((1e5, 2e5), True), ((72.0, 300.0), False)):
        for name, values, dots in zip(("y.tif", "k.tif"), (y, psf), pair, strict=True):
            tifffile.imwrite(name, values, resolution=(dots, dots), resolutionunit=3)
        restored("y.tif", "--psf", "k.tif", name="o.tif")
        assert ("--psf-step 0.5,0.5" in capsys.readouterr().err) == finer


def test_a_kernel_for_each_channel_of_sound():
    from scipy.io import wavfile

    rng = np.random.default_rng(0)
    wavfile.write("y.wav", 8000, rng.integers(-9000, 9000, (600, 2)).astype(np.int16))
    decay = np.exp(-np.arange(40) / 8)
    wavfile.write("k.wav", 8000, np.c_[decay, decay[::-1]].astype("f4"))
    start = ("--centre", "start")
    both = restored("y.wav", "--psf", "k.wav", *start, name="o.wav")
    for channel in range(2):
        io.save("k.npy", np.c_[decay, decay[::-1]][:, channel])
        one = restored("y.wav", "--psf", "k.npy", *start, name="one.wav")
        np.testing.assert_allclose(both[:, channel], one[:, channel], atol=1)


@pytest.mark.slow
def test_compare_and_tune_take_uneven_places_on_even_ones(capsys):
    x = 400 + 100 * np.linspace(0, 1, 90) ** 1.3
    y = 5 + np.exp(-((x - 440) ** 2) / 40)
    np.savetxt("y.csv", np.c_[x, y], delimiter=",", header="nm,I", comments="")
    k = np.arange(-6, 6.1, 0.5)
    np.savetxt("k.csv", np.c_[k, np.exp(-(k**2) / 8)], delimiter=",", header="nm,I", comments="")
    assert main(["compare", "y.csv", "--psf", "k.csv", "--methods", "wiener", "--out", "c"]) == 0
    told = capsys.readouterr().err
    assert "uneven samples" in told and "--psf-step" in told
    places = io.read("c/wiener.csv")[1].x
    np.testing.assert_allclose(np.diff(places), np.diff(places)[0])
    assert main(["tune", "y.csv", "--psf", "k.csv", "--method", "wiener"]) == 0
    assert "uneven samples" in capsys.readouterr().err
