"""Metric encoder: how alike two pictures are in what they show. It shares no weight and no picture with what it measures, and never ranks takes."""

import torch
import torch.nn.functional as F
from torch import nn

from training.networks.attention import TextBlock

SIDE = 12
WIDTH = 192
SPACE = 128


class MetricEncoder(nn.Module):
    """Patches of 8 pixels and four attention blocks: another kind of network than the oracle's and the trunk's convolutions."""

    def __init__(self, layers: int = 4) -> None:
        super().__init__()
        self.s = nn.Sequential(nn.Conv2d(3, 48, 4, 4), nn.GELU(), nn.Conv2d(48, WIDTH, 2, 2))
        self.p = nn.Parameter(torch.randn(SIDE * SIDE, WIDTH) * 0.5)
        self.b = nn.ModuleList([TextBlock(WIDTH) for _ in range(layers)])
        self.n, self.o = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, SPACE)
        self.temperature = nn.Parameter(torch.tensor(2.66))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 96, 96) in -1..1 to unit vectors (B, 128)."""
        h = self.s(x).flatten(2).transpose(1, 2) + self.p  # (B, 144, 192)
        for block in self.b:
            h = block(h)
        return F.normalize(self.o(self.n(h).mean(1)).float(), dim=-1)


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith("b.")
