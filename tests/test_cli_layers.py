"""The commands `layer` and `geometry`."""

import pytest

from sigdeconv.cli import main


def test_a_layer_in_other_words(capsys):
    line = "layer keras kernel_size=3 strides=2 padding=same --ndim 2 --to torch"
    assert main(line.split()) == 0
    said = capsys.readouterr().out
    assert "torch.nn.ConvTranspose2d(in_channels, out_channels, 3, stride=2, padding=0)(x)" in said
    assert "y = y[..., :-1, :-1]" in said and "8 x 8 samples become 16 x 16" in said


def test_every_framework_and_mistakes(capsys):
    assert main(["layer", "torch", "kernel_size=3,3", "stride=2", "dilation=2"]) == 0
    said = capsys.readouterr().out
    assert said.count("ConvTranspose") + said.count("conv_transpose") + said.count("Transpose") > 8
    assert main(["layer", "torch", "kernel_size=3", "strid=2"]) != 0
    assert "Did you mean stride?" in capsys.readouterr().err
    assert main(["layer", "torch", "3"]) != 0
    assert "must be name=value" in capsys.readouterr().err


def test_a_geometry_explained_and_animated(capsys, tmp_path):
    gif, svg = tmp_path / "out.gif", tmp_path / "steps.svg"
    line = f"geometry 3 --stride 2 --padding 1 --size 5 --gif {gif} -o {svg}"
    assert main(line.split()) == 0
    said = capsys.readouterr().out
    assert "the size 9 is restored" in said and f"wrote {gif}" in said
    with pytest.importorskip("PIL.Image").open(gif) as image:
        assert image.n_frames == 5 and image.info["loop"] == 0
    assert svg.read_text(encoding="utf-8").lstrip().startswith("<?xml")


def test_three_axes_and_a_width_that_cannot_be(capsys, tmp_path):
    out = tmp_path / "steps.svg"
    assert main(f"geometry 2x2x2 --stride 2 --size 2 --width column -o {out}".split()) == 0
    assert "planes" in out.read_text(encoding="utf-8")
    assert main(["geometry", "3", "--width", "7.2", "-o", "a.svg"]) != 0
    assert "60 to 1000 millimetres" in capsys.readouterr().err
