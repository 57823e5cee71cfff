"""The settings of a layer that a framework made: read by attribute, so that none is imported.

Keras' configuration is a mapping; `get_config` of some versions leaves `output_padding` out, the
layer itself has it. An ONNX node has a list of attributes. All others have the arguments that they
were made with as attributes, Paddle with an underscore before most.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["check_words", "framework_of", "is_layer", "words_of"]

# framework -> the attributes that say what is cut, by the names of ``from_*``
ATTRIBUTES = {
    "torch": ("kernel_size", "stride", "padding", "output_padding", "groups", "dilation"),
    "keras": (
        "kernel_size", "strides", "padding", "output_padding", "data_format", "dilation_rate"
    ),
    "flax": ("kernel_size", "strides", "padding", "kernel_dilation", "transpose_kernel"),
    "mlx": ("stride", "padding", "dilation", "output_padding"),
    "tinygrad": ("kernel_size", "stride", "padding", "output_padding", "groups", "dilation"),
    "paddle": (
        "kernel_size", "stride", "padding", "output_padding", "groups", "dilation", "data_format"
    ),
}  # fmt: skip
OWNERS = {"tensorflow": "keras", "tf_keras": "keras"}  # other roots of the same layers

# What the constructors take beside these. It says nothing about the cut; a typing error does not
# hide among it, since every name is known.
COMMON = ("in_channels", "out_channels", "bias", "name", "dtype")
SILENT = {
    "torch": (*COMMON, "device"),
    "keras": (
        *COMMON, "filters", "activation", "use_bias", "trainable", "kernel_initializer",
        "bias_initializer", "kernel_regularizer", "bias_regularizer", "activity_regularizer",
        "kernel_constraint", "bias_constraint", "batch_input_shape", "input_shape",
    ),
    "flax": (
        *COMMON, "features", "in_features", "out_features", "use_bias", "mask", "param_dtype",
        "precision", "kernel_init", "bias_init", "rngs", "promote_dtype", "parent",
    ),
    "mlx": COMMON,
    "tinygrad": COMMON,
    "paddle": (*COMMON, "weight_attr", "bias_attr"),
}  # fmt: skip


def check_words(framework: str, given: Mapping[str, Any]) -> None:
    """Raise if something was `given` that no layer of the framework takes.

    Raises
    ------
    TypeError
        If a name is unknown; it names the nearest one.
    """
    known = (*ATTRIBUTES[framework], *SILENT[framework])
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise TypeError(
                f"from_{framework} got an unexpected keyword argument {name!r}; expected "
                f"{', '.join(ATTRIBUTES[framework])}, or what says nothing about the shape, such "
                f"as {SILENT[framework][-1]}.{hint}"
            )


def is_layer(value: Any) -> bool:
    """Return whether `value` is a layer, a node or a configuration, not a kernel size."""
    return isinstance(value, Mapping) or framework_of(value) is not None


def framework_of(layer: Any) -> str | None:
    """Return whose layer it is, by where its class or one it derives from was written."""
    if hasattr(layer, "op_type") and hasattr(layer, "attribute"):
        return "onnx"
    if isinstance(layer, Mapping):
        return "keras"
    for cls in type(layer).__mro__:
        root = cls.__module__.split(".")[0]
        root = OWNERS.get(root, root)
        if root in ATTRIBUTES and "Conv" in cls.__name__:
            return root
    return None


def words_of(layer: Any, framework: str) -> dict[str, Any]:
    """Return the arguments of ``from_*`` for a layer of that framework.

    Raises
    ------
    TypeError
        If it is a layer of another framework, or not transposed.
    """
    found = framework_of(layer)
    if found != framework:
        raise TypeError(
            f"layer is a {type(layer).__name__} of {found or 'no framework that is known here'}; "
            f"from_{framework} reads layers of {framework}. Layer.from_layer tells them apart"
        )
    if framework == "onnx":
        return _node(layer)
    if isinstance(layer, Mapping):
        return _configuration(layer)
    name = type(layer).__name__
    if "Transpose" not in " ".join(cls.__name__ for cls in type(layer).__mro__):
        raise TypeError(
            f"layer is a {name}, which is not transposed; for its transpose give its settings, "
            f"such as Layer.from_torch(m.kernel_size, m.stride, m.padding, dilation=m.dilation)"
        )
    words = {}
    for word in ATTRIBUTES[framework]:
        for attribute in (word, f"_{word}"):
            if hasattr(layer, attribute):
                words[word] = getattr(layer, attribute)
                break
    if framework == "mlx":
        words["kernel_size"] = tuple(layer.weight.shape[1:-1])
    mode = getattr(layer, "padding_mode", "zeros")
    if mode != "zeros":
        raise ValueError(f"layer.padding_mode must be 'zeros'; got {mode!r}")
    return {word: _plain(value) for word, value in words.items()}


def _configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return Keras' arguments from a configuration, also one with its class around it."""
    name = config.get("class_name", "Transpose")
    if "Transpose" not in name:
        raise TypeError(f"config is that of a {name}, which is not transposed")
    words = dict(config.get("config", config))
    if "kernel_size" not in words:
        raise TypeError(f"config has no kernel_size; it has {', '.join(map(str, words))[:80]}")
    if name[:1] == "C" and name[4:5].isdigit():
        words["ndim"] = int(name[4])
    return {word: _plain(value) for word, value in words.items()}


def _node(node: Any) -> dict[str, Any]:
    """Return the attributes of an ONNX node."""
    if node.op_type != "ConvTranspose":
        raise TypeError(f"node.op_type must be 'ConvTranspose'; got {node.op_type!r}")
    words: dict[str, Any] = {}
    for entry in node.attribute:
        if entry.type == 3:  # AttributeProto.STRING
            words[entry.name] = entry.s.decode()
        else:  # INT or INTS
            words[entry.name] = entry.i if entry.type == 2 else tuple(entry.ints)
    if "kernel_shape" not in words:
        raise TypeError(
            "node has no kernel_shape, which ONNX then takes from the weights; give it: "
            "Layer.from_onnx(weight.shape[2:], strides=..., pads=...)"
        )
    return words


def _plain(value: Any) -> Any:
    """Return a list of a framework as a tuple."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_plain(v) for v in value)
    return value
