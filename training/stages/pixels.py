"""The second baseline, a mini after GLIDE (Nichol et al. 2021): diffusion in pixel space, a base of 48 pixels and an upsampler to 96.

Both are the denoiser's network on pixels folded into its 12 x 12 cells, and read the text tower's tokens. Measured only, never served.
"""

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.autoencoder import SIDE
from training.networks.denoiser import Denoiser, is_matrix, sample
from training.networks.text_tower import TextTower
from training.scenes.captions import canonical, caption
from training.scenes.graph import draw_scene
from training.scenes.streams import Stream
from training.stages import latents
from training.stages.autoencoder import pictures
from training.stages.denoiser import NULL_SHARE, blend, moments

BASE, UP = "pixels_base", "pixels_up"
SIZES = {BASE: 48, UP: 96}
BLOCKS = {BASE: 4, UP: 2}
EVALUATION_SEED = 9_500_000
ROUGH = 0.1  # deviation of the noise on what the upsampler is given: the base's pictures are not renders
UP_STEPS = 6


class Upsampler(Denoiser):
    """Says what has to be added to the enlarged picture, and from that the velocity: 96 channels cannot carry the noise of 192 to the end, which
    saying the velocity itself would take (tried: half of the noise stayed).
    """

    def forward(self, x: torch.Tensor, t: torch.Tensor, context: torch.Tensor, parent: torch.Tensor | None = None) -> torch.Tensor:
        assert parent is not None
        return (x - parent - super().forward(x, t, context, parent)) / t[:, None, None, None].clamp_min(1e-3)


def denoiser(name: str) -> Denoiser:
    """Half of the served denoiser's weights, the upsampler a third."""
    kind = Upsampler if name == UP else Denoiser
    return kind(BLOCKS[name], d=192, c=96, channels=3 * (SIZES[name] // SIDE) ** 2).to(memory_format=torch.channels_last)


def cells(x: torch.Tensor) -> torch.Tensor:
    """(N, 3, S, S) to (N, 3 S^2 / 144, 12, 12)."""
    return F.pixel_unshuffle(x, x.shape[-1] // SIDE)


def pixels(z: torch.Tensor) -> torch.Tensor:
    return F.pixel_shuffle(z, round((z.shape[1] // 3) ** 0.5))


def enlarged(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear")


def drawn(tower: TextTower, size: int, r: Stream, held: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 3, 96, 96) and the tower's tokens of words for them."""
    scenes = [draw_scene(r.below(1 << 40), held) for _ in range(size)]
    told = latents.tokens(tower, [canonical(s) if r.chance(0.25) else caption(r, s).text for s in scenes])
    return F.avg_pool2d(pictures(scenes)[0], 2), told


def of_stage(name: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What is learned and what is given, of pictures (N, 3, 96, 96), both in cells."""
    small = F.avg_pool2d(x, 2)
    if name == BASE:
        z = cells(small)
        return z, torch.zeros_like(z)
    given = enlarged(small)
    return cells(x), cells(given + ROUGH * torch.randn_like(given))


@torch.no_grad()
def sampled(base: Denoiser, up: Denoiser, told: torch.Tensor, steps: int = 12) -> torch.Tensor:
    """Pictures (N, 3, 96, 96) from tokens (N, 16, 256), and from the torch seed of the moment."""
    n = len(told)
    small = pixels(sample(base, told, torch.randn(n, 48, SIDE, SIDE), steps)).clamp(-1, 1)
    given = cells(enlarged(small))
    return pixels(sample(up, told, torch.randn(n, 192, SIDE, SIDE), UP_STEPS, 1.0, given, 1.0)).clamp(-1, 1)


def run(options: Options, name: str, size: int = 64, checks: int = 128) -> dict[str, float]:
    torch.manual_seed(seeded(name, -1))
    model, tower = denoiser(name), latents.frozen_tower(options.folder.parent)
    x, told_unseen = drawn(tower, checks, Stream(EVALUATION_SEED, name), held=True)
    torch.manual_seed(EVALUATION_SEED)
    z_unseen, given_unseen = of_stage(name, x)
    t_unseen, noise_unseen = moments(checks), torch.randn_like(z_unseen)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        x, told = drawn(tower, size, Stream(step, f"{name}/batch"))
        z, given = of_stage(name, x)
        told = torch.where((torch.rand(size) < NULL_SHARE)[:, None, None], model.null[None], told)
        t, noise = moments(size), torch.randn_like(z)
        with fast():
            v = model(blend(z, noise, t).to(memory_format=torch.channels_last), t, told, given.to(memory_format=torch.channels_last))
        # of the upsampler it is the error of the picture, x - t v
        scale = t[:, None, None, None] if name == UP else 1.0
        error = F.mse_loss(v * scale, (noise - z) * scale)
        return error, {"plain": error.item()}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        with torch.no_grad(), fast():
            v = averaged.eval()(blend(z_unseen, noise_unseen, t_unseen), t_unseen, told_unseen, given_unseen)
        scale = t_unseen[:, None, None, None] if name == UP else 1.0
        return {"error": ((v - (noise_unseen - z_unseen)) * scale).square().mean().item()}

    return train(Stage(name, model, loss, evaluate, is_matrix, adam_lr=1e-3, muon_lr=0.012), options)
