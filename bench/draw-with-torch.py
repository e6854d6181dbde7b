"""Draws one picture with PyTorch as training does: python bench/draw-with-torch.py fp32|bf16|bf16-weights

`bf16` multiplies in bfloat16 as training/learn/precision.py does on processors that can, `bf16-weights` keeps the weights in it as well.
Prints `drawing` when warm, then one JSON line: the median time of a picture from its words to its 192 x 192 pixels, at the served
defaults. Must never time another picture than the one that is served: the recorded one of test/golden comes first and is compared.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from training.learn import checkpoint, precision  # noqa: E402
from training.networks.autoencoder import CHANNELS, SIDE, Autoencoder  # noqa: E402
from training.networks.denoiser import Denoiser, sample  # noqa: E402
from training.networks.text_tower import TextTower  # noqa: E402
from training.paths import CHECKPOINTS  # noqa: E402
from training.words import embedding_rows, encode  # noqa: E402

THREADS, STEPS, GUIDANCE, PICTURES = 2, 12, 3.0, 3
WORDS = "a red fox under an umbrella"
LARGEST_MEAN_DIFFERENCE = {"fp32": 0.003, "bf16": 0.05, "bf16-weights": 0.05}  # of pixels in -1..1

kind = sys.argv[1]
torch.set_num_threads(THREADS)
precision.choose(torch.float32 if kind == "fp32" else torch.bfloat16)
weights_type = torch.bfloat16 if kind == "bf16-weights" else torch.float32


def opened(name: str, model: torch.nn.Module) -> torch.nn.Module:
    checkpoint.restore(CHECKPOINTS / f"{name}.safetensors", model)
    return model.eval().to(dtype=weights_type, memory_format=torch.channels_last)


tower = opened("text_tower", TextTower(embedding_rows()))
denoiser, autoencoder = opened("denoiser", Denoiser()), opened("autoencoder", Autoencoder())


@torch.no_grad()
def draw(text: str, noise: torch.Tensor) -> torch.Tensor:
    """Noise (1, 16, 12, 12) to pixels (3, 192, 192)."""
    with precision.fast():  # around all of it, so that weights are rounded once a picture and not once a step
        tokens = tower(*encode([text])).float()
        z = sample(denoiser, tokens, noise, STEPS, GUIDANCE)
        return autoencoder.h(autoencoder.d1(z.to(memory_format=torch.channels_last))).float()[0]  # the 192-pixel head alone


golden = ROOT / "test/golden"
recorded = load_file(golden / "picture.safetensors")
drawn = draw(json.loads((golden / "picture.json").read_text())[0]["text"], recorded["noise"][None])
difference = (drawn - recorded["pixels"]).abs().mean().item()
if difference > LARGEST_MEAN_DIFFERENCE[kind]:
    raise SystemExit(f"{kind} draws another picture than the served one: pixels differ by {difference:.3f} on average")

noise = torch.randn(1, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(7))
draw(WORDS, noise)
print("drawing", flush=True)
times = []
for _ in range(PICTURES):
    started = time.perf_counter()
    draw(WORDS, noise)
    times.append((time.perf_counter() - started) * 1000)
print(json.dumps({"pictureMs": statistics.median(times), "difference": difference}))
