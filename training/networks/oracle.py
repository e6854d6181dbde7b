"""Pixel oracle: reads every field of a scene off a 96-pixel picture. A measure only; it never ranks or trains pictures."""

import torch
import torch.nn.functional as F
from torch import nn

from training.scenes.graph import HEADS


class Block(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.na, self.nb = nn.BatchNorm2d(c), nn.BatchNorm2d(c)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.nb(self.b(F.relu(self.na(self.a(x))))))


def halving(a: int, b: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU())


class Oracle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Sequential(
            halving(3, 32), halving(32, 64), Block(64), halving(64, 128), Block(128), Block(128), halving(128, 192), Block(192),
            nn.Flatten(), nn.Dropout(0.1), nn.Linear(192 * 36, 384), nn.ReLU())
        self.h = nn.Linear(384, sum(HEADS))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(B, 3, 96, 96) in -1..1 to the logits of every field."""
        return self.h(self.f(x)).split(list(HEADS), 1)


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 4 and not name.startswith("f.0.")
