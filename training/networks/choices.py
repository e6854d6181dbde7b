"""Two choices made on the language model's states: which earlier picture a turn means, if any, and whether a picture should be drawn or found."""

import torch
import torch.nn.functional as F
from torch import nn

from training.learn.whitening import folded as folded_layer
from training.learn.whitening import whitening

KEY = 128
LAYERS = ("q", "k", "find")  # of openings, of pictures, at `[IMG0]`
DROPPED = 0.1  # of the whitened states, in training; the pointer learns more where plain states are dropped (training/stages/choices.py)
MOST = 4  # pictures among which one is meant


def plain(states: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(states, states.shape[-1:])


class Choices(nn.Module):
    """`first` and `last` tell pictures apart by their place counted from the oldest and from the newest; `none`: a picture of its own.

    The states at openings, over pictures and at `[IMG0]` are whitened (training/learn/whitening.py); the served file has it folded in.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(width, KEY), nn.Linear(width, KEY)
        self.first, self.last = nn.Parameter(torch.randn(MOST, KEY) * 0.1), nn.Parameter(torch.randn(MOST, KEY) * 0.1)
        self.none = nn.Parameter(torch.randn(KEY) * 0.1)
        self.find = nn.Linear(width, 1)
        for name in LAYERS:
            self.register_buffer(f"{name}_mean", torch.zeros(width))
            self.register_buffer(f"{name}_whiten", torch.eye(width))

    @torch.no_grad()
    def fit_whitening(self, opening: torch.Tensor, rows: torch.Tensor, begin: torch.Tensor) -> None:
        """From states (N, 576), of pictures that are there, and (M, 576)."""
        for name, states in zip(LAYERS, (opening, rows, begin)):
            mean, whiten = whitening(plain(states))
            getattr(self, f"{name}_mean").copy_(mean)
            getattr(self, f"{name}_whiten").copy_(whiten)

    def white(self, name: str, states: torch.Tensor) -> torch.Tensor:
        return (plain(states) - getattr(self, f"{name}_mean")) @ getattr(self, f"{name}_whiten")

    def forward(self, opening: torch.Tensor, rows: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """State at the reply's opening (B, 576), means of the pictures' eight states (B, 4, 576), how many there are (B,).

        Logits (B, 5): none, then the pictures from the oldest on.
        """
        place = torch.arange(MOST)[None]
        back = (count[:, None] - 1 - place).clamp(0, MOST - 1)  # (B, 4)
        keys = self.k(self.white("k", rows)) + self.first + self.last[back]  # (B, 4, 128)
        q = self.q(self.white("q", opening))  # (B, 128)
        logits = (keys @ q[..., None])[..., 0].masked_fill(place >= count[:, None], -1e4)  # (B, 4)
        return torch.cat([(q @ self.none)[:, None], logits], 1) * KEY ** -0.5

    def found(self, state: torch.Tensor) -> torch.Tensor:
        """State at `[IMG0]` (B, 576) to logits (B,): find where positive, else draw."""
        return self.find(F.dropout(self.white("find", state), DROPPED, self.training))[:, 0]


def folded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same network in fp32 without the whitening."""
    left = {name: value.float() for name, value in weights.items() if not name.endswith(("_mean", "_whiten"))}
    for name in LAYERS:
        layer = weights[f"{name}.weight"], weights[f"{name}.bias"], weights[f"{name}_mean"], weights[f"{name}_whiten"]
        left[f"{name}.weight"], left[f"{name}.bias"] = folded_layer(*layer)
    return left


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return False
