"""What is said of the frameworks' interfaces, tried on the translator written from their pages."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from sigdeconv.claims._lab import Evidence, Lab, claim
from sigdeconv.transposed.frameworks import Convention, Layer
from sigdeconv.transposed.layers import conv_transpose

SIZE = 6  # of the input of the layers that are tried


@claim(21, "TensorFlow's layer is similar to PyTorch's but less expressive.")
def less_expressive(lab: Lab) -> Evidence:
    """Say every undilated PyTorch layer with K to 5, S to 4, P to K-1, a to S-1 in their words."""
    said = {"Keras": 0, "tf.nn": 0}
    layers = [
        Layer.from_torch(K, S, P, a)
        for K, S in itertools.product(range(1, 6), range(1, 5))
        for P, a in itertools.product(range(K), range(S))
        if (SIZE - 1) * S - 2 * P + K + a > 0
    ]
    for layer in layers:
        said["Keras"] += _can(layer.to_keras)
        said["tf.nn"] += _can(layer.to_tf, SIZE)
    return Evidence(
        {
            f"{name}: {n} of {len(layers)} PyTorch layers": n < len(layers)
            for name, n in said.items()
        },
        f"of {len(layers)} PyTorch layers Keras can say {said['Keras']} (no padding number), "
        f"tf.nn.conv2d_transpose {said['tf.nn']} (it takes output_shape)",
        "it is Keras's layer",
        {"layers": len(layers), **{name: float(n) for name, n in said.items()}},
    )


def _can(write: Any, *arguments: Any) -> bool:
    try:
        write(*arguments)
    except ValueError:
        return False
    return True


@claim(35, "Giving H_out is the popular way, used by the major frameworks.")
def who_takes_a_size(lab: Lab) -> Evidence:
    """Ask each interface for both sizes of a layer of stride 2, by any word that it has."""
    takes = {
        name: any(_gives(name, word) for word in ("output_size", "output_shape"))
        for name in ("torch", "tf", "onnx", "keras", "jax")
    }
    return Evidence(
        {f"{name} takes a size": does for name, does in takes.items()},
        f"{sum(takes.values())} of {len(takes)} interfaces take a size: "
        + ", ".join(name for name, does in takes.items() if does),
        "the framework is torch (beside output_padding), tf.nn or ONNX",
        {name: float(does) for name, does in takes.items()},
    )


def _gives(convention: Convention, word: str) -> bool:
    """Tell whether a layer of kernel 3 and stride 2 gives 13 or 14 samples as it is asked to."""
    first = convention in ("torch", "onnx")
    x, w = (
        np.ones((1, 1, SIZE) if first else (1, SIZE, 1)),
        np.ones((1, 1, 3) if first else (3, 1, 1)),
    )
    words: dict[str, Any] = {"stride": 2} if convention == "torch" else {"strides": [2]}
    if convention == "tf":
        words |= {"padding": "VALID", "data_format": "NWC"}
    if convention == "jax":
        words |= {"padding": "VALID"}
    layer: Any = conv_transpose  # which words it takes is what is tried here
    try:
        sizes = []
        for n in (13, 14):
            settings: dict[str, Any] = words | {word: [n]}
            sizes.append(np.size(layer(x, w, convention=convention, **settings)))
    except (TypeError, ValueError):  # it has no such word, or no such size
        return False
    return sizes == [13, 14]
