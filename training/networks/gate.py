"""Show-a-picture gate: one row on the state after `assistant\\n`, so that it can stand as `[IMG0]`'s row among the language model's outputs."""

import torch
from torch import nn


class Gate(nn.Module):
    """Logit = row · (state − mean) / scale + bias; `folded` gives the same as a plain row and bias on the state itself."""

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, mean: torch.Tensor, scale: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.row = nn.Parameter(torch.zeros(len(mean)))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """States after the final norm (B, 576) to logits (B,): a picture where positive."""
        return ((states - self.mean) / self.scale) @ self.row + self.bias

    def folded(self) -> tuple[torch.Tensor, torch.Tensor]:
        row = self.row / self.scale
        return row, self.bias - self.mean @ row
