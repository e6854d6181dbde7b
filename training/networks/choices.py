"""A choice made on the language model's state at `[IMG0]`: whether a picture should be drawn or found."""

import torch
import torch.nn.functional as F
from torch import nn

from training.learn.whitening import folded as folded_layer
from training.learn.whitening import whitening

DROPPED = 0.3  # of the whitened state, in training


def plain(states: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(states, states.shape[-1:])


class Choices(nn.Module):
    """The state is whitened (training/learn/whitening.py); the served file has that folded in."""

    find_mean: torch.Tensor
    find_whiten: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.find = nn.Linear(width, 1)
        self.register_buffer("find_mean", torch.zeros(width))
        self.register_buffer("find_whiten", torch.eye(width))

    @torch.no_grad()
    def fit_whitening(self, states: torch.Tensor) -> None:
        """From states (N, 576)."""
        mean, whiten = whitening(plain(states))
        self.find_mean.copy_(mean)
        self.find_whiten.copy_(whiten)

    def forward(self, state: torch.Tensor) -> torch.Tensor:
        """State at `[IMG0]` (B, 576) to logits (B,): find where positive, else draw."""
        x = (plain(state) - self.find_mean) @ self.find_whiten
        return self.find(F.dropout(x, DROPPED, self.training))[:, 0]


def folded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same network in fp32 without the whitening."""
    weight, bias = folded_layer(weights["find.weight"], weights["find.bias"], weights["find_mean"], weights["find_whiten"])
    return {"find.weight": weight, "find.bias": bias}


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return False
