"""WAV."""

from __future__ import annotations

import pathlib

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta

__all__ = ["read_wav", "write_wav"]


def read_wav(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the samples, (samples, channels) of several, and their rate."""
    from scipy.io import wavfile

    rate, values = wavfile.read(path)
    return np.array(values), Meta(rate=int(rate))


def write_wav(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write samples, or (samples, channels)."""
    from scipy.io import wavfile

    if meta.rate is None:
        raise ValueError(".wav needs a sample rate; give meta=Meta(rate=44100), or use .npy")
    if values.ndim not in (1, 2):
        raise ValueError(f".wav holds (samples,) or (samples, channels); got shape {values.shape}")
    wavfile.write(path, meta.rate, values)


register(".wav", read_wav, write_wav, holds=("float32", "float64", "int16", "int32", "uint8"))
