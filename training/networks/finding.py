"""What finds pictures by text: what the image side's queries saw, and the mapper's tokens of a wish, as unit vectors that lie together.

GILL searches by the state at an `[IMG]` position. That state alone holds which things a text names, hardly which colour is whose.
"""

import torch
import torch.nn.functional as F
from torch import nn

from training.networks.image_side import VISUAL_ROWS
from training.networks.image_side import WIDTH as SEEN
from training.networks.text_tower import TOKENS, WIDTH

SHARED = 128


class Finding(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.picture, self.text = nn.Linear((VISUAL_ROWS + 1) * SEEN, SHARED), nn.Linear(TOKENS * WIDTH, SHARED)
        self.temperature = nn.Parameter(torch.tensor(2.66))  # ln(1 / 0.07), as published

    def pictures(self, seen: torch.Tensor) -> torch.Tensor:
        """(B, 5, 192) to unit vectors (B, 128)."""
        return F.normalize(self.picture(seen.flatten(1)), dim=-1)

    def wishes(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, 16, 256) to unit vectors (B, 128)."""
        return F.normalize(self.text(tokens.flatten(1)), dim=-1)
