"""Stage 4: the denoiser, by rectified flow on cached latents; half of the edited twins see their parent picture."""

from pathlib import Path

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.denoiser import Denoiser, is_matrix
from training.scenes.captions import canonical, caption
from training.scenes.graph import draw_scene
from training.scenes.streams import Stream
from training.stages import latents
from training.stages.autoencoder import pictures

EVALUATION_SEED = 9_000_000
NULL_SHARE = 0.1


def moments(n: int) -> torch.Tensor:
    """Times of the flow, logistic-normal, a little towards noise: (n,)."""
    return torch.sigmoid(torch.randn(n) * 1.1 + 0.2)


def blend(z: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    share = t[:, None, None, None]
    return (1 - share) * z + share * noise


def evaluator(base: Path, count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    """Flow loss on scenes never trained on, with fixed noise and times."""
    scenes = [draw_scene(EVALUATION_SEED + i, held=True) for i in range(count)]
    r = Stream(EVALUATION_SEED, "denoiser/evaluation")
    z = latents.latents(latents.frozen_autoencoder(base), pictures(scenes)[0])
    told = latents.tokens(latents.frozen_tower(base), [canonical(s) if r.chance(0.25) else caption(r, s).text for s in scenes])
    torch.manual_seed(EVALUATION_SEED)
    t, noise = moments(count), torch.randn_like(z)

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        with torch.no_grad(), fast():
            v = model.eval()(blend(z, noise, t), t, told)
        return {"flow": (v - (noise - z)).square().mean().item()}

    return evaluate


def run(options: Options, shards: int, size: int = 64, checks: int = 128, overfit: int = 0) -> dict[str, float]:
    """Trains on the first `shards` shards of cached latents; `overfit` on that many examples of them."""
    torch.manual_seed(seeded("denoiser", -1))
    model = Denoiser().to(memory_format=torch.channels_last)
    base = options.folder.parent
    data = latents.load(base, shards)
    count = overfit or len(data["z"])

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i = torch.randint(0, count, (size,))
        z, weight, told = data["z"][i].float(), data["weight"][i].float(), data["tokens"][i].float()
        shown = (data["parent"][i] >= 0) & (torch.rand(size) < 0.5)
        parent = torch.where(shown[:, None, None, None], data["z"][data["parent"][i].clamp(min=0)].float(), torch.zeros(()))
        told = torch.where((torch.rand(size) < NULL_SHARE)[:, None, None], model.null[None], told)
        t, noise = moments(size), torch.randn_like(z)
        with fast():
            v = model(blend(z, noise, t).to(memory_format=torch.channels_last), t, told, parent.to(memory_format=torch.channels_last))
        error = F.mse_loss(v, noise - z, reduction="none")
        return (error * weight).mean(), {"plain": error.mean().item()}

    return train(Stage("denoiser", model, loss, evaluator(base, checks), is_matrix, adam_lr=1e-3, muon_lr=0.012), options)
