"""What is written is what is read: values, dtype and metadata, format by format."""

import dataclasses
import sys

import numpy as np
import pytest

from sigdeconv import io
from sigdeconv.io import Meta

INTEGERS = ["uint8", "uint16"]


def ramp(shape, dtype):
    """Every value of the type's range is possible, the ends are there."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape))
    if dtype.kind == "f":
        return np.linspace(-1e3, 1e5, size, dtype=dtype).reshape(shape)
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**31)), min(info.max, 2**31 - 1)
    return np.linspace(low, high, size).astype(dtype).reshape(shape)


@pytest.mark.parametrize(
    ("suffix", "shape", "dtype"),
    [
        (".png", (5, 7), "uint8"),
        (".png", (5, 7), "uint16"),
        (".png", (5, 7, 3), "uint8"),
        (".png", (5, 7, 4), "uint8"),
        *[(".tif", (5, 7), d) for d in ("uint8", "uint16", "int16", "int32", "float32", "float64")],
        (".tiff", (4, 5, 7), "uint16"),
        (".tif", (4, 5, 7), "float32"),
        (".tif", (5, 7, 3), "uint8"),
        (".tif", (2, 3, 4, 5), "float64"),
        (".npy", (3, 4, 5, 2), "int64"),
        (".npy", (9,), "float32"),
        (".npz", (3, 4), "float64"),
        (".wav", (50,), "int16"),
        (".wav", (50, 2), "float32"),
        (".wav", (50,), "int32"),
        (".csv", (9,), "float64"),
        (".csv", (9, 3), "float32"),
        (".txt", (4, 5), "int64"),
    ],
)
def test_round_trip(tmp_path, suffix, shape, dtype):
    x = ramp(shape, dtype)
    path = tmp_path / f"x{suffix}"
    io.write(path, x, Meta(rate=8000) if suffix == ".wav" else None)
    y, meta = io.read(path)
    assert y.shape == x.shape
    assert np.array_equal(y.astype(x.dtype), x)
    if suffix not in (".csv", ".txt"):
        assert y.dtype == x.dtype
    assert meta.suffix == suffix
    assert meta.dtype == y.dtype.name
    again = tmp_path / f"again{suffix}"
    io.write(again, y.astype(float), meta)
    z, meta2 = io.read(again)
    assert np.array_equal(z, y)
    if suffix not in (".csv", ".txt"):
        assert z.dtype == y.dtype
        assert meta2 == meta


def test_bool_png(tmp_path):
    x = np.eye(9, dtype=bool)
    io.save(tmp_path / "x.png", x)
    y, meta = io.read(tmp_path / "x.png")
    assert y.dtype == bool and np.array_equal(x, y)
    io.write(tmp_path / "y.png", 0.5 * x, meta)  # a restored mask is grey
    assert set(np.unique(io.load(tmp_path / "y.png"))) == {0, 128}


def test_jpeg_is_close(tmp_path):
    i, j = np.indices((40, 50))
    x = np.stack([4 * i, 4 * j, 2 * i + 2 * j], axis=-1).astype(np.uint8)
    io.save(tmp_path / "x.jpg", x)
    y = io.load(tmp_path / "x.jpg")
    assert y.dtype == np.uint8
    assert np.abs(y.astype(int) - x).max() < 12


def test_dpi_is_kept(tmp_path):
    x = np.zeros((4, 5), np.uint8)
    for suffix in (".png", ".jpg"):
        io.write(tmp_path / f"x{suffix}", x, Meta(axes="YX", spacing=(1 / 300,) * 2, units="inch"))
        meta = io.read(tmp_path / f"x{suffix}")[1]
        assert meta.voxel == pytest.approx((1 / 300, 1 / 300), rel=1e-3)
        assert meta.unit == "inch"


def test_palette_becomes_colours(tmp_path):
    from PIL import Image

    image = Image.new("P", (3, 2), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.save(tmp_path / "x.png")
    y = io.load(tmp_path / "x.png")
    assert y.shape == (2, 3, 3)
    assert (y == [10, 20, 30]).all()


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_colours_of_sixteen_bits(tmp_path, monkeypatch, channels):
    imagecodecs = pytest.importorskip("imagecodecs")
    y = np.random.default_rng(0).integers(0, 2**16, (7, 9, channels)).astype(np.uint16)
    (tmp_path / "x.png").write_bytes(imagecodecs.png_encode(y))  # by another library
    x, meta = io.read(tmp_path / "x.png")
    np.testing.assert_array_equal(x, y)
    made = {"command": ["restore"]}
    meta = io.Meta(axes="YXS", spacing=(0.01, 0.02, None), units="inch", provenance=made, na=1.4)
    io.write(tmp_path / "y.png", x, meta)
    np.testing.assert_array_equal(imagecodecs.png_decode((tmp_path / "y.png").read_bytes()), y)
    again, said = io.read(tmp_path / "y.png")
    np.testing.assert_array_equal(again, y)
    assert (said.provenance, said.na, said.dtype) == (made, 1.4, "uint16")
    assert said.voxel == pytest.approx((0.01, 0.02), rel=1e-4)
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(ImportError, match=r"16 bits needs imagecodecs.*'sigdeconv\[tiff\]'"):
        io.read(tmp_path / "x.png")


def test_imagej_stack(tmp_path):
    import tifffile

    x = ramp((6, 8, 9), "uint16")
    tifffile.imwrite(
        tmp_path / "x.tif",
        x,
        imagej=True,
        resolution=(1 / 0.11, 1 / 0.11),
        metadata={"axes": "ZYX", "spacing": 0.3, "unit": "um"},
    )
    y, meta = io.read(tmp_path / "x.tif")
    assert (meta.kind, meta.axes, meta.unit) == ("imagej", "ZYX", "um")
    assert meta.spacing == meta.voxel == (0.3, 0.11, 0.11)
    io.write(tmp_path / "y.tif", y + 0.2 * (y < 60000), meta)
    z, again = io.read(tmp_path / "y.tif")
    assert np.array_equal(z, x)
    assert again == meta
    io.write(tmp_path / "f.tif", y * 0.5, meta, dtype="float64")  # ImageJ has no float64
    z, again = io.read(tmp_path / "f.tif")
    assert np.array_equal(z, y * 0.5)
    assert (again.kind, again.axes, again.voxel) == ("ome", "ZYX", meta.voxel)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spacing", [(0.3, None, None), (0.3, 0.2, 0.1), (2.0, 1.0, 1.0)])
def test_spacing_is_not_lost_in_a_tiff_of_no_kind(tmp_path, dtype, spacing):
    x = ramp((6, 8, 9), dtype)
    io.write(tmp_path / "x.tif", x, Meta(axes="ZYX", spacing=spacing, units="um"))
    y, meta = io.read(tmp_path / "x.tif")
    assert np.array_equal(y, x) and y.dtype == x.dtype
    assert (meta.spacing, meta.unit) == (spacing, "um")
    assert meta.voxel == (None if None in spacing else spacing)


def test_ome_stack(tmp_path):
    import tifffile

    x = ramp((4, 8, 9), "float32")
    size = {"PhysicalSizeX": 0.1, "PhysicalSizeY": 0.2, "PhysicalSizeZ": 500.0}
    units = {"PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm", "PhysicalSizeZUnit": "nm"}
    tifffile.imwrite(tmp_path / "x.ome.tif", x, metadata={"axes": "ZYX"} | size | units)
    y, meta = io.read(tmp_path / "x.ome.tif")
    assert (meta.kind, meta.axes, meta.unit) == ("ome", "ZYX", "um")
    assert meta.spacing == (500.0, 0.2, 0.1) and meta.units == ("nm", "um", "um")
    assert meta.voxel == (0.5, 0.2, 0.1)
    io.write(tmp_path / "y.ome.tif", y.astype(float), meta)
    z, again = io.read(tmp_path / "y.ome.tif")
    assert np.array_equal(z, x)
    assert again == meta


def test_description_is_kept(tmp_path):
    io.write(tmp_path / "x.tif", np.zeros((3, 4)), Meta(description="star 7"))
    assert io.read(tmp_path / "x.tif")[1].description == "star 7"


def test_wav_rate(tmp_path):
    io.write(tmp_path / "x.wav", np.zeros(5, np.int16), Meta(rate=44100))
    assert io.read(tmp_path / "x.wav")[1].rate == 44100
    with pytest.raises(ValueError, match="sample rate"):
        io.save(tmp_path / "y.wav", np.zeros(5, np.int16))
    with pytest.raises(ValueError, match="int64"):
        io.write(tmp_path / "y.wav", np.zeros(5, np.int64), Meta(rate=1))


@pytest.mark.parametrize(
    ("text", "columns", "x", "y"),
    [
        ("nm,counts\n500,3\n501,4\n502,9\n", ("nm", "counts"), [500, 501, 502], [3, 4, 9]),
        ("# t v\n0.0 1\n0.5 2\n", ("t", "v"), [0, 0.5], [1, 2]),
        ("1;2\n0;3\n", None, [1, 0], [2, 3]),
        ("1,2\n1,3\n", None, None, [[1, 2], [1, 3]]),
        ("1\t2\t3\n4\t5\t6\n", None, None, [[1, 2, 3], [4, 5, 6]]),
        ("\ufeffcounts\n1.5\n2.5\n", ("counts",), None, [1.5, 2.5]),
    ],
)
def test_tables(tmp_path, text, columns, x, y):
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    values, meta = io.read(path)
    assert np.array_equal(values, y)
    assert meta.columns == columns
    assert (meta.x is None) if x is None else np.array_equal(meta.x, x)
    io.write(tmp_path / "y.csv", values + 0.25, meta)
    again, meta2 = io.read(tmp_path / "y.csv")
    assert np.array_equal(again, values + 0.25)
    assert meta2.columns == meta.columns
    assert (meta2.x is None) if x is None else np.array_equal(meta2.x, meta.x)


def test_integers_stay_integers_in_tables(tmp_path):
    (tmp_path / "x.csv").write_text("65535\n0\n")
    assert io.load(tmp_path / "x.csv").dtype.kind == "i"


@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy"])
def test_values_that_do_not_fit_are_an_error(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    meta = Meta(dtype="uint8")
    x = np.array([[-3.0, 0.4, 255.4, 300.0]])
    with pytest.raises(ValueError, match=r"2 of 4 values lie outside 0..255 .* clip=True"):
        io.write(path, x, meta)
    assert not path.exists()
    io.write(path, x, meta, clip=True)
    assert np.array_equal(io.load(path), [[0, 0, 255, 255]])
    if suffix != ".png":
        io.write(path, x, meta, dtype="float64")
        assert np.array_equal(io.load(path), x)


def test_floats_to_bitmap(tmp_path):
    path = tmp_path / "x.png"
    io.save(path, np.array([[0.0, 0.5, 1.0]], dtype=np.float32))
    assert np.array_equal(io.load(path), [[0, 128, 255]])
    with pytest.raises(ValueError, match=r"1 of 2 values lie outside \[0, 1\]"):
        io.save(path, np.array([[0.0, 1.0001]]))
    io.write(path, np.array([[100.0, 300.0]]), limits=(100, 300), dtype="uint16")
    assert np.array_equal(io.load(path), [[0, 65535]])
    with pytest.raises(ValueError, match="NaN"):
        io.save(path, np.array([[np.nan]]))
    with pytest.raises(ValueError, match="low < high"):
        io.write(path, np.array([[0.0]]), limits=(1, 1))
    with pytest.raises(ValueError, match="int64"):
        io.save(path, np.array([[1]]))


def test_the_top_of_int64_does_not_wrap(tmp_path):
    path = tmp_path / "x.npy"
    io.write(path, np.array([1e30, 2.0]), dtype="int64", clip=True)
    assert io.load(path).tolist() == [2**63 - 1, 2]


@pytest.mark.slow
def test_errors(tmp_path):
    with pytest.raises(ValueError, match=r"path .*x\.gif' has the suffix '.gif'; expected .*\.png"):
        io.read(tmp_path / "x.gif")
    with pytest.raises(ValueError, match=r"path .*x\.gif' has the suffix '.gif'; expected .*\.png"):
        io.save(tmp_path / "x.gif", np.zeros(3))
    with pytest.raises(TypeError, match="path must be a path; got 5 of type int"):
        io.read(5)
    with pytest.raises(TypeError, match="meta must be a Meta"):
        io.write(tmp_path / "x.npy", np.zeros(3), {"rate": 1})
    with pytest.raises(TypeError, match=r"dtype must be a NumPy type .*; got 'uint61'"):
        io.write(tmp_path / "x.npy", np.zeros(3), dtype="uint61")
    with pytest.raises(TypeError, match="clip must be True or False; got 'yes'"):
        io.write(tmp_path / "x.npy", np.zeros(3), clip="yes")
    io.save(tmp_path / "camera.npy", np.zeros(3))
    with pytest.raises(FileNotFoundError, match=r"did you mean camera.npy\?"):
        io.read(tmp_path / "camra.npy")
    with pytest.raises(FileNotFoundError, match="no' does not exist; create it"):
        io.save(tmp_path / "no" / "x.npy", np.zeros(3))
    (tmp_path / "x.png").write_bytes(b"not a picture, but long enough to hold a header")
    with pytest.raises(ValueError, match=r"x.png cannot be read as .png"):
        io.read(tmp_path / "x.png")
    np.savez(tmp_path / "two.npz", a=np.zeros(2), b=np.zeros(2))
    with pytest.raises(ValueError, match="2 arrays"):
        io.read(tmp_path / "two.npz")
    (tmp_path / "x.csv").write_text("1,2\n3\n")
    with pytest.raises(ValueError, match="rows of one length: line 2 has 1 columns"):
        io.read(tmp_path / "x.csv")
    with pytest.raises(ValueError, match="complex"):
        io.write(tmp_path / "x.tif", np.zeros(3) * 1j, Meta(dtype="float32"))
    with pytest.raises(ValueError, match="channels"):
        io.save(tmp_path / "x.png", np.zeros((2, 3, 4, 5), np.uint8))
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(IsADirectoryError):
        io.read(tmp_path / "folder.npy")


def test_meta_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Meta().rate = 3


@pytest.mark.parametrize("name", ["torch", "array_api_strict"])
def test_any_namespace(tmp_path, name):
    xp = pytest.importorskip(name)
    io.save(tmp_path / "x.npy", xp.asarray([1.0, 2.0]))
    assert io.load(tmp_path / "x.npy").tolist() == [1, 2]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".npy"])
def test_a_picture_from_zero_to_one_is_not_rounded_to_black(tmp_path, suffix):
    x = np.linspace(0, 1, 12).reshape(3, 4)
    with pytest.raises(ValueError, match=r"within \[0, 1\].* limits=\(0, 1\) to stretch"):
        io.write(tmp_path / f"x{suffix}", x, dtype="uint8", clip=True)
    io.write(tmp_path / f"x{suffix}", x, dtype="uint8", limits=(0, 1))
    np.testing.assert_array_equal(io.load(tmp_path / f"x{suffix}"), np.rint(255 * x))
    io.write(tmp_path / f"mask{suffix}", (x > 0.5) * 1.0, dtype="uint8")  # nothing is lost
    np.testing.assert_array_equal(io.load(tmp_path / f"mask{suffix}"), x > 0.5)
