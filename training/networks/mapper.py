"""GILLMapper: the states of eight [IMG] positions to the sixteen tokens the text tower would have given. 4 + 4 blocks of width 256.

A second input, which GILL has not: the tokens that the picture which is changed was drawn from. Whoever asks for night leaves the rest to them,
and a gate says of each token how much of it is made anew: what is copied as it is loses nothing over many edits.
"""

import torch
from torch import nn

from training.learn.whitening import folded as folded_layer
from training.learn.whitening import whitening
from training.networks.attention import TextBlock
from training.networks.text_tower import TOKENS, WIDTH

LAYERS = 4


class Mapper(nn.Module):
    """`rows` are the learned rows themselves; they tell the positions apart, as nothing else does.

    `mean` and `whiten` serve training (training/learn/whitening.py); the served file has both folded into `i`.
    """


    mean: torch.Tensor
    whiten: torch.Tensor

    def __init__(self, rows: torch.Tensor, scale: float) -> None:
        super().__init__()
        self.rows = nn.Parameter(rows / scale, requires_grad=False)
        self.register_buffer("mean", torch.zeros(rows.shape[1]))
        self.register_buffer("whiten", torch.eye(rows.shape[1]))
        self.n0 = nn.LayerNorm(rows.shape[1], elementwise_affine=False)
        self.i = nn.Linear(rows.shape[1], WIDTH)
        self.e = nn.ModuleList([TextBlock(WIDTH) for _ in range(LAYERS)])
        self.ne = nn.LayerNorm(WIDTH)
        self.q = nn.Parameter(torch.randn(TOKENS, WIDTH))
        self.p = nn.Linear(WIDTH, WIDTH)
        nn.init.zeros_(self.p.weight)
        nn.init.zeros_(self.p.bias)
        self.d = nn.ModuleList([TextBlock(WIDTH, cross=True) for _ in range(LAYERS)])
        self.nd = nn.LayerNorm(WIDTH)
        self.o = nn.Linear(WIDTH, WIDTH)
        self.n = nn.LayerNorm(WIDTH, elementwise_affine=False)
        self.g = nn.Linear(WIDTH, 1)
        nn.init.zeros_(self.g.weight)
        nn.init.constant_(self.g.bias, 2.0)

    def forward(self, states: torch.Tensor, parent: torch.Tensor | None = None) -> torch.Tensor:
        """States after the final norm (B, 8, 576), and the parent picture's tokens (B, 16, 256; zeros or None: no parent) to tokens (B, 16, 256)."""
        x = self.i((self.n0(states) + self.rows - self.mean) @ self.whiten)  # (B, 8, 256)
        for block in self.e:
            x = block(x)
        x = self.ne(x)
        before = torch.zeros(len(states), TOKENS, WIDTH) if parent is None else parent
        q = self.q + self.p(before)  # (B, 16, 256)
        for block in self.d:
            q = block(q, None, x)
        q = self.nd(q)
        fresh = self.g(q).sigmoid()  # (B, 16, 1); without a parent the last norm takes it out again
        return self.n(before * (1 - fresh) + self.n(self.o(q)) * fresh)


    @torch.no_grad()
    def fit_whitening(self, states: torch.Tensor) -> None:
        """From states (N, 8, 576)."""
        mean, whiten = whitening((self.n0(states) + self.rows).flatten(0, 1))  # (576,), (576, 576)
        self.mean.copy_(mean)
        self.whiten.copy_(whiten)


def folded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same mapper in fp32 without `mean` and `whiten`."""
    left = {name: value.float() for name, value in weights.items() if name not in ("mean", "whiten")}
    left["i.weight"], left["i.bias"] = folded_layer(weights["i.weight"], weights["i.bias"], weights["mean"], weights["whiten"])
    return left


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith(("e.", "d."))
