"""The nearest layer that a framework has, and what to do before and after it.

Every layer is a part of the full output of (H - 1) S + l(K-1) + 1 samples. Where a framework cannot
cut it so, it can cut less, and the rest is a slice; where it has no groups, a layer for each group
does; where Keras refuses stride and dilation together, a dense kernel with l - 1 zeros between its
taps is the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from sigdeconv.geometry import Pair, Sizes
from sigdeconv.transposed._words._settings import LayerSettings, Refusal

__all__ = ["Nearest", "code", "nearest"]

NO_GROUPS = ("keras", "tf", "jax", "flax", "mlx")
# framework -> what makes a layer; `{n}` is the number of axes
MAKERS = {
    "torch": "torch.nn.ConvTranspose{n}d(in_channels, out_channels, {kernel}{words})(x)",
    "tinygrad": "tinygrad.nn.ConvTranspose{n}d(in_channels, out_channels, {kernel}{words})(x)",
    "paddle": "paddle.nn.Conv{n}DTranspose(in_channels, out_channels, {kernel}{words})(x)",
    "mlx": "mlx.nn.ConvTranspose{n}d(in_channels, out_channels, {kernel}{words})(x)",
    "keras": "keras.layers.Conv{n}DTranspose(filters, {kernel}{words})(x)",
    "flax": "flax.linen.ConvTranspose(features, {tuple}{words})(x)",
    "jax": "jax.lax.conv_transpose(x, w{words})",
    "tf": "tf.nn.conv{n}d_transpose(x, w{words})",
    "onnx": 'onnx.helper.make_node("ConvTranspose", ["x", "w"], ["y"]{words})',
}
LAST = ("keras", "flax", "jax", "tf", "mlx")  # whose channels are last
PADS = {
    "keras": "keras.ops",
    "flax": "jax.numpy",
    "jax": "jax.numpy",
    "tf": "tf",
    "mlx": "mlx.core",
}
# What need not be written: it is the default there.
DEFAULTS = ("output_padding", "dilation", "dilations", "groups", "group", "dilation_rate")


@dataclasses.dataclass(frozen=True)
class Nearest:
    """A layer that a framework can express, and how it becomes the one that was asked for.

    Parameters
    ----------
    layer : Layer
        The layer that is expressed.
    words : dict
        Its arguments in the framework's words.
    trim : tuple of pairs (before, after)
        Samples to slice off its output on each axis of space; negative ones are zeros to add.
    spread : tuple of int
        Distance at which the taps are put into a dense kernel, 1 where the kernel stays.
    parts : int
        Number of layers that share the channels, each with its group of them.

    Examples
    --------
    >>> from sigdeconv.transposed import Layer
    >>> found = Layer.from_keras(3, strides=2, padding="same").nearest("torch")
    >>> found.words["padding"], found.trim, found.is_exact
    ((0,), ((0, 1),), False)
    """

    layer: LayerSettings
    words: dict[str, Any]
    trim: tuple[Pair, ...]
    spread: tuple[int, ...]
    parts: int

    @property
    def is_exact(self) -> bool:
        """Whether the layer is the one that was asked for, with nothing to do around it."""
        whole = all(ends == (0, 0) for ends in self.trim)
        return whole and self.parts == 1 and all(n == 1 for n in self.spread)


def nearest(layer: Any, framework: str, input_size: Sizes | None = None) -> Nearest:
    """Return the nearest layer that the framework can express."""
    parts, spread = 1, tuple(1 for _ in layer.kernel)
    wanted = layer
    if framework in NO_GROUPS and layer.groups > 1:
        parts, wanted = layer.groups, dataclasses.replace(wanted, groups=1)
    if framework == "keras" and max(layer.stride) > 1 and max(layer.dilation) > 1:
        spread = layer.dilation
        wanted = dataclasses.replace(wanted, kernel=layer.span, dilation=(1,) * len(spread))
    for cut in _cuts(layer):
        tried = dataclasses.replace(wanted, cut=cut)
        words = _words(tried, framework, input_size)
        if words is not None:
            pairs = zip(layer.cut, cut, strict=True)
            trim = tuple((b - p, a - q) for (b, a), (p, q) in pairs)
            return Nearest(tried, words, trim, spread, parts)
    raise AssertionError(f"{framework} makes no full output")  # it does: padding 0 says so


def _cuts(layer: Any) -> Iterator[tuple[Pair, ...]]:
    """Yield cuts to try, from the one that is wanted to none."""
    yield layer.cut
    ends = [(max(before, 0), max(after, 0)) for before, after in layer.cut]
    yield tuple(ends)
    yield tuple((min(pair), min(pair)) for pair in ends)
    yield tuple((0, 0) for _ in ends)


def _words(tried: Any, framework: str, input_size: Sizes | None) -> dict[str, Any] | None:
    """Return the words for a layer, or None where there are none."""
    write = getattr(tried, f"to_{framework}")
    try:
        return dict(write(input_size) if framework == "tf" else write())
    except ValueError as error:
        if not isinstance(error.args[0], Refusal):
            raise
        return None


def code(found: Nearest, framework: str) -> str:
    """Return Python that makes the layer `found` and what has to be done around it.

    ``x`` are the data and ``w`` the weights, both as the framework has them.
    """
    n, lines = len(found.trim), []
    if any(step > 1 for step in found.spread):
        steps = "".join(f"::{step}, " if step > 1 else ":, " for step in found.spread)
        lines.append(f"v = numpy.zeros({(*found.layer.kernel,)} + w.shape[{n}:])")
        lines.append(f"v[{steps}...] = w  # the kernel of the layer below, with its gaps")
    if found.parts > 1:
        lines.append(f"# one such layer for each of the {found.parts} groups, concatenated")
    return "\n".join([*lines, _made(found, framework), *_afterwards(found.trim, framework)])


def _made(found: Nearest, framework: str) -> str:
    """Return the line that makes the layer."""
    words = {**found.words}
    words.pop("kernel_shape", None)
    if framework == "tf":
        lead = ("N", *found.words["output_shape"], "C")
        words["output_shape"] = _Plain("(" + ", ".join(map(str, lead)) + ")")
        if not isinstance(words["padding"], str):  # with those of batch and channels
            words["padding"] = [(0, 0), *words["padding"], (0, 0)]
    short = framework != "jax"  # which takes no number for all axes
    given = "".join(
        f", {name}={_shown(v, short)}" for name, v in words.items() if _told(framework, name, v)
    )
    kernel = found.layer.kernel
    if framework == "onnx":
        given = f", kernel_shape={list(kernel)}{given}"
    maker, shown = MAKERS[framework], _shown(kernel)
    made = maker.format(n=len(kernel), kernel=shown, tuple=kernel, words=given)
    return made if framework == "onnx" else f"y = {made}"


def _afterwards(trim: tuple[Pair, ...], framework: str) -> Iterator[str]:
    """Yield the lines that slice the output, or add zeros to it."""
    slices = [slice(max(b, 0), -a if a > 0 else None) for b, a in trim]
    if any(s != slice(0, None) for s in slices):
        inner = ", ".join(f"{s.start or ''}:{s.stop or ''}" for s in slices)
        what = "  # a Slice node" if framework == "onnx" else ""
        yield f"y = y[..., {inner}{', :' if framework in LAST else ''}]{what}"
    if any(min(pair) < 0 for pair in trim):
        pads = tuple((max(-b, 0), max(-a, 0)) for b, a in trim)
        yield f"{_pad(framework, pads)}  # the layer has its bias there"


class _Plain(str):
    """Text that stands as it is."""

    __slots__ = ()


def _told(framework: str, name: str, value: Any) -> bool:
    """Return whether the code needs to say it: it is not the default there."""
    if name == "use_consistent_padding":
        return bool(value)
    if value is None or name not in DEFAULTS:
        return value is not None
    if framework == "keras" and name == "output_padding":
        return True  # 0 is not None there
    least = 0 if name == "output_padding" else 1
    return any(v != least for v in (value if isinstance(value, (tuple, list)) else [value]))


def _shown(value: Any, short: bool = True) -> str:
    """Return a value as short as the framework takes it: one number where all axes agree."""
    if isinstance(value, _Plain):
        return str(value)
    if short and isinstance(value, tuple) and value and all(v == value[0] for v in value):
        return str(value[0]) if isinstance(value[0], int) else str(value)
    return f'"{value}"' if isinstance(value, str) else str(value)


def _pad(framework: str, pads: tuple[Pair, ...]) -> str:
    """Return the line that adds zeros at the ends of the axes of space."""
    if framework in ("torch", "paddle"):
        flat = [n for pair in pads[::-1] for n in pair]
        return f"y = {framework}.nn.functional.pad(y, {flat})"
    if framework == "tinygrad":
        return f"y = y.pad({(None, None, *pads)})"
    if framework == "onnx":
        ends = [*(0, 0), *(b for b, _ in pads), *(0, 0), *(a for _, a in pads)]
        return f'onnx.helper.make_node("Pad", ["y", "pads"], ["z"])  # pads = {ends}'
    return f"y = {PADS[framework]}.pad(y, {((0, 0), *pads, (0, 0))})"
