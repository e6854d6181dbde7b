"""GILLMapper: the states of eight [IMG] positions to the sixteen tokens the text tower would have given. 4 + 4 blocks of 256, 2 + 4 with a turn.

Two inputs which GILL has not. The tokens that the picture which is changed was drawn from: whoever asks for night leaves the rest to them, and a gate
says of each token how much of it is made anew, since what is copied as it is loses nothing over many edits. And the states of the turn itself, from
the message's first token to the last before the rows: eight states hold which things a text names, hardly which colour is whose.
"""

import math

import torch
from torch import nn

from training.learn.whitening import folded as folded_layer
from training.learn.whitening import whitening
from training.networks.attention import TextBlock
from training.networks.text_tower import TOKENS, WIDTH

LAYERS = 4
TURN_LAYERS = 2  # of the encoder where it reads a turn: words that the language model has read already


Turn = tuple[torch.Tensor, torch.Tensor]  # states (B, T, 576) whose ends stand together, and where there are any (B, T)


class Turns:
    """Of each example the states of its turn, one behind another (M, 576), and how many there are (N,)."""

    def __init__(self, states: torch.Tensor, lengths: torch.Tensor) -> None:
        self.states, self.lengths = states, lengths
        self.ends = lengths.cumsum(0)

    def padded(self, at: torch.Tensor) -> Turn:
        """Those of some examples (B,)."""
        lengths, ends = self.lengths[at], self.ends[at]
        back = torch.arange(int(lengths.max()), 0, -1)  # (T,): how far before the end
        present = back[None] <= lengths[:, None]  # (B, T)
        places = (ends[:, None] - back[None]).clamp(min=0)
        return self.states[places].float() * present[..., None], present


class Mapper(nn.Module):
    """`rows` are the learned rows themselves; they tell the positions apart, as nothing else does. Places of a turn are counted from its end, which
    has the last of `t`; `turn` is how many are read at most, 0 of a mapper that reads none, as GILL's.

    `mean` and `whiten` serve training (training/learn/whitening.py); the served file has both folded into `i`.
    """

    mean: torch.Tensor
    whiten: torch.Tensor

    def __init__(self, rows: torch.Tensor, scale: float, turn: int = 0) -> None:
        super().__init__()
        self.rows = nn.Parameter(rows / scale, requires_grad=False)
        self.register_buffer("mean", torch.zeros(rows.shape[1]))
        self.register_buffer("whiten", torch.eye(rows.shape[1]))
        self.n0 = nn.LayerNorm(rows.shape[1], elementwise_affine=False)
        self.i = nn.Linear(rows.shape[1], WIDTH)
        if turn:
            half = torch.arange(WIDTH // 2) * (-math.log(200) / (WIDTH // 2))
            angles = torch.arange(turn - 1, -1, -1)[:, None] * half.exp()
            self.t = nn.Parameter(0.3 * torch.stack([angles.sin(), angles.cos()], -1).flatten(1))
        self.e = nn.ModuleList([TextBlock(WIDTH) for _ in range(TURN_LAYERS if turn else LAYERS)])
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

    @property
    def reads_turn(self) -> bool:
        return hasattr(self, "t")

    def forward(self, states: torch.Tensor, parent: torch.Tensor | None = None, turn: Turn | None = None) -> torch.Tensor:
        """To tokens (B, 16, 256), from states after the final norm (B, 8, 576); the parent picture's tokens (B, 16, 256; zeros or None: no
        parent); and the turn, where the mapper reads it.
        """
        x = self.i((self.n0(states) + self.rows - self.mean) @ self.whiten)  # (B, 8, 256)
        mask = None
        if turn is not None:
            told, present = turn
            said = self.i((self.n0(told) - self.mean) @ self.whiten) + self.t[len(self.t) - told.shape[1]:]  # (B, T, 256)
            x = torch.cat([said, x], 1)  # (B, T + 8, 256)
            mask = torch.cat([present, torch.ones(states.shape[:2], dtype=torch.bool)], 1)[:, None, None]  # (B, 1, 1, T + 8)
        for block in self.e:
            x = block(x, mask)
        x = self.ne(x)
        before = torch.zeros(len(states), TOKENS, WIDTH) if parent is None else parent
        q = self.q + self.p(before)  # (B, 16, 256)
        for block in self.d:
            q = block(q, mask, x)
        q = self.nd(q)
        fresh = self.g(q).sigmoid()  # (B, 16, 1); without a parent the last norm takes it out again
        return self.n(before * (1 - fresh) + self.n(self.o(q)) * fresh)

    @torch.no_grad()
    def fit_whitening(self, states: torch.Tensor, turns: torch.Tensor) -> None:
        """From states (N, 8, 576) and those of turns (M, 576), none where none are read."""
        seen = torch.cat([(self.n0(states) + self.rows).flatten(0, 1), self.n0(turns)])
        mean, whiten = whitening(seen)  # (576,), (576, 576)
        self.mean.copy_(mean)
        self.whiten.copy_(whiten)


def folded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same mapper in fp32 without `mean` and `whiten`."""
    left = {name: value.float() for name, value in weights.items() if name not in ("mean", "whiten")}
    left["i.weight"], left["i.bias"] = folded_layer(weights["i.weight"], weights["i.bias"], weights["mean"], weights["whiten"])
    return left


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith(("e.", "d."))
