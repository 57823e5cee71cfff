"""WAV."""

from __future__ import annotations

import pathlib

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Meta

__all__ = ["read_wav", "refuse_wav", "write_wav"]


def read_wav(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return the samples, (samples, channels) of several, and their rate."""
    from scipy.io import wavfile

    rate, values = wavfile.read(path)
    values = np.array(values)
    axes = "TC"[: values.ndim]
    spacing = (1 / rate, None)[: values.ndim]
    return values, Meta(axes=axes, spacing=spacing, units="s", rate=int(rate))


def refuse_wav(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what a sound does not hold."""
    if meta.rate is None:
        raise ValueError(".wav needs a sample rate; give meta=Meta(rate=44100), or use .npy")
    if values.ndim not in (1, 2):
        raise ValueError(f".wav holds (samples,) or (samples, channels); got shape {values.shape}")


def write_wav(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write samples, or (samples, channels)."""
    from scipy.io import wavfile

    refuse_wav(path, values, meta)
    wavfile.write(path, meta.rate, values)


register(
    ".wav",
    read_wav,
    write_wav,
    holds=("float32", "float64", "int16", "int32", "uint8"),
    refuse=refuse_wav,
)
