"""Records test/golden/fixtures/pixel-mini.json: what training's own mini after GLIDE draws from given tokens and given noise.

usage: PYTHONPATH=. python test/golden/record-pixels.py
needs: training/requirements.txt; training/checkpoints/pixels_{base,up}.safetensors
"""

import json
from pathlib import Path

import torch

from training.learn import checkpoint
from training.learn.precision import products
from training.networks.denoiser import sample
from training.paths import CHECKPOINTS
from training.stages.pixels import BASE, SIDE, UP, cells, denoiser, enlarged, pixels

OUT = Path(__file__).parent / "fixtures/pixel-mini.json"
STEPS = {BASE: 3, UP: 2}


def formula(*shape: int) -> torch.Tensor:
    """Numbers between -2 and 2 that both sides make: 2 sin(1.7 i + 0.3)."""
    count = torch.tensor(shape).prod().item()
    return (2 * torch.sin(1.7 * torch.arange(count, dtype=torch.float64) + 0.3)).float().reshape(shape)


@torch.no_grad()
def main() -> None:
    if products() != torch.float32:
        raise SystemExit("record this where products are made in fp32")
    base, up = denoiser(BASE).eval(), denoiser(UP).eval()
    for name, model in ((BASE, base), (UP, up)):
        checkpoint.restore(CHECKPOINTS / f"{name}.safetensors", model)
    told = formula(1, 16, 256)
    small = pixels(sample(base, told, formula(1, 48, SIDE, SIDE), STEPS[BASE])).clamp(-1, 1)
    given = cells(enlarged(small))
    large = pixels(sample(up, told, formula(1, 192, SIDE, SIDE), STEPS[UP], 1.0, given, 1.0))
    every = {"small": small.flatten()[::61], "large": large.flatten()[::241]}
    OUT.write_text(json.dumps({"steps": [STEPS[BASE], STEPS[UP]], **{n: [float(f"{v:.5g}") for v in t.tolist()] for n, t in every.items()}}) + "\n")
    print(OUT.name, {n: len(t) for n, t in every.items()})


if __name__ == "__main__":
    main()
