"""The image encoder: the frozen trunk with its batch norms folded, the image side's projection, and the head that pictures are found by."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from training.networks.finding import Finding
from training.networks.image_side import VISUAL_ROWS, ImageSide
from training.networks.trunk import EPS, Trunk, frozen_trunk
from training.package.half import write_half

SIDE = ("i", "p", "b", "q", "r", "o")  # what is served of the image side
PICTURE = "picture"  # and of what finds pictures by text
FILE = "vision.safetensors"
STAGE, FOUND = "image_side", "finding"
# served name of a block's convolution, its own name, and that of the norm behind it
BLOCK = (("expand", "_expand_conv", "_bn0"), ("depthwise", "_depthwise_conv", "_bn1"), ("project", "_project_conv", "_bn2"))


def convolutions(blocks: int) -> list[tuple[str, str, str]]:
    """Served name, convolution and norm of every convolution that there may be, in the order they are run."""
    inner = [(f"b.{i}.{name}", f"_blocks.{i}.{conv}", f"_blocks.{i}.{norm}") for i in range(blocks) for name, conv, norm in BLOCK]
    return [("stem", "_conv_stem", "_bn0"), *inner]


def folded(trunk: dict[str, torch.Tensor], blocks: int) -> dict[str, torch.Tensor]:
    """A convolution and the norm behind it are one convolution with a bias; fp32."""
    out: dict[str, torch.Tensor] = {}
    for name, conv, norm in convolutions(blocks):
        if f"{conv}.weight" not in trunk:
            continue  # the first block does not expand
        gain = trunk[f"{norm}.weight"] / (trunk[f"{norm}.running_var"] + EPS).sqrt()  # (out,)
        out[f"{name}.weight"] = trunk[f"{conv}.weight"] * gain[:, None, None, None]
        out[f"{name}.bias"] = trunk[f"{norm}.bias"] - trunk[f"{norm}.running_mean"] * gain
    return out


def served_name(name: str) -> str:
    """The trunk's blocks are `b`, so the image side's are `e`."""
    return f"e.{name[2:]}" if name.startswith("b.") else name


def unfolded(weights: dict[str, torch.Tensor], trunk: Trunk, side: ImageSide, finding: Finding) -> None:
    """Puts served weights into the networks that were trained, whose norms then do nothing: what a recording computes with."""
    state = trunk.state_dict()
    for name, conv, norm in convolutions(len(trunk._blocks)):
        if f"{name}.weight" not in weights:
            continue
        state[f"{conv}.weight"], state[f"{norm}.bias"] = weights[f"{name}.weight"], weights[f"{name}.bias"]
        state[f"{norm}.weight"], state[f"{norm}.running_mean"] = torch.ones_like(state[f"{norm}.weight"]), torch.zeros_like(state[f"{norm}.weight"])
        state[f"{norm}.running_var"] = torch.full_like(state[f"{norm}.weight"], 1 - EPS)
    trunk.load_state_dict(state)
    own = {k: weights[served_name(k)] for k in side.state_dict() if k.split(".")[0] in SIDE}
    side.load_state_dict({**side.state_dict(), **own, "scale": weights["scale"][0, 0]})
    finding.load_state_dict({**finding.state_dict(), **of_pictures(weights)})


def of_pictures(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v for k, v in weights.items() if k.startswith(f"{PICTURE}.")}


def served(trunk: Trunk, side: dict[str, torch.Tensor], finding: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`scale` gets the shape of the rows, which tells how many there are and how wide. Of what finds pictures by text the half that reads text is not
    the encoder's; none of it: no vector is made."""
    own = {k: v.float() for k, v in side.items() if k.split(".")[0] in SIDE}
    own = {served_name(k): v for k, v in own.items()}
    width = len(own["o.bias"])
    found = {k: v.float() for k, v in of_pictures(finding).items()}
    return {**folded(trunk.state_dict(), len(trunk._blocks)), **own, **found, "scale": side["scale"].float().expand(VISUAL_ROWS, width)}


def write(base: Path, out: Path) -> str | None:
    """Writes the file; returns its name, or nothing where the image side is not trained."""
    source = base / STAGE / "weights.safetensors"
    if not source.exists():
        print("vision: not trained, left out")
        return None
    heads = base / FOUND / "weights.safetensors"
    found = load_file(heads) if heads.exists() else {}
    if not found:
        print("vision: finding not trained, no vector is made")
    write_half(served(frozen_trunk(), load_file(source), found), out / FILE)
    return FILE
