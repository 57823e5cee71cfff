"""What is read of files that other programs write."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from sigdeconv import io
from sigdeconv.io import Channel


@pytest.mark.parametrize("code", range(1, 9))
def test_a_picture_is_read_upright(tmp_path, code):
    from PIL import ImageOps

    v = np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = code
    Image.fromarray(v).save(tmp_path / "p.png", exif=exif)
    x, meta = io.read(tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as image:
        shown = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(x, shown)
    io.write(tmp_path / "q.png", x, meta)
    np.testing.assert_array_equal(io.load(tmp_path / "q.png"), shown)
    with Image.open(tmp_path / "q.png") as image:
        assert image.getexif().get(0x0112, 1) == 1
    tag = [(274, "H", 1, code, True)]
    tifffile.imwrite(tmp_path / "p.tif", v, photometric="rgb", extratags=tag)
    np.testing.assert_array_equal(io.load(tmp_path / "p.tif"), shown)


@pytest.mark.parametrize("kind", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_compressed_tiff(tmp_path, kind, dtype):
    v = np.random.default_rng(0).integers(0, 255, (2, 20, 31)).astype(dtype)
    first, second = (Image.fromarray(one) for one in v)
    first.save(tmp_path / "x.tif", compression=kind, save_all=True, append_images=[second])
    x = io.load(tmp_path / "x.tif")
    np.testing.assert_array_equal(x.reshape(v.shape), v)
    assert x.dtype == v.dtype


def test_ome_says_channels_optics_and_time(tmp_path):
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns='
        '"http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0">'
        '<Objective ID="Objective:0" LensNA="1.4" Immersion="Oil"/></Instrument><Image ID="Image:0"'
        ' Name="cells"><ObjectiveSettings ID="Objective:0"/><Pixels ID="Pixels:0" DimensionOrder='
        '"XYCZT" Type="uint16" SizeX="7" SizeY="6" SizeC="2" SizeZ="1" SizeT="3" PhysicalSizeX='
        '"65" PhysicalSizeXUnit="nm" PhysicalSizeY="0.065" TimeIncrement="500" TimeIncrementUnit='
        '"ms" SignificantBits="12"><Channel ID="Channel:0:0" Name="DAPI" EmissionWavelength="461"/>'
        '<Channel ID="Channel:0:1" Name="GFP" EmissionWavelength="0.509" EmissionWavelengthUnit='
        '"µm"/><TiffData IFD="0" PlaneCount="6"/></Pixels></Image></OME>'
    )
    v = np.arange(3 * 2 * 6 * 7, dtype=np.uint16).reshape(3, 2, 6, 7)
    tifffile.imwrite(tmp_path / "x.ome.tif", v, description=xml.encode(), metadata=None)
    x, meta = io.read(tmp_path / "x.ome.tif")
    np.testing.assert_array_equal(x, v)
    assert meta.axes == "TCYX" and meta.step("T") == (500.0, "ms")
    assert meta.voxel == pytest.approx((65.0, 65.0)) and meta.unit == "nm"
    assert meta.channels == (Channel("DAPI", 461.0), Channel("GFP", 509.0))
    assert (meta.na, meta.immersion, meta.bits) == (1.4, 1.515, 12)
    io.write(tmp_path / "y.ome.tif", x, meta)
    again = io.read(tmp_path / "y.ome.tif")[1]
    assert again == meta


def test_one_of_several_images(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.ome.tif") as out:
        for k in range(2):
            out.write(np.full((4 + k, 5), k, np.uint8), metadata={"axes": "YX", "Name": f"im{k}"})
    x, meta = io.read(tmp_path / "x.ome.tif")
    assert x.shape == (4, 5) and meta.contents == ("0", "1")
    for name in ("1", "im1"):
        assert io.load(f"{tmp_path}/x.ome.tif:{name}").shape == (5, 5)
    with pytest.raises(ValueError, match="holds no image '7'; expected one of 0, 1, im0, im1"):
        io.load(f"{tmp_path}/x.ome.tif:7")
    with pytest.raises(ValueError, match="expected no ':1' behind its name"):
        np.save(tmp_path / "x.npy", np.zeros(3))
        io.load(f"{tmp_path}/x.npy:1")


def test_imagej_keeps_how_it_is_shown(tmp_path):
    lut = [np.zeros((3, 256), "u1") for _ in range(2)]
    lut[0][0] = lut[1][1] = np.arange(256)
    more = {
        "mode": "composite",
        "LUTs": lut,
        "Ranges": (0.0, 9.0, 0.0, 5.0),
        "Labels": list("abcd"),
    }
    v = np.zeros((2, 2, 6, 7), np.uint16)
    step = {"axes": "TCYX", "finterval": 2.0, "unit": "micron"}
    tifffile.imwrite(tmp_path / "x.tif", v, imagej=True, resolution=(10, 10), metadata=more | step)
    x, meta = io.read(tmp_path / "x.tif")
    assert meta.step("T") == (2.0, "s") and meta.voxel == (0.1, 0.1) and meta.unit == "um"
    io.write(tmp_path / "y.tif", x, meta)
    with tifffile.TiffFile(tmp_path / "y.tif") as file:
        kept = file.imagej_metadata
    assert kept["mode"] == "composite" and kept["finterval"] == 2.0
    assert kept["Labels"] == list("abcd") and np.allclose(kept["LUTs"][0], lut[0])


@pytest.mark.parametrize(
    ("text", "y", "x", "error", "unit"),
    [
        ("nm,I,err\n1,5,0.1\n2,6,0.2\n3,9,0.1\n", [5, 6, 9], [1, 2, 3], [0.1, 0.2, 0.1], "nm"),
        ("1 50 0.5\n2 60 0.6\n3 90 0.9\n", [50, 60, 90], [1, 2, 3], [0.5, 0.6, 0.9], None),
        ("x [um];counts\n0,5;1,25\n1,0;2,5\n", [1.25, 2.5], [0.5, 1.0], None, "um"),
        ("0,5 1,25\n1,0 2,5\n", [1.25, 2.5], [0.5, 1.0], None, None),
        ("time (ms)\tv\n0\t1\n1\t2\n", [1, 2], [0, 1], None, "ms"),
    ],
)
def test_tables_of_the_field(tmp_path, text, y, x, error, unit):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    values, meta = io.read(tmp_path / "t.csv")
    np.testing.assert_array_equal(values, y)
    np.testing.assert_array_equal(meta.x, x)
    assert (error is None) == (meta.uncertainty is None)
    assert error is None or np.array_equal(meta.uncertainty, error)
    assert meta.unit == unit and meta.spacing == (abs(x[1] - x[0]),)
    io.write(tmp_path / "u.csv", values, meta)
    assert np.array_equal(io.load(tmp_path / "u.csv"), y)
    assert ("," in (tmp_path / "u.csv").read_text().splitlines()[-1]) == (
        "," in text.split("\n")[1]
    )


def test_a_column_by_name_or_number(tmp_path):
    (tmp_path / "t.csv").write_text("t,a,b,c\n0,1,2,3\n1,4,5,6\n")
    assert io.load(tmp_path / "t.csv").shape == (2, 4)
    for name in ("b", "3"):
        values, meta = io.read(f"{tmp_path}/t.csv:{name}")
        assert (
            values.tolist() == [2, 5] and meta.columns == ("t", "b") and meta.x.tolist() == [0, 1]
        )
    with pytest.raises(ValueError, match="no column 'z'; expected one of t, a, b, c, or 1 to 4"):
        io.load(f"{tmp_path}/t.csv:z")


def test_inks_are_kept_or_refused_before_the_work(tmp_path):
    v = np.random.default_rng(0).integers(0, 255, (16, 16, 4), np.uint8)
    Image.frombytes("CMYK", (16, 16), v.tobytes()).save(tmp_path / "x.jpg", quality=100)
    x, meta = io.read(tmp_path / "x.jpg")
    io.write(tmp_path / "y.jpg", x, meta)
    with Image.open(tmp_path / "y.jpg") as image:
        assert image.mode == "CMYK"
    assert np.abs(io.load(tmp_path / "y.jpg").astype(int) - x).mean() < 10
    with pytest.raises(ValueError, match=r"does not hold the four inks \(CMYK\) of .jpg"):
        io.check(tmp_path / "y.png", x.shape, "uint8", meta)


@pytest.mark.parametrize(
    "more", [{}, {"imagej": True}, {"compression": "zlib"}, {"byteorder": ">"}]
)
def test_a_region_reads_no_other_pages(tmp_path, more, monkeypatch):
    v = np.random.default_rng(0).integers(0, 99, (6, 20, 31)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "x.tif", v, photometric="minisblack", **more)
    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", None)  # the whole of it
    part = (slice(2, 4), slice(None), slice(3, 9))
    x, meta = io.read(tmp_path / "x.tif", region=part)
    np.testing.assert_array_equal(x, v[part])
    assert len(meta.axes) == 3
    with pytest.raises(TypeError, match="region must be a tuple of slices"):
        io.read(tmp_path / "x.tif", region=3)


def test_regions_of_other_formats(tmp_path):
    v = np.arange(60.0).reshape(3, 4, 5)
    part = (slice(1, 3), slice(2, 4))
    for name, needs in {"x.npy": "numpy", "x.npz": "numpy", "x.h5": "h5py", "x.zarr": "zarr",
                        "x.fits": "astropy"}.items():  # fmt: skip
        try:
            __import__(needs)
        except ImportError:
            continue
        io.save(tmp_path / name, v)
        np.testing.assert_array_equal(io.read(tmp_path / name, region=part)[0], v[part])
