"""Formats of the field: written, and opened again by the field's own library, and the other way."""

import math
import struct
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from sigdeconv import io
from sigdeconv.cli import main
from sigdeconv.io import Channel, Meta

V = np.random.default_rng(0).poisson(900, (3, 12, 14)).astype(np.uint16)
STEPS = Meta(axes="ZYX", spacing=(0.3, 0.1, 0.1), units="um")


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("x.fits", "astropy", "fits"),
        ("x.h5", "h5py", "hdf5"),
        ("x.ims", "h5py", "hdf5"),
        ("x.mrc", "mrcfile", "mrc"),
        ("x.zarr", "zarr", "big"),
        ("x.nd2", "bioio", "bio"),
        ("x.lif", "bioio", "bio"),
        ("x.sgy", "segyio", "seismic"),
        ("x.mseed", "obspy", "seismic"),
    ],
)
def test_a_missing_reader_is_named_with_its_extra(
    tmp_path, monkeypatch, name, package, extra, capsys
):
    for module in [m for m in sys.modules if m.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"SIMPLE")
    assert main(["restore", name, "--psf", "gaussian:1", "-o", "y.tif"]) == 1
    err = capsys.readouterr().err
    assert f"pip install 'sigdeconv[{extra}]'" in err and err.count("\n") == 1


def test_fits(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    card = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CD1_1": -0.3 / 3600, "CD1_2": 0.0,
            "CD2_1": 0.0, "CD2_2": 0.3 / 3600, "EXPTIME": 30.5, "OBJECT": "M 51"}  # fmt: skip
    header = fits.Header(card)
    second = fits.CompImageHDU(V[1], header, name="SCI")
    fits.HDUList([fits.PrimaryHDU(V[0], header), second]).writeto(tmp_path / "x.fits")
    x, meta = io.read(tmp_path / "x.fits")
    np.testing.assert_array_equal(x, V[0])  # BZERO of unsigned integers
    assert x.dtype == np.uint16 and x.dtype.isnative
    assert (meta.axes, meta.voxel, meta.unit) == ("YX", (0.3, 0.3), "arcsec")
    np.testing.assert_array_equal(io.load(f"{tmp_path}/x.fits:sci"), V[1])
    with pytest.raises(ValueError, match="holds no image 'ERR'; expected 0, 1, PRIMARY, SCI"):
        io.load(f"{tmp_path}/x.fits:ERR")
    y = x.astype(np.float32)
    y[2, 3] = np.nan
    io.write(tmp_path / "y.fits", y, meta, dtype="float32")
    with fits.open(tmp_path / "y.fits") as found:
        np.testing.assert_array_equal(found[0].data, y)
        for key, value in card.items():
            kept = found[0].header[key]
            assert kept == (value if isinstance(value, str) else pytest.approx(value, rel=1e-12))
    assert io.read(tmp_path / "y.fits")[1].voxel == (0.3, 0.3)


def test_samples_that_a_fits_file_does_not_know_are_left_out(tmp_path, monkeypatch, capsys):
    pytest.importorskip("astropy")
    monkeypatch.chdir(tmp_path)
    y = V[0].astype(np.float32)
    y[4, 5] = np.nan
    io.save("x.fits", y)
    command = ["restore", "x.fits", "--psf", "gaussian:1", "--method", "cgls", "--num-iter", "3"]
    assert main(command) == 0
    assert "1 sample is NaN" in capsys.readouterr().err
    assert np.isfinite(io.load("x.restored.fits")).all()


@pytest.mark.parametrize("whole_columns", [False, True])
def test_a_spectrum_in_a_table_of_fits(tmp_path, monkeypatch, capsys, whole_columns):
    """As surveys write them, a row a sample, and as archives do, whole columns in one row."""
    pytest.importorskip("astropy")
    from astropy.io import fits
    from astropy.table import Table

    monkeypatch.chdir(tmp_path)
    wave = np.linspace(5000, 5100, 201)
    lsf, rng = np.hanning(41) / 20, np.random.default_rng(0)
    lines = 3 + 5 * (np.abs(wave[:, None] - [5030, 5037, 5070]) < 1).sum(1)
    flux = np.convolve(np.pad(lines, 20, "edge"), lsf, "valid") + 0.01 * rng.standard_normal(201)
    columns = {"flux": flux.astype("f4"), "ivar": np.full(201, 1e4), "wave": wave,
               "mask": np.zeros(201, "i4")}  # fmt: skip
    form = {"f4": "E", "f8": "D", "i4": "J"}
    units = {"wave": "Angstrom", "flux": "erg / (s cm2)"}
    made = [
        fits.Column(name=k, format=f"{201 if whole_columns else ''}{form[v.dtype.str[1:]]}",
                    array=v[None] if whole_columns else v, unit=units.get(k))
        for k, v in columns.items()
    ]  # fmt: skip
    head = fits.PrimaryHDU(header=fits.Header({"OBJECT": "M 51"}))
    fits.HDUList([head, fits.BinTableHDU.from_columns(made, name="SPEC")]).writeto("x.fits")
    x, meta = io.read("x.fits")
    np.testing.assert_array_equal(x, columns["flux"])
    np.testing.assert_allclose(meta.uncertainty, 0.01)
    assert (meta.axes, meta.spacing, meta.units) == ("X", (0.5,), ("angstrom",))
    np.testing.assert_array_equal(io.load("x.fits:ivar"), columns["ivar"])
    np.testing.assert_array_equal(io.load("x.fits:SPEC"), x)
    with pytest.raises(ValueError, match="no column 'err'; expected one of flux, ivar, wave, mask"):
        io.load("x.fits:err")
    part, of_part = io.read("x.fits", region=(slice(10, 20),))
    assert part.shape == of_part.x.shape == (10,)
    np.savetxt("lsf.csv", np.c_[np.arange(-20, 21) * 0.05, lsf], delimiter=",",
               header="nm,I", comments="")  # fmt: skip
    assert main(["restore", "x.fits", "--psf", "lsf.csv", "--method", "wiener"]) == 0
    assert "the column of errors is taken as the uncertainty" in capsys.readouterr().err
    table = Table.read("x.restored.fits", hdu=1)
    assert table.colnames == ["wave", "flux"] and len(table) == 201
    np.testing.assert_array_equal(table["wave"], wave)
    assert str(table["wave"].unit) == "Angstrom" and str(table["flux"].unit) == "erg / (s cm2)"
    assert fits.getheader("x.restored.fits")["OBJECT"] == "M 51"
    assert main(["rerun", "x.restored.fits"]) == 0 and "equal to" in capsys.readouterr().out
    assert main(["restore", "x.fits", "--psf", "lsf.csv", "--column", "flux", "-o", "y.csv"]) == 0
    assert io.read("y.csv")[1].step("X") == (0.5, "angstrom")


def test_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["group/data"] = V
        file["group/data"].attrs["element_size_um"] = (0.3, 0.1, 0.1)
        file["other"] = V[0]
        file["note"] = "text"
    with pytest.raises(ValueError, match=r"2 arrays \(/group/data, /other\).*x.h5:/group/data"):
        io.read(tmp_path / "x.h5")
    x, meta = io.read(f"{tmp_path}/x.h5:/group/data")
    np.testing.assert_array_equal(x, V)
    assert (meta.axes, meta.voxel, meta.unit) == ("ZYX", (0.3, 0.1, 0.1), "um")
    io.write(tmp_path / "y.h5", x, meta)
    again = io.read(tmp_path / "y.h5")[1]
    assert (again.axes, again.spacing, again.units, again.key) == (
        meta.axes, meta.spacing, meta.units, meta.key,
    )  # fmt: skip
    with h5py.File(tmp_path / "y.h5") as file:
        np.testing.assert_array_equal(file["group/data"], V)


def test_mat(tmp_path):
    from scipy.io import loadmat, savemat

    savemat(tmp_path / "x.mat", {"a": V, "b": V[0, 0], "note": "text"})
    with pytest.raises(ValueError, match=r"2 matrices \(a, b\); expected one. x.mat:a names one"):
        io.read(tmp_path / "x.mat")
    np.testing.assert_array_equal(io.load(f"{tmp_path}/x.mat:a"), V)
    assert io.load(f"{tmp_path}/x.mat:b").shape == (14,)
    io.write(tmp_path / "y.mat", V, Meta(key="a"))
    np.testing.assert_array_equal(loadmat(tmp_path / "y.mat")["a"], V)


def test_mat_of_version_7_3(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.mat", "w", userblock_size=512) as file:
        file["a"] = V.T  # as MATLAB stores it
    with open(tmp_path / "x.mat", "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(128))
    np.testing.assert_array_equal(io.load(tmp_path / "x.mat"), V)


def test_mrc(tmp_path):
    mrcfile = pytest.importorskip("mrcfile")
    io.write(tmp_path / "x.mrc", V, STEPS)
    with mrcfile.open(tmp_path / "x.mrc") as file:
        np.testing.assert_array_equal(file.data, V)
        assert float(file.voxel_size.z) == pytest.approx(3000)
    x, meta = io.read(tmp_path / "x.mrc")
    np.testing.assert_array_equal(x, V)
    assert meta.voxel == pytest.approx((3000, 1000, 1000)) and meta.unit == "angstrom"


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr(tmp_path, version):
    zarr = pytest.importorskip("zarr")
    channels = (Channel("DAPI", 461.0, colour=65535), Channel("GFP", 509.0, colour=16711935))
    steps = (2.0, None, 0.3, 0.1, 0.1)
    units = ("s", None, "um", "um", "um")
    meta = Meta(axes="TCZYX", spacing=steps, units=units, channels=channels, kind=version)
    v = np.stack([np.stack([V, V // 2])] * 2)
    io.write(tmp_path / "x.zarr", v, meta)
    x, again = io.read(tmp_path / "x.zarr")
    np.testing.assert_array_equal(x, v)
    assert again.channels == channels and again.kind == version
    assert (again.axes, again.spacing, again.units) == (meta.axes, meta.spacing, meta.units)
    root = zarr.open(tmp_path / "x.zarr", mode="r")
    attributes = dict(root.attrs).get("ome", dict(root.attrs))
    scale = attributes["multiscales"][0]
    assert [axis["name"] for axis in scale["axes"]] == list("tczyx")
    assert scale["axes"][2]["unit"] == "micrometer" and scale["axes"][1]["type"] == "channel"
    io.write(tmp_path / "x.zarr", v[:1], meta)  # replaced as a whole
    assert io.load(tmp_path / "x.zarr").shape == v[:1].shape
    assert [p.name for p in tmp_path.iterdir()] == ["x.zarr"]


def test_ome_zarr_of_another_library(tmp_path):
    ngff = pytest.importorskip("ngff_zarr")
    image = ngff.to_ngff_image(V, dims=["z", "y", "x"], scale={"z": 0.3, "y": 0.1, "x": 0.1})
    image.axes_units = dict.fromkeys("zyx", "micrometer")
    ngff.to_ngff_zarr(str(tmp_path / "x.zarr"), ngff.to_multiscales(image))
    x, meta = io.read(tmp_path / "x.zarr")
    np.testing.assert_array_equal(x, V)
    assert (meta.axes, meta.voxel, meta.unit) == ("ZYX", (0.3, 0.1, 0.1), "um")
    io.write(tmp_path / "y.zarr", x, meta)
    back = ngff.from_ngff_zarr(str(tmp_path / "y.zarr")).images[0]
    assert list(back.dims) == ["z", "y", "x"] and back.scale == {"z": 0.3, "y": 0.1, "x": 0.1}
    np.testing.assert_array_equal(np.asarray(back.data), V)


def test_the_files_of_a_zeiss(tmp_path):
    """Written by the maker's own library."""
    pytest.importorskip("bioio_czi")
    czi = pytest.importorskip("pylibCZIrw.czi")
    from sigdeconv.io.bio import read_bio

    v = np.stack([V, V // 2])
    with czi.create_czi(str(tmp_path / "x.czi")) as file:
        for c, z in np.ndindex(2, len(V)):
            file.write(data=v[c, z][..., None], plane={"T": 0, "Z": z, "C": c})
        file.write_metadata(
            "x", channel_names={0: "DAPI", 1: "GFP"}, scale_x=1e-7, scale_y=1.1e-7, scale_z=3e-7
        )
    x, meta = io.read(tmp_path / "x.czi")
    np.testing.assert_array_equal(x, v)
    assert meta.axes == "CZYX" and meta.units == (None, "um", "um", "um")
    assert meta.voxel == pytest.approx((0.3, 0.11, 0.1))
    assert [c.name for c in meta.channels] == ["DAPI", "GFP"]
    with pytest.raises(ValueError, match="holds no scene 'z'"):
        read_bio(tmp_path / "x.czi", "z")


def _write_lif(path, v, step, na, index):
    """Write one series of C, Z, Y, X as the makers lay it out: XML, then a block of memory."""
    size, counts = v.itemsize, (*v.shape[:0:-1],)
    jumps = (size, size * v.shape[3], size * math.prod(v.shape[2:]) * v.shape[0])
    dims = "".join(
        f'<DimensionDescription DimID="{k + 1}" NumberOfElements="{n}" Origin="0" Unit="m" '
        f'Length="{d * (n - 1) * 1e-6}" BitInc="0" BytesInc="{jump}"/>'
        for k, (n, d, jump) in enumerate(zip(counts, step[::-1], jumps, strict=True))
    )
    channels = "".join(
        f'<ChannelDescription DataType="0" ChannelTag="0" Resolution="16" LUTName="{name}" '
        'NameOfMeasuredQuantity="" Min="0" Max="1" Unit="" IsLUTInverted="0" '
        f'BytesInc="{size * math.prod(v.shape[2:]) * c}" BitInc="0"/>'
        for c, name in enumerate(("Green", "Red"))
    )
    values = np.ascontiguousarray(np.moveaxis(v, 0, 1)).tobytes()
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="x"><Data><Experiment/></Data><Memory '
        'Size="0" MemoryBlockID="M0"/><Children><Element Name="Series"><Data><Image>'
        f"<ImageDescription><Channels>{channels}</Channels><Dimensions>{dims}</Dimensions>"
        '</ImageDescription><Attachment Name="HardwareSetting"><ATLConfocalSettingDefinition '
        f'NumericalAperture="{na}" RefractionIndex="{index}"/></Attachment></Image></Data><Memory '
        f'Size="{len(values)}" MemoryBlockID="M1"/></Element></Children></Element>'
        "</LMSDataContainerHeader>"
    )
    text = xml.encode("utf-16-le")
    out = struct.pack("<iibi", 0x70, len(text) + 5, 0x2A, len(xml)) + text
    for name, block in (("M0", b""), ("M1", values)):
        head = struct.pack("<bqbi", 0x2A, len(block), 0x2A, len(name)) + name.encode("utf-16-le")
        out += struct.pack("<ii", 0x70, len(head)) + head + block
    path.write_bytes(out)


def test_the_files_of_a_leica(tmp_path):
    pytest.importorskip("bioio_lif")
    v = np.stack([V, V // 2])
    _write_lif(tmp_path / "x.lif", v, (0.3, 0.11, 0.1), 1.4, 1.518)
    x, meta = io.read(tmp_path / "x.lif")
    np.testing.assert_array_equal(x, v)
    assert meta.axes == "CZYX" and meta.voxel == pytest.approx((0.3, 0.11, 0.1))
    assert [c.name for c in meta.channels] == ["Green", "Red"]
    assert (meta.na, meta.immersion) == (1.4, 1.518)


def test_an_objective_is_believed_where_all_that_is_said_agrees():
    from sigdeconv.io.bio import APERTURE, _agreed

    one = "<a><LensNA>0.8</LensNA><b NumericalAperture='0.8'/><b NumericalAperture='0'/></a>"
    two = one.replace("<LensNA>0.8", "<LensNA>1.4")
    found = [_agreed(ElementTree.fromstring(t), APERTURE) for t in (one, two, "<a><LensNA/></a>")]
    assert found == [0.8, None, None]


def test_a_file_that_no_plugin_reads(tmp_path):
    pytest.importorskip("bioio")
    (tmp_path / "x.dv").write_bytes(b"1234" * 100)
    with pytest.raises(ValueError, match=r"for \.dv look for bioio-dv") as error:
        io.read(tmp_path / "x.dv")
    assert len(str(error.value)) < 300


def test_segy(tmp_path):
    segyio = pytest.importorskip("segyio")
    v = np.random.default_rng(0).normal(size=(5, 120)).astype(np.float32)
    segyio.tools.from_array2D(str(tmp_path / "x.sgy"), v, dt=4000)
    with segyio.open(str(tmp_path / "x.sgy"), "r+", ignore_geometry=True) as file:
        for k in range(5):
            file.header[k] = {segyio.TraceField.CDP_X: 100 + k}
        file.text[0] = "C 1 A LINE".ljust(3200)
    x, meta = io.read(tmp_path / "x.sgy")
    np.testing.assert_array_equal(x, v)
    assert (meta.axes, meta.spacing, meta.units) == ("CX", (None, 0.004), (None, "s"))
    io.write(tmp_path / "y.sgy", 2 * x, meta)
    with segyio.open(str(tmp_path / "y.sgy"), ignore_geometry=True) as file:
        np.testing.assert_array_equal(file.trace.raw[:], 2 * v)
        assert [file.header[k][segyio.TraceField.CDP_X] for k in range(5)] == list(range(100, 105))
        assert bytes(file.text[0]).startswith(b"C 1 A LINE") and segyio.tools.dt(file) == 4000
    assert main(["restore", f"{tmp_path}/x.sgy", "--psf", "gaussian:1"]) == 0
    found, said = io.read(tmp_path / "x.restored.sgy")
    assert found.shape == v.shape and said.header[2:] == meta.header[2:]


def test_miniseed(tmp_path):
    obspy = pytest.importorskip("obspy")
    v = np.random.default_rng(0).integers(-999, 999, (3, 200), np.int32)
    start = obspy.UTCDateTime(2020, 2, 3, 4, 5, 6)
    stats = {"network": "BW", "station": "UH3", "delta": 0.01, "starttime": start}
    stream = obspy.Stream(
        [obspy.Trace(one, stats | {"channel": f"EH{c}"}) for one, c in zip(v, "ENZ", strict=True)]
    )
    stream.write(str(tmp_path / "x.mseed"), format="MSEED")
    x, meta = io.read(tmp_path / "x.mseed")
    np.testing.assert_array_equal(x, v)
    assert (meta.axes, meta.spacing) == ("CX", (None, 0.01))
    assert [c.name for c in meta.channels] == ["BW.UH3..EHE", "BW.UH3..EHN", "BW.UH3..EHZ"]
    one, said = io.read(f"{tmp_path}/x.mseed:BW.UH3..EHN")
    np.testing.assert_array_equal(one, v[1])
    assert said.axes == "X"
    io.write(tmp_path / "y.mseed", x.astype(np.float32), meta, dtype="float32")
    back = obspy.read(str(tmp_path / "y.mseed"))
    assert [t.id for t in back] == [t.id for t in stream] and back[0].stats.starttime == start
    # A gap is NaN; pieces far apart are traces of their own.
    late = obspy.Trace(v[0], stats | {"channel": "EHE", "starttime": start + 2.5})
    obspy.Stream([stream[0], late]).write(str(tmp_path / "gap.mseed"), format="MSEED")
    gap = io.load(tmp_path / "gap.mseed")
    assert gap.shape == (450,) and np.isnan(gap).sum() == 50
    late.stats.starttime = start + 3600
    obspy.Stream([stream[0], late]).write(str(tmp_path / "far.mseed"), format="MSEED")
    assert io.load(tmp_path / "far.mseed").shape == (2, 200)


def test_fits_as_astronomers_name_it(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    cards = {"CTYPE3": "STOKES", "CTYPE4": "FREQ"}
    cube = fits.PrimaryHDU(V[None].astype("f4"), fits.Header(cards))
    second = fits.ImageHDU(V[1], name="SCI")
    fits.HDUList([cube, second]).writeto(tmp_path / "x.fits.gz")
    x, meta = io.read(tmp_path / "x.fits.gz")
    assert x.shape == (1, *V.shape) and set(meta.axes[:2]) < set(io.APART)
    np.testing.assert_array_equal(io.load(f"{tmp_path}/x.fits.gz[SCI]"), V[1])
    (tmp_path / "x.tar.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"of \.gz only FITS is read"):
        io.load(tmp_path / "x.tar.gz")
