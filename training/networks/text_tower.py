"""Text tower: raw token ids to sixteen tokens of 256, one for each part of a scene. The heads serve training and checks only."""

import math

import torch
from torch import nn

from training.networks.attention import TextBlock
from training.scenes.graph import COUNTED, HEADS, SLOTS
from training.words import MAX_IDS

TOKENS = 16
WIDTH = 256


def head_layout() -> tuple[list[int], list[int]]:
    """Which token each head of HEADS reads, and which token reads it a second time (-1: none).

    Tokens 0, 1, 2: place, hour, weather. Then two a slot: kind with count, and colour with kind again. Token 15: spare.
    """
    first, second = [0, 1, 2], [-1, -1, -1]
    for i, slot in enumerate(SLOTS):
        a, b = 3 + 2 * i, 4 + 2 * i
        first += [a, b, a] if slot in COUNTED else [a, b]
        second += [b, a, -1] if slot in COUNTED else [b, a]
    return first, second


class TextTower(nn.Module):
    emb: torch.Tensor

    def __init__(self, rows: torch.Tensor, layers: int = 4, positions: int = MAX_IDS) -> None:
        super().__init__()
        self.register_buffer("emb", rows, persistent=False)
        self.i = nn.Linear(rows.shape[1], WIDTH)
        half = torch.arange(WIDTH // 2) * (-math.log(200) / (WIDTH // 2))
        angles = torch.arange(positions)[:, None] * half.exp()
        self.p = nn.Parameter(0.6 * torch.stack([angles.sin(), angles.cos()], -1).flatten(1))
        self.b = nn.ModuleList([TextBlock(WIDTH) for _ in range(layers)])
        self.q = nn.Parameter(torch.randn(TOKENS, WIDTH) * 0.05)
        self.r = nn.ModuleList([TextBlock(WIDTH, cross=True) for _ in range(2)])
        self.n = nn.LayerNorm(WIDTH, elementwise_affine=False)
        self.first, self.second = head_layout()
        self.hd = nn.ModuleList([nn.Linear(WIDTH, n) for n in HEADS])
        self.hd2 = nn.ModuleList([nn.Linear(WIDTH, n) for n, t in zip(HEADS, self.second) if t >= 0])

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Ids (B, L) and lengths (B,) to tokens (B, 16, 256)."""
        width = ids.shape[1]
        mask = (torch.arange(width)[None] < lengths[:, None])[:, None, None]  # (B, 1, 1, L)
        x = self.i(self.emb[ids]) + self.p[:width]  # (B, L, 256)
        for block in self.b:
            x = block(x, mask)
        q = self.q.expand(len(ids), -1, -1)  # (B, 16, 256)
        for block in self.r:
            q = block(q, mask, x)
        return self.n(q)

    def heads(self, tokens: torch.Tensor) -> list[torch.Tensor]:
        """Logits of every field, in the order of HEADS."""
        return [head(tokens[:, t]) for head, t in zip(self.hd, self.first)]

    def second_heads(self, tokens: torch.Tensor) -> list[tuple[int, torch.Tensor]]:
        """Logits of the fields read a second time, each with its place in HEADS."""
        fields = [(i, t) for i, t in enumerate(self.second) if t >= 0]
        return [(i, head(tokens[:, t])) for head, (i, t) in zip(self.hd2, fields)]


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith(("b.", "r."))
