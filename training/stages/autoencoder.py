"""Stage 2: the autoencoder. Learns from fresh renders, mostly crops around things; `decoder_only` leaves latents valid."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.autoencoder import Autoencoder, is_matrix
from training.scenes.graph import Scene, draw_scene
from training.scenes.render import SIZE, render
from training.scenes.streams import Stream

CROP = 8
CELLS = 12
OBJECT_WEIGHT = 3.0
EVALUATION_SEED = 7_000_000


def pictures(scenes: list[Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, 3, 192, 192) in -1..1 and where things stand, (N, 1, 192, 192)."""
    images = np.empty((len(scenes), SIZE, SIZE, 3), np.uint8)
    masks = np.zeros((len(scenes), SIZE, SIZE), np.float32)
    for i, scene in enumerate(scenes):
        images[i] = render(scene, masks[i])
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1, torch.from_numpy(masks)[:, None]


def batch(step: int, size: int, crop: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Fresh scenes of this step; many things a scene, and crops of 8 x 8 latent cells that favour where they stand."""
    r = Stream(step, "autoencoder/batch")
    x, mask = pictures([draw_scene(r.below(1 << 40), objects=r.weighted((1, 2, 3), (0.2, 0.3, 0.5))) for _ in range(size)])
    if not crop:
        return x.to(memory_format=torch.channels_last), mask
    parts, masks, pixels = [], [], 16 * CROP
    for i in range(size):
        top = 16 * r.weighted(range(CELLS - CROP + 1), (0.14, 0.08, 0.14, 0.3, 0.34))
        left = 16 * r.below(CELLS - CROP + 1)
        parts.append(x[i, :, top:top + pixels, left:left + pixels])
        masks.append(mask[i, :, top:top + pixels, left:left + pixels])
    return torch.stack(parts).to(memory_format=torch.channels_last), torch.stack(masks)


def weighted_error(y: torch.Tensor, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Absolute, squared and gradient error, things weighing more than their surroundings."""
    w = 1 + OBJECT_WEIGHT * mask
    d = y - x
    loss = (d.abs() * w).mean() + (d.square() * w).mean()
    loss = loss + (d.diff(dim=-1).abs() * w[..., 1:]).mean() + (d.diff(dim=-2).abs() * w[..., 1:, :]).mean()
    return loss / (1 + OBJECT_WEIGHT * mask.mean())


def psnr(y: torch.Tensor, x: torch.Tensor, weight: torch.Tensor | None = None) -> float:
    """Decibels for pictures in -1..1; with a weight (N, 1, H, W), over the weighted pixels only."""
    square = (y.clamp(-1, 1) - x).square().mean(1, keepdim=True)
    mean = square.mean() if weight is None else (square * weight).sum() / weight.sum()
    return -10 * math.log10(mean.item() / 4)


def reconstruct(model: Autoencoder, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, 3, 192, 192) through the latent to 96 and 192 pixels."""
    small, large = [], []
    with torch.no_grad(), fast():
        for part in x.split(16):
            a, b = model.decode(model.encode(F.avg_pool2d(part, 2).to(memory_format=torch.channels_last)))
            small.append(a)
            large.append(b)
    return torch.cat(small), torch.cat(large)


def evaluator(count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    """Figures on scenes never trained on: decibels at 96 and 192 pixels, and on the things alone."""
    x, mask = pictures([draw_scene(EVALUATION_SEED + i, held=True) for i in range(count)])
    things = (mask > 0.5).float()

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        assert isinstance(model, Autoencoder)
        small, large = reconstruct(model.eval(), x)
        half, half_things = F.avg_pool2d(x, 2), (F.avg_pool2d(mask, 2) > 0.5).float()
        return {"psnr96": psnr(small, half), "things96": psnr(small, half, half_things),
                "psnr192": psnr(large, x), "things192": psnr(large, x, things)}

    return evaluate


def calibrate(model: Autoencoder, batches: int = 12) -> None:
    """Sets the latent's mean and variance to those of the averaged encoder itself, over whole pictures."""
    model.bn.reset_running_stats()
    model.bn.momentum = None
    model.bn.train()
    with torch.no_grad(), fast():
        for i in range(batches):
            model.encode(F.avg_pool2d(batch(i, 32, crop=False)[0], 2))
    model.eval()


def run(options: Options, size: int = 32, checks: int = 48, overfit: int = 0, decoder_only: bool = False) -> dict[str, float]:
    """`overfit` trains on that many fixed scenes instead, as a check that the machinery can learn at all."""
    torch.manual_seed(seeded("autoencoder", -1))
    model = Autoencoder().to(memory_format=torch.channels_last)
    fixed = batch(0, overfit, crop=False) if overfit else None
    if decoder_only:
        model.enc.requires_grad_(False)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train(not decoder_only)
        x, mask = fixed or batch(step, size, crop=step < 0.8 * options.steps or step % 3 > 0)
        with fast():
            half, half_mask = F.avg_pool2d(x, 2), F.avg_pool2d(mask, 2)
            z = model.encode(half)
            z = z + torch.rand(len(z), 1, 1, 1) * 0.15 * torch.randn_like(z)
            small, large = model.decode(z)
            main = weighted_error(large, x, mask)
            side = weighted_error(small, half, half_mask)
            total = main + 0.5 * side
            if step % 4 == 0:
                coarse_small, coarse = model.decode(F.avg_pool2d(z, 2))
                total = total + 0.5 * (coarse - half).abs().mean() + 0.25 * (coarse_small - F.avg_pool2d(half, 2)).abs().mean()
        return total, {"main": main.item()}

    stage = Stage("autoencoder", model, loss, evaluator(checks), is_matrix, adam_lr=2e-3, muon_lr=0.02)
    result = train(stage, options)
    averaged = stage.averaged
    assert isinstance(averaged, Autoencoder)
    if not decoder_only:
        calibrate(averaged)
        checkpoint.export(options.folder / "weights.safetensors", averaged)
    return result
