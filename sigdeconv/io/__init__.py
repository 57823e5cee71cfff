"""Read and write signals by the suffix of the file, with values and metadata as they are.

Reading never rescales: 8-bit and 16-bit integers stay integers, and a `Meta` keeps what the format
says beside the values: the axes by name, the distance and the unit of the samples on each, channels
and optics. Writing with that `Meta` gives a file of the same kind. Nothing is clipped; the one
scaling is that of floating-point pictures in [0, 1], which PNG and JPEG store as 0..255 (`write`).

========== ==================================== ===============================================
suffix     values                               kept beside them
========== ==================================== ===============================================
.png .jpg  uint8, uint16 and bool (PNG)         resolution, EXIF, colour profile
.tif       any real dtype, stacks                axes, spacing and units, channels, optics
.npy .npz  any dtype                             name of the array, axes, channels (.npz)
.wav       int16, int32, uint8, float32/64       sample rate
.csv .txt  real numbers                          header, x, uncertainty, delimiter
.fits .fz  integers, float32, float64            the cards, pixel scale; by astropy
.h5 .ims   any dtype, by the path inside         axes, spacing, channels; by h5py
.mat       matrices, by their names              names; version 7.3 by h5py
.psf       float64, read only                   kernel of PSFEx, at a place; by astropy
.mrc .map  float32, integers                     voxel size; by mrcfile
.sgy       float32                              sample interval, all headers; by segyio
.mseed     int32, float32, float64              sample interval, names, starts; by obspy
.nd2 .czi  any real dtype, read only             axes, pixel sizes, channels; by bioio
.zarr      any real dtype, OME-Zarr              axes, scale and units, channels; by zarr
========== ==================================== ===============================================

A path may name what is inside: ``images.ome.tif:1``, ``table.csv:counts``. One format a file; a
new one in this folder is found by discovery.
"""

from sigdeconv.io._file import check, load, read, save, suffixes, write
from sigdeconv.io._format import register, registry
from sigdeconv.io._meta import APART, Channel, Meta, OutsideRange
from sigdeconv.io._parts import create_parts, open_parts
from sigdeconv.io._place import names_file
from sigdeconv.io._units import convert

__all__ = [
    "APART",
    "Channel",
    "Meta",
    "OutsideRange",
    "check",
    "convert",
    "create_parts",
    "load",
    "names_file",
    "open_parts",
    "read",
    "register",
    "registry",
    "save",
    "suffixes",
    "write",
]

registry.search(__name__)
