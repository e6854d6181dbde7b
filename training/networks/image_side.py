"""The image side: queries read a frozen trunk's patches; four become rows for the language model, all five are what finds pictures by text."""

import torch
import torch.nn.functional as F
from torch import nn

from training.networks.attention import TextBlock
from training.networks.trunk import GRID, PARTS
from training.scenes.graph import HEADS

VISUAL_ROWS = 4
WIDTH = 192


class ImageSide(nn.Module):
    """`scale` is the standard deviation of the language model's rows, so that the projection works in units of one.

    `hd`, which reads a scene's fields from the queries, is training's alone.
    """

    scale: torch.Tensor

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(scale))
        self.i, self.p = nn.Linear(sum(PARTS), WIDTH), nn.Parameter(torch.randn(GRID * GRID, WIDTH) * 0.1)
        self.b = nn.ModuleList([TextBlock(WIDTH)])
        self.q = nn.Parameter(torch.randn(VISUAL_ROWS + 1, WIDTH) * 0.5)
        self.r = nn.ModuleList([TextBlock(WIDTH, cross=True) for _ in range(2)])
        self.n = nn.LayerNorm(WIDTH, elementwise_affine=False)
        self.o = nn.Linear(WIDTH, width)
        self.hd = nn.Linear((VISUAL_ROWS + 1) * WIDTH, sum(HEADS))

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


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith(("b.", "r."))
