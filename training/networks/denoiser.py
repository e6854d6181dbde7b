"""Denoiser: velocity of a rectified flow on 16 x 12 x 12 latents, told the scene's tokens and, if there is one, the parent picture."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from training.learn.precision import fast
from training.networks.attention import attend
from training.networks.autoencoder import CHANNELS, SIDE


def plain_norm(x: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, x.shape[-1:])


class ConvBlock(nn.Module):
    """Two convolutions on (B, H, W, C), scaled, shifted and gated by the time embedding."""

    def __init__(self, c: int, time: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.t = nn.Linear(time, 3 * c)
        nn.init.zeros_(self.t.weight)
        nn.init.zeros_(self.t.bias)
        self.t.bias.data[2 * c:] = 0.3

    def forward(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        scale, shift, gate = self.t(time)[:, None, None].chunk(3, -1)
        h = (plain_norm(x) * (1 + scale) + shift).permute(0, 3, 1, 2)  # (B, C, H, W)
        return x + gate * self.b(F.silu(self.a(h))).permute(0, 2, 3, 1)  # (B, H, W, C)


class TokenBlock(nn.Module):
    """Self-attention, cross-attention to the scene's tokens, MLP; both gates start at 0.3."""

    def __init__(self, d: int, heads: int, time: int, context: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.q, self.kv, self.o2 = nn.Linear(d, d), nn.Linear(context, 2 * d), nn.Linear(d, d)
        self.m1, self.m2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.t, self.n = nn.Linear(time, 6 * d), nn.LayerNorm(d)
        nn.init.zeros_(self.t.weight)
        nn.init.zeros_(self.t.bias)
        self.t.bias.data[2 * d:3 * d] = 0.3
        self.t.bias.data[5 * d:] = 0.3

    def forward(self, x: torch.Tensor, time: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        a, b, gate, e, f, gate2 = self.t(time)[:, None].chunk(6, -1)
        q, k, v = self.qkv(plain_norm(x) * (1 + a) + b).chunk(3, -1)
        x = x + gate * self.o(attend(q, k, v, self.heads))
        k, v = self.kv(context).chunk(2, -1)
        x = x + self.o2(attend(self.q(self.n(x)), k, v, self.heads))
        return x + gate2 * self.m2(F.gelu(self.m1(plain_norm(x) * (1 + e) + f), approximate="tanh"))


class Denoiser(nn.Module):
    fr: torch.Tensor

    def __init__(self, blocks: int = 6, d: int = 256, c: int = 128, heads: int = 4, time: int = 256, context: int = 256,
                 channels: int = CHANNELS) -> None:
        super().__init__()
        self.c = c
        self.i = nn.Conv2d(channels, c, 3, padding=1)
        self.ip = nn.Conv2d(channels, c, 3, padding=1, bias=False)
        nn.init.zeros_(self.ip.weight)
        self.te = nn.Sequential(nn.Linear(64, time), nn.SiLU(), nn.Linear(time, time))
        self.pool = nn.Linear(context, time)
        self.null = nn.Parameter(torch.randn(16, context) * 0.3)
        self.r = nn.ModuleList([ConvBlock(c, time) for _ in range(2)])
        self.dn = nn.Linear(4 * c, d)
        self.p = nn.Parameter(torch.randn(1, (SIDE // 2) ** 2, d) * 0.05)
        self.pg = nn.Parameter(torch.randn(1, SIDE, SIDE, c) * 0.05)
        self.b = nn.ModuleList([TokenBlock(d, heads, time, context) for _ in range(blocks)])
        self.u, self.mg = nn.Linear(d, 4 * c), nn.Linear(2 * c, c)
        self.r2 = nn.ModuleList([ConvBlock(c, time) for _ in range(2)])
        self.o = nn.Conv2d(c, channels, 3, padding=1)
        for p in self.o.parameters():
            nn.init.zeros_(p)
        self.register_buffer("fr", torch.exp(torch.arange(32) * (-math.log(1000) / 32)), persistent=False)

    def forward(self, x: torch.Tensor, t: torch.Tensor, context: torch.Tensor, parent: torch.Tensor | None = None) -> torch.Tensor:
        """x (B, 16, 12, 12) at time t (B,), tokens (B, 16, 256), parent latent like x (zeros: none). Returns noise - picture."""
        angles = t[:, None] * self.fr * 100
        time = F.silu(self.te(torch.cat([angles.sin(), angles.cos()], 1)) + self.pool(context.mean(1)))  # (B, 256)
        h = self.i(x) if parent is None else self.i(x) + self.ip(parent)
        h = h.permute(0, 2, 3, 1) + self.pg  # (B, 12, 12, C)
        for block in self.r:
            h = block(h, time)
        n, half = len(x), SIDE // 2
        z = h.reshape(n, half, 2, half, 2, self.c).permute(0, 1, 3, 2, 4, 5)  # (B, 6, 6, 2, 2, C)
        z = self.dn(z.reshape(n, half * half, 4 * self.c)) + self.p  # (B, 36, D)
        for block in self.b:
            z = block(z, time, context)
        z = self.u(z).view(n, half, half, 2, 2, self.c).permute(0, 1, 3, 2, 4, 5).reshape(n, SIDE, SIDE, self.c)
        h = h + self.mg(torch.cat([h, z], -1))
        for block in self.r2:
            h = block(h, time)
        return self.o(F.silu(plain_norm(h)).permute(0, 3, 1, 2)).float()  # (B, 16, 12, 12)


def is_matrix(name: str, p: nn.Parameter) -> bool:
    if p.ndim == 4:
        return name.startswith("r")
    return p.ndim == 2 and ((name.startswith("b.") and ".t." not in name) or name in ("dn.weight", "u.weight", "mg.weight"))


@torch.no_grad()
def sample(model: Denoiser, tokens: torch.Tensor, noise: torch.Tensor, steps: int = 12, scene_weight: float = 3.0,
           parent: torch.Tensor | None = None, parent_weight: float = 1.5) -> torch.Tensor:
    """Euler from noise (t = 1) to picture (t = 0), with guidance towards the scene and, given a parent, towards it.

    Both weights are 1.5 and 1 at most while t >= 0.97, where the velocity says little yet.
    """
    x, n = noise, len(noise)
    null = model.null.to(tokens)[None].expand(n, -1, -1)
    times = torch.linspace(1, 0, steps + 1).tolist()
    for now, after in zip(times[:-1], times[1:]):
        weight = scene_weight if now < 0.97 else min(scene_weight, 1.5)
        if parent is None:
            with fast():
                v = model(torch.cat([x, x]), torch.full((2 * n,), now), torch.cat([tokens, null]))
            told, untold = v.chunk(2)
            x = x + (after - now) * (untold + weight * (told - untold))
            continue
        with fast():
            v = model(torch.cat([x, x, x]), torch.full((3 * n,), now), torch.cat([tokens, null, null]),
                      torch.cat([parent, parent, torch.zeros_like(parent)]))
        both, kept, neither = v.chunk(3)
        keep = parent_weight if now < 0.97 else min(parent_weight, 1.0)
        x = x + (after - now) * (neither + keep * (kept - neither) + weight * (both - kept))
    return x
