"""The commands about layers: one said in another framework's words, one drawn."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Callable
from typing import Any

from sigdeconv.cli._figure import add_look, look
from sigdeconv.cli._tell import BadUse
from sigdeconv.geometry import ConvGeometry
from sigdeconv.transposed.frameworks import CONVENTIONS, Layer

__all__ = ["add_layers"]


def add_layers(commands: Any, command: Callable[..., Any]) -> None:
    """Add the commands `geometry` and `layer`; `command` makes one."""
    sub = command(
        commands, "geometry", run_geometry,
        "explain the sizes of a convolution and its transpose, and draw or animate them",
        "3 --stride 2 --padding 1 --size 5 --gif out.gif",
        "3x3 --stride 2 --size 4 --reading gather --numbers -o steps.svg",
        "5 --stride 3 --padding 2 --size 16 --conv",
    )  # fmt: skip
    sub.add_argument("kernel", type=sizes, metavar="KERNEL", help="taps: 3, 3x3 or 3x3x3")
    for flag, text in (
        ("stride", "step (1)"), ("padding", "zeros at each end, or cut by the transpose (0)"),
        ("dilation", "distance of the taps (1)"),
        ("output-padding", "samples added at the end (0)"),
    ):  # fmt: skip
        least = 0 if "padding" in flag else 1
        sub.add_argument(f"--{flag}", type=sizes, default=(least,), metavar="N", help=text)
    sub.add_argument("--size", type=sizes, metavar="N", help="what is drawn (5; of three axes 3)")
    sub.add_argument("--conv", action="store_true", help="the convolution, not its transpose")
    sub.add_argument(
        "--reading", choices=("scatter", "gather"), default="scatter",
        help="of a transpose: each sample stamps the kernel, or zeros are put in (scatter)",
    )  # fmt: skip
    sub.add_argument("--numbers", action="store_true", help="write the numbers in the cells")
    sub.add_argument("--gif", metavar="FILE", help="animation, one frame a step")
    sub.add_argument("-o", "--out", metavar="FILE", help="figure of the steps (.svg .png .pdf)")
    add_look(sub)

    sub = command(
        commands, "layer", run_layer,
        "say a transposed layer of one framework in the words of another, as code",
        "keras kernel_size=3 strides=2 padding=same --ndim 2 --to torch",
        "torch kernel_size=3,3 stride=2 padding=1 output_padding=1",
        "onnx kernel_shape=3,3 strides=2,2 pads=0,0,1,1 --to keras --size 16",
    )  # fmt: skip
    readable = [name for name in CONVENTIONS if name != "tf"]
    sub.add_argument("framework", choices=readable, help="whose words follow")
    sub.add_argument("words", nargs="+", metavar="NAME=VALUE", help="its arguments")
    sub.add_argument("--to", choices=CONVENTIONS, metavar="NAME", help="one framework (all)")
    sub.add_argument("--ndim", type=int, choices=(1, 2, 3), help="axes of space")
    sub.add_argument("--size", type=sizes, metavar="N", help="spatial size of the data (8)")
    sub.add_argument("--explain", action="store_true", help="also derive the size of the output")


def sizes(text: str) -> tuple[int, ...]:
    """Return ``3`` or ``3x3`` as whole numbers."""
    try:
        return tuple(int(part) for part in text.lower().replace(",", "x").split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be whole numbers, such as 3 or 3x3; got {text!r}"
        ) from None


def run_geometry(arguments: argparse.Namespace) -> None:
    """Explain a geometry; write a figure or an animation where asked."""
    g = ConvGeometry(
        arguments.kernel, arguments.stride, arguments.padding, arguments.dilation,
        arguments.output_padding,
    )  # fmt: skip
    size = arguments.size or ((3,) if g.ndim == 3 else (5,))
    size = size * g.ndim if len(size) == 1 else size
    print(g.explain(size if arguments.conv else g.transposed_size(size)))
    from sigdeconv import plots  # not at the top: matplotlib is slow to load

    drawn: dict[str, Any] = {"operation": "conv" if arguments.conv else "transpose"}
    drawn |= {"reading": arguments.reading, "numbers": arguments.numbers, **look(arguments)}
    if arguments.out is not None:
        plots.geometry(g, size, path=arguments.out, **drawn)
        print(f"wrote {arguments.out}")
    if arguments.gif is not None:
        plots.animate_geometry(g, arguments.gif, size, **drawn)
        print(f"wrote {arguments.gif}")


def run_layer(arguments: argparse.Namespace) -> None:
    """Print a layer of one framework in the words of another."""
    words: dict[str, Any] = dict(_word(text) for text in arguments.words)
    if arguments.ndim is not None:
        words["ndim"] = arguments.ndim
    try:
        layer = getattr(Layer, f"from_{arguments.framework}")(**words)
    except TypeError as error:
        text = str(error)
        if "keyword argument" not in text and "missing" not in text:
            raise
        raise BadUse(text.split("() ")[-1]) from None
    size = arguments.size or (8,) * len(layer.kernel)
    if len(size) == 1:
        size = size * len(layer.kernel)
    targets = [arguments.to] if arguments.to else list(CONVENTIONS)
    for name in targets:
        lines = layer.code(name, size).splitlines()
        print("\n".join(lines if arguments.to else [f"{name:<9} {lines[0]}", *_below(lines[1:])]))
    shown = [" x ".join(map(str, n)) for n in (size, layer.output_size(size))]
    print(f"\n{shown[0]} samples become {shown[1]}")
    if arguments.explain:
        print(layer.explain(size))


def _below(lines: list[str]) -> list[str]:
    return [f"{'':<9} {line}" for line in lines]


def _word(text: str) -> tuple[str, Any]:
    """Return the name and the value of ``name=value``, the value as Python has it or a word."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadUse(f"{text!r} must be name=value, such as kernel_size=3 or padding=same")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        parts = value.split(",")
        if len(parts) > 1:
            return name, tuple(int(part) for part in parts)
        return name, value
