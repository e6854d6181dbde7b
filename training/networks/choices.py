"""Two choices made on the language model's states: which earlier picture a turn means, if any, and whether a picture should be drawn or found."""

import torch
import torch.nn.functional as F
from torch import nn

KEY = 128
MOST = 4  # pictures among which one is meant


def plain(states: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(states, states.shape[-1:])


class Choices(nn.Module):
    """`first` and `last` tell pictures apart by their place counted from the oldest and from the newest; `none`: a picture of its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(width, KEY), nn.Linear(width, KEY)
        self.first, self.last = nn.Parameter(torch.randn(MOST, KEY) * 0.1), nn.Parameter(torch.randn(MOST, KEY) * 0.1)
        self.none = nn.Parameter(torch.randn(KEY) * 0.1)
        self.find = nn.Linear(width, 1)

    def forward(self, opening: torch.Tensor, rows: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """State at the reply's opening (B, 576), means of the pictures' eight states (B, 4, 576), how many there are (B,).

        Logits (B, 5): none, then the pictures from the oldest on.
        """
        place = torch.arange(MOST)[None]
        back = (count[:, None] - 1 - place).clamp(0, MOST - 1)  # (B, 4)
        keys = self.k(plain(rows)) + self.first + self.last[back]  # (B, 4, 128)
        q = self.q(plain(opening))  # (B, 128)
        logits = (keys @ q[..., None])[..., 0].masked_fill(place >= count[:, None], -1e4)  # (B, 4)
        return torch.cat([(q @ self.none)[:, None], logits], 1) * KEY ** -0.5

    def found(self, state: torch.Tensor) -> torch.Tensor:
        """State at `[IMG0]` (B, 576) to logits (B,): find where positive, else draw."""
        return self.find(plain(state))[:, 0]


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return False
