"""The image side: a frozen trunk's features to four rows the language model reads, and the heads by which text finds pictures."""

import torch
import torch.nn.functional as F
from torch import nn

from training.learn.whitening import whitening
from training.networks.trunk import COLOURS, SIDES, WHOLE

VISUAL_ROWS = 4
HIDDEN = 320
SHARED = 128
FLOOR = 0.5  # less whitened than elsewhere: a query goes by all of its directions, and int8 moves the small ones
PARTS = (WHOLE, SIDES, COLOURS)


class ImageSide(nn.Module):
    """`scale` is the standard deviation of the language model's rows, so that the projection works in units of one.

    `mean` and `whiten` of the states serve training (training/learn/whitening.py); the served file has both folded into `text`.
    """

    scale: torch.Tensor
    mean: torch.Tensor
    whiten: torch.Tensor

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whiten", torch.eye(width))
        self.i, self.o = nn.Linear(sum(PARTS), HIDDEN), nn.Linear(HIDDEN, VISUAL_ROWS * width)
        self.picture, self.text = nn.Linear(HIDDEN, SHARED), nn.Linear(width, SHARED)
        self.temperature = nn.Parameter(torch.tensor(2.66))  # ln(1 / 0.07), as published

    def hidden(self, features: torch.Tensor) -> torch.Tensor:
        """(B, 3560) to (B, 320); each part of the features is normalised by itself."""
        return F.gelu(self.i(torch.cat([F.layer_norm(p, p.shape[-1:]) for p in features.split(PARTS, -1)], -1)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features (B, 3560) to visual rows (B, 4, 576)."""
        return self.o(self.hidden(features)).unflatten(-1, (VISUAL_ROWS, -1)) * self.scale

    def found_by(self, features: torch.Tensor, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit vectors of pictures (B, 3560) and of states at `[IMG0]` (B, 576), each (B, 128)."""
        return F.normalize(self.picture(self.hidden(features)), dim=-1), F.normalize(self.text((states - self.mean) @ self.whiten), dim=-1)

    @torch.no_grad()
    def fit_whitening(self, states: torch.Tensor) -> None:
        """From states at `[IMG0]`, (N, 576)."""
        mean, whiten = whitening(states, FLOOR)
        self.mean.copy_(mean)
        self.whiten.copy_(whiten)


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return False
