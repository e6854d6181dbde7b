"""Attention and the pre-norm transformer block that tower and mapper share."""

import torch
from torch import nn


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, mask: torch.Tensor | None = None) -> torch.Tensor:
    """(B, N, D) x (B, M, D) to (B, N, D); `mask` (B, 1, 1, M) is True where attention is allowed.

    Plain products: on a CPU the fused kernel's backward is two to three times slower for so few tokens.
    """
    b, n, d = q.shape
    split = lambda a: a.view(b, -1, heads, d // heads).transpose(1, 2)  # (B, H, N, D/H)
    scores = split(q) @ split(k).transpose(-1, -2) * (d // heads) ** -0.5  # (B, H, N, M)
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e4)
    return (scores.softmax(-1).to(v.dtype) @ split(v)).transpose(1, 2).reshape(b, n, d)


class TextBlock(nn.Module):
    """Self-attention, cross-attention when `cross`, MLP of three times the width with exact GELU."""

    def __init__(self, d: int, heads: int = 4, cross: bool = False) -> None:
        super().__init__()
        self.heads, self.cross = heads, cross
        self.n1, self.qkv, self.o = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.n2, self.m = nn.LayerNorm(d), nn.Sequential(nn.Linear(d, 3 * d), nn.GELU(), nn.Linear(3 * d, d))
        if cross:
            self.n3, self.q, self.kv, self.o2 = nn.LayerNorm(d), nn.Linear(d, d), nn.Linear(d, 2 * d), nn.Linear(d, d)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None, context: torch.Tensor | None = None) -> torch.Tensor:
        """x (B, N, D); without `cross` the mask is over x, with it over the context (B, M, D)."""
        q, k, v = self.qkv(self.n1(x)).chunk(3, -1)
        x = x + self.o(attend(q, k, v, self.heads, None if self.cross else mask))
        if self.cross:
            assert context is not None
            k, v = self.kv(context).chunk(2, -1)
            x = x + self.o2(attend(self.q(self.n3(x)), k, v, self.heads, mask))
        return x + self.m(self.n2(x))
