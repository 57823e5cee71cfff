"""Arrays: which namespace they belong to, which dtype they are computed in, how they come back.

The dtype rule of the package: float32, float64, complex64 and complex128 are kept; integers and
booleans become float64 with their values unchanged; half precision becomes float32.
NumPy is the reference. Any other namespace is found by ``array_api_compat`` and the data stays on
its device.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

__all__ = [
    "NORMAL_MEDIAN",
    "Array",
    "ArrayLike",
    "NumpyArray",
    "RealArray",
    "as_float",
    "as_kernel",
    "as_like",
    "check_finite",
    "is_complex",
    "like",
    "namespace",
    "owned",
    "random_generator",
    "real_dtype",
    "refuse_lazy",
    "to_numpy",
    "zeros",
]

# Largest values taken, by whether they are in double precision: sums of squares stay finite.
LARGEST = {False: 1e14, True: 1e148}
NORMAL_MEDIAN = 0.6744897501960817  # of |z| for a standard normal z


class Array(Protocol):
    """An array of any namespace: NumPy, PyTorch, CuPy, or another of the array API.

    It is for type checkers, and lists what all of them have. What an operation returns depends on
    the namespace, so it is ``Any``, and so are the operands.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def ndim(self) -> int: ...
    @property
    def dtype(self) -> Any: ...

    def __array__(self) -> np.ndarray[Any, Any]: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def __bool__(self) -> bool: ...
    def __float__(self) -> float: ...
    def __complex__(self) -> complex: ...
    def __int__(self) -> int: ...
    def __neg__(self) -> Any: ...
    def __pos__(self) -> Any: ...
    def __abs__(self) -> Any: ...
    def __add__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __rtruediv__(self, other: Any, /) -> Any: ...
    def __pow__(self, other: Any, /) -> Any: ...
    def __rpow__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...
    def __and__(self, other: Any, /) -> Any: ...
    def __or__(self, other: Any, /) -> Any: ...
    def __lt__(self, other: Any, /) -> Any: ...
    def __le__(self, other: Any, /) -> Any: ...
    def __gt__(self, other: Any, /) -> Any: ...
    def __ge__(self, other: Any, /) -> Any: ...
    def __eq__(self, other: Any, /) -> Any: ...
    def __ne__(self, other: Any, /) -> Any: ...


NumpyArray = np.ndarray[Any, Any]
RealArray = np.ndarray[Any, np.dtype[np.float64]]

# What becomes an array. The depth is finite: a recursive alias would take a str, whose items are
# of type str again.
_Row: TypeAlias = Sequence[complex | Array]
_Rows: TypeAlias = Sequence[complex | Array | _Row]
ArrayLike: TypeAlias = Array | Sequence[complex | Array | _Row | _Rows]


# What counts as NumPy's, lists and scalars too.
NUMPY_LIKE = (np.ndarray, np.generic, int, float, complex, list, tuple, type(None))


def namespace(*arrays: Any) -> Any:
    """Return the array namespace shared by `arrays`; lists and scalars count as NumPy."""
    for a in arrays:
        if not isinstance(a, NUMPY_LIKE):
            break
    else:
        return np
    foreign = [a for a in arrays if not _is_numpy_like(a)]
    if not foreign:
        return np
    from array_api_compat import array_namespace

    return array_namespace(*foreign)


def _is_numpy_like(a: Any) -> bool:
    if isinstance(a, NUMPY_LIKE):
        return True
    foreign = hasattr(a, "__array_namespace__") or _is_torch(a)
    return not foreign


def _is_torch(a: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(a, torch.Tensor)


def as_float(a: Any, name: str = "array", *, xp: Any = None) -> Array:
    """Return `a` as a floating-point array of its own namespace (no copy when it is one already).

    Raises
    ------
    TypeError
        If `a` does not hold numbers, or hides some of them.
    """
    xp = namespace(a) if xp is None else xp
    if xp is np:
        given = _kind(a, name)
        try:
            a = np.asarray(a)
        except ValueError as error:
            raise TypeError(f"{name} must be an array of numbers; got a ragged sequence") from error
        if a.dtype.kind in "biu":
            return a.astype(np.float64)
        if a.dtype.kind not in "fc":
            raise TypeError(f"{name} must be an array of numbers; got {given} of dtype {a.dtype}")
        if a.dtype.kind == "f" and a.dtype.itemsize not in (4, 8):
            return a.astype(np.float32 if a.dtype.itemsize < 4 else np.float64)
        if a.dtype.kind == "c" and a.dtype.itemsize > 16:
            return a.astype(np.complex128)
        return a if a.dtype.isnative else a.astype(a.dtype.newbyteorder("="))
    if xp.isdtype(a.dtype, ("bool", "integral")):
        return xp.astype(a, xp.float64)
    if a.dtype not in (xp.float32, xp.float64, xp.complex64, xp.complex128):
        return xp.astype(a, xp.float32)
    return a


def _kind(a: Any, name: str) -> str:
    """Return the name of the type of `a`; raise for one whose numbers it would not give."""
    if a is None or isinstance(a, (str, bytes, os.PathLike)):
        hint = f"; sigdeconv.io.load({os.fspath(a)!r}) reads a file" if a else ""
        hint += ", sigdeconv.psf.from_spec makes a kernel" if a and name == "psf" else ""
        raise TypeError(f"{name} must be an array of numbers; got {a!r}{hint}")
    refuse_lazy(a, name)
    masked = sys.modules.get("numpy.ma")
    if masked is not None and isinstance(a, masked.MaskedArray) and np.any(a.mask):
        raise TypeError(
            f"{name} is a masked array that hides {int(np.sum(a.mask))} values; expected a plain "
            f"one. Pass {name}.filled(0), and for data mask=~{name}.mask"
        )
    return type(a).__name__


def real_dtype(a: Array) -> Any:
    """Return the real floating dtype with the precision of `a`."""
    xp = namespace(a)
    return xp.float32 if a.dtype in (xp.float32, xp.complex64) else xp.float64


def is_complex(a: Array) -> bool:
    """Tell whether `a` holds complex numbers."""
    return bool(namespace(a).isdtype(a.dtype, "complex floating"))


def like(value: Any, model: Array, *, keep_complex: bool = True) -> Array:
    """Return `value` in the namespace, on the device and in the precision of `model`."""
    xp = np if isinstance(model, np.ndarray) else namespace(model)
    if xp is np:
        value = value if isinstance(value, np.ndarray) else np.asarray(to_numpy(value))
        wide = value.dtype.kind == "c" and keep_complex
        real = np.float32 if model.dtype in (np.float32, np.complex64) else np.float64
        dtype = np.result_type(real, np.complex64) if wide else real
        return np.asarray(value, dtype=dtype)
    from array_api_compat import device, to_device

    wide = np.iscomplexobj(value) if _is_numpy_like(value) else is_complex(value)
    double = real_dtype(model) == xp.float64
    if wide and keep_complex:
        dtype = xp.complex128 if double else xp.complex64
    else:
        dtype = xp.float64 if double else xp.float32
    if _is_numpy_like(value):
        value = np.array(value, order="C")  # other namespaces refuse negative strides
        if value.dtype.kind in "biu":
            value = value.astype(np.float64)
        kind = "complex" if np.iscomplexobj(value) else "float"
        value = value.astype(f"{kind}{(64 if double else 32) * (2 if kind == 'complex' else 1)}")
        return xp.asarray(value, dtype=dtype, device=device(model))
    # Not by asarray: what it makes of a tensor that records gradients differs between versions.
    return to_device(xp.astype(value, dtype, copy=False), device(model))


def zeros(shape: tuple[int, ...], model: Array, *, dtype: Any = None) -> Array:
    """Return zeros in the namespace, on the device and of the dtype of `model`."""
    xp = namespace(model)
    dtype = model.dtype if dtype is None else dtype
    if xp is np:
        return np.zeros(shape, dtype=dtype)
    from array_api_compat import device

    return xp.zeros(shape, dtype=dtype, device=device(model))


def to_numpy(a: Any) -> np.ndarray[Any, Any]:
    """Return `a` as a NumPy array, wherever it lives."""
    if isinstance(a, np.ndarray):
        return a
    if _is_torch(a):
        return np.asarray(a.detach().cpu())
    if hasattr(a, "get") and hasattr(a, "__cuda_array_interface__"):  # CuPy
        return np.asarray(a.get())
    refuse_lazy(a, "array")
    if hasattr(a, "__array_namespace__"):
        # NumPy reads the memory of the namespace's own device alone.
        home = a.__array_namespace__().__array_namespace_info__().default_device()
        a = a if a.device == home else a.to_device(home)
    return np.asarray(a)


def refuse_lazy(a: Any, name: str) -> None:
    """Raise for an array of Dask, which NumPy would compute whole and in silence."""
    if type(a).__module__.partition(".")[0] == "dask":
        raise TypeError(
            f"{name} is a Dask {type(a).__name__}, which is not computed yet; expected an array in "
            f"memory. Pass {name}.compute(), or give it to sigdeconv.tiled, which works on parts"
        )


def check_finite(a: Array, name: str) -> None:
    """Raise ValueError when `a` holds NaN, infinity, or values whose squares come close to it."""
    xp = namespace(a)
    if 0 in a.shape:
        return
    double = a.dtype in (xp.float64, xp.complex128)
    limit = LARGEST[double]
    parts = (xp.real(a), xp.imag(a)) if is_complex(a) else (a,)
    # NaN fails both comparisons.
    if all(bool(-limit <= xp.min(part)) and bool(xp.max(part) <= limit) for part in parts):
        return
    if not bool(xp.all(xp.isfinite(a))):
        bad = int(xp.sum(xp.astype(~xp.isfinite(a), xp.int64)))
        hint = ""
        if name == "y":
            hint = ". Pass mask=numpy.isfinite(y) beside it, which leaves them out"
        raise ValueError(
            f"{name} holds {bad} values that are NaN or infinite; expected finite numbers{hint}"
        )
    largest = max(float(to_numpy(xp.max(xp.abs(part)))) for part in parts)
    raise ValueError(
        f"{name} holds values of size {largest:.3g}, whose squares overflow; expected at most "
        f"{limit:.0g} in {'double' if double else 'single'} precision. Divide it by a constant"
    )


def as_like(value: Any, model: Array, name: str) -> Array:
    """Return `value` like `model` after all checks; complex only where `model` is.

    Raises
    ------
    TypeError, ValueError
        If `value` does not hold numbers, or some of them are not finite; or it is complex and
        `model` is real.
    """
    value = as_float(value, name)
    check_finite(value, name)
    if is_complex(value) and not is_complex(model):
        raise TypeError(f"{name} is complex; expected real numbers, like the data")
    return like(value, model)


def random_generator(rng: Any) -> np.random.Generator:
    """Return the generator that `rng` is or seeds.

    Raises
    ------
    TypeError, ValueError
        If it is neither a generator nor a seed.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"rng must be a whole number of at least 0, a numpy.random.Generator or None; "
            f"got {rng!r}"
        ) from None


def owned(a: Array, given: Any) -> Array:
    """Return `a`, made of what was `given`, such that the giver can change it no more.

    It is copied where it may share its numbers with `given`, and read-only where NumPy has it.
    """
    if not isinstance(a, np.ndarray):
        return namespace(a).astype(a, a.dtype, copy=True)
    if not a.flags.owndata or (a is given and a.flags.writeable):
        a = np.array(a)
    a.flags.writeable = False
    return a


def as_kernel(psf: Any) -> NumpyArray:
    """Return a kernel in NumPy, checked and owned.

    Raises
    ------
    TypeError, ValueError
        If it does not hold numbers, or none, or some of them are not finite.
    """
    kernel = to_numpy(as_float(psf, "psf"))
    if kernel.ndim == 0 or kernel.size == 0:
        raise ValueError(f"psf must have at least one axis and one sample; got {kernel.shape}")
    check_finite(kernel, "psf")
    return np.asarray(owned(kernel, psf))
