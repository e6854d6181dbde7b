"""Autoencoder: 96-pixel pictures to 16 x 12 x 12 latents and back, at 96 and, through a head of its own, at 192 pixels."""

import torch
import torch.nn.functional as F
from torch import nn

CHANNELS = 16
SIDE = 12


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 3, padding=1)
        self.b = nn.Conv2d(channels, channels, 3, padding=1)
        for p in self.b.parameters():
            nn.init.zeros_(p)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.b(F.silu(self.a(F.silu(x))))


class Autoencoder(nn.Module):
    """`widths` are the decoder's channels at 12, 24, 48 and 96 pixels. Latents have unit variance by construction (`bn`)."""

    def __init__(self, widths: tuple[int, int, int, int] = (256, 128, 64, 32)) -> None:
        super().__init__()
        w12, w24, w48, w96 = widths
        self.enc = nn.Sequential(
            nn.PixelUnshuffle(4), nn.Conv2d(48, 96, 3, padding=1), Residual(96),
            nn.Conv2d(96, 160, 2, 2), Residual(160), Residual(160), nn.Conv2d(160, CHANNELS, 1))
        self.bn = nn.BatchNorm2d(CHANNELS, affine=False, momentum=0.02)
        self.d1 = nn.Sequential(
            nn.Conv2d(CHANNELS, w12, 3, padding=1), Residual(w12), Residual(w12),
            nn.Conv2d(w12, w24 * 4, 1), nn.PixelShuffle(2), Residual(w24), Residual(w24),
            nn.Conv2d(w24, w48 * 4, 1), nn.PixelShuffle(2), Residual(w48))
        self.out = nn.Sequential(nn.Conv2d(w48, 12, 3, padding=1), nn.PixelShuffle(2))
        self.h = nn.Sequential(
            nn.Conv2d(w48, w96 * 4, 1), nn.PixelShuffle(2), Residual(w96), nn.Conv2d(w96, 12, 3, padding=1), nn.PixelShuffle(2))

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 96, 96) in -1..1 to (B, 16, 12, 12)."""
        return self.bn(self.enc(x).float())

    def decode(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 16, h, w) to (B, 3, 8h, 8w) and (B, 3, 16h, 16w), not clamped."""
        shared = self.d1(z)
        return self.out(shared).float(), self.h(shared).float()


def is_matrix(name: str, p: nn.Parameter) -> bool:
    """Kernels that Muon trains: all but the first, the latent's and the pixels'."""
    return p.ndim == 4 and not name.startswith(("enc.1.", "enc.6.", "out.", "h.3."))
