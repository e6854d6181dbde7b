"""The image side: queries read a frozen trunk's patches; four become rows for the language model, one the vector by which text finds pictures."""

import torch
import torch.nn.functional as F
from torch import nn

from training.learn.whitening import whitening
from training.networks.attention import TextBlock
from training.networks.trunk import GRID, PARTS
from training.scenes.graph import HEADS

VISUAL_ROWS = 4
WIDTH = 192
SHARED = 128
FLOOR = 0.5  # less whitened than elsewhere: a query goes by all of its directions, and int8 moves the small ones


class ImageSide(nn.Module):
    """`scale` is the standard deviation of the language model's rows, so that the projection works in units of one.

    `mean` and `whiten` of the states serve training (training/learn/whitening.py); the served file has both folded into `text`.
    `hd`, which reads a scene's fields from the queries, is training's alone.
    """

    scale: torch.Tensor
    mean: torch.Tensor
    whiten: torch.Tensor

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whiten", torch.eye(width))
        self.i, self.p = nn.Linear(sum(PARTS), WIDTH), nn.Parameter(torch.randn(GRID * GRID, WIDTH) * 0.1)
        self.b = nn.ModuleList([TextBlock(WIDTH)])
        self.q = nn.Parameter(torch.randn(VISUAL_ROWS + 1, WIDTH) * 0.5)
        self.r = nn.ModuleList([TextBlock(WIDTH, cross=True) for _ in range(2)])
        self.n = nn.LayerNorm(WIDTH, elementwise_affine=False)
        self.o, self.picture, self.text = nn.Linear(WIDTH, width), nn.Linear(WIDTH, SHARED), nn.Linear(width, SHARED)
        self.hd = nn.Linear((VISUAL_ROWS + 1) * WIDTH, sum(HEADS))
        self.temperature = nn.Parameter(torch.tensor(2.66))  # ln(1 / 0.07), as published

    def seen(self, patches: torch.Tensor) -> torch.Tensor:
        """(B, 36, 480) to what the queries found (B, 5, 192); each part of a patch is normalised by itself."""
        x = self.i(torch.cat([F.layer_norm(p, p.shape[-1:]) for p in patches.split(PARTS, -1)], -1)) + self.p  # (B, 36, 192)
        for block in self.b:
            x = block(x)
        q = self.q.expand(len(patches), -1, -1)  # (B, 5, 192)
        for block in self.r:
            q = block(q, None, x)
        return self.n(q)

    def rows(self, seen: torch.Tensor) -> torch.Tensor:
        """(B, 5, 192) to visual rows (B, 4, 576)."""
        return self.o(seen[:, :VISUAL_ROWS]) * self.scale

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Patches (B, 36, 480) to visual rows (B, 4, 576)."""
        return self.rows(self.seen(patches))

    def fields(self, seen: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(B, 5, 192) to logits of every field, in the order of HEADS."""
        return self.hd(seen.flatten(1)).split(HEADS, -1)

    def found_by(self, seen: torch.Tensor, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit vectors of pictures (B, 5, 192) and of states at `[IMG0]` (B, 576), each (B, 128)."""
        return F.normalize(self.picture(seen[:, VISUAL_ROWS]), dim=-1), F.normalize(self.text((states - self.mean) @ self.whiten), dim=-1)

    @torch.no_grad()
    def fit_whitening(self, states: torch.Tensor) -> None:
        """From states at `[IMG0]`, (N, 576)."""
        mean, whiten = whitening(states, FLOOR)
        self.mean.copy_(mean)
        self.whiten.copy_(whiten)


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith(("b.", "r."))
