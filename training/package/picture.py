"""The picture half: text tower, denoiser, autoencoder, and what model.json says of them."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from training.networks.autoencoder import CHANNELS, SIDE
from training.networks.text_tower import TOKENS, WIDTH
from training.package.half import write_half
from training.scenes.graph import draw_scene
from training.scenes.render import SIZE
from training.stages.autoencoder import pictures
from training.stages.latents import frozen_autoencoder

# what serves training and the gates alone
UNSERVED = {"text_tower": ("hd.", "hd2."), "denoiser": (), "autoencoder": ()}
FITTED_SCENES, FITTED_SEED = 256, 6_000_000


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Writes the files; returns the manifest's `picture` and the files' names."""
    files = {stage: f"{stage}.safetensors" for stage in UNSERVED}
    for stage, unserved in UNSERVED.items():
        weights = load_file(base / stage / "weights.safetensors")
        write_half({name: value for name, value in weights.items() if not name.startswith(unserved)}, out / files[stage])
    section = {
        "textTower": files["text_tower"],
        "denoiser": files["denoiser"],
        "autoencoder": files["autoencoder"],
        "latent": [CHANNELS, SIDE, SIDE],
        "width": SIZE,
        "height": SIZE,
        "conditioning": [TOKENS, WIDTH],
        "training": "flow",
        "samplers": ["flow-euler", "dpm-solver++-2m", "unipc"],
        "defaultSteps": 12,
        "defaultGuidance": 3,
        "parentGuidance": 0.5,
        "latentToRgb": latent_to_rgb(base),
    }
    return section, list(files.values())


@torch.no_grad()
def latent_to_rgb(base: Path) -> dict[str, list[Any]]:
    """The linear map of previews: least squares from each place of a scene's latent to the mean colour, 0 to 1, that it decodes to."""
    model = frozen_autoencoder(base)
    rows, colours = [], []
    for first in range(0, FITTED_SCENES, 32):
        x, _ = pictures([draw_scene(FITTED_SEED + first + i) for i in range(32)])
        z = model.encode(F.avg_pool2d(x, SIZE // (8 * SIDE)))  # (32, 16, 12, 12)
        seen = F.avg_pool2d(model.decode(z)[1].clamp(-1, 1) / 2 + 0.5, SIZE // SIDE)  # (32, 3, 12, 12)
        rows.append(z.permute(0, 2, 3, 1).reshape(-1, CHANNELS))
        colours.append(seen.permute(0, 2, 3, 1).reshape(-1, 3))
    told, wanted = torch.cat(rows).double(), torch.cat(colours).double()
    told = torch.cat([told, torch.ones(len(told), 1, dtype=told.dtype)], 1)  # the last one is the bias
    solution = torch.linalg.lstsq(told, wanted).solution  # (17, 3)
    explained = 1 - (told @ solution - wanted).square().sum() / (wanted - wanted.mean(0)).square().sum()
    print(f"previews: {explained:.4f} of the colours' variance in {len(told)} places of {FITTED_SCENES} scenes")
    rounded = [[round(v, 4) for v in column] for column in solution.T.tolist()]
    return {"weights": [column[:CHANNELS] for column in rounded], "bias": [column[CHANNELS] for column in rounded]}
