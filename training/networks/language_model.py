"""SmolLM2 as it is served: weights de-quantised from the package's GGUF file, frozen, in batches. Gradients may pass to its inputs.

Rows come in by embedding, so that learned rows stand beside tokens. Padding goes to the right: attention is causal, so it changes nothing.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from training.gguf import header, tensor
from training.learn.precision import products
from training.paths import GGUF


class Past(NamedTuple):
    """Keys and values of what came before, one pair a layer, each (1 or B, key heads, P, D); of one row it is shared by all of a batch."""

    layers: list[tuple[torch.Tensor, torch.Tensor]]

    @property
    def length(self) -> int:
        return self.layers[0][0].shape[2]


def normed(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary embedding of (B, heads, T, D); elements 2i and 2i + 1 are a pair, as the file's rows have them."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, index: int, dtype: torch.dtype) -> None:
        super().__init__()
        read = lambda name: torch.from_numpy(tensor(GGUF, f"blk.{index}.{name}.weight").copy())
        self.register_buffer("attention_norm", read("attn_norm"))
        self.register_buffer("qkv", torch.cat([read("attn_q"), read("attn_k"), read("attn_v")]).to(dtype))
        self.register_buffer("out", read("attn_output").to(dtype))
        self.register_buffer("mlp_norm", read("ffn_norm"))
        self.register_buffer("gate_up", torch.cat([read("ffn_gate"), read("ffn_up")]).to(dtype))
        self.register_buffer("down", read("ffn_down").to(dtype))


class LanguageModel(nn.Module):
    """`dtype` is that of the products; the residual stream, norms and rotary embedding stay fp32."""

    rows: torch.Tensor

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        dtype = dtype or products()
        n = header(GGUF).numbers
        self.heads, self.key_heads = int(n["llama.attention.head_count"]), int(n["llama.attention.head_count_kv"])
        self.eps, self.base = n["llama.attention.layer_norm_rms_epsilon"], n["llama.rope.freq_base"]
        self.register_buffer("rows", torch.from_numpy(tensor(GGUF, "token_embd.weight").copy()))
        self.register_buffer("norm", torch.from_numpy(tensor(GGUF, "output_norm.weight").copy()))
        self.layers = nn.ModuleList([Layer(i, dtype) for i in range(int(n["llama.block_count"]))])
        self.dtype = dtype
        self.width = self.rows.shape[1]
        self.depth = self.width // self.heads

    def angles(self, start: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        frequency = self.base ** (-torch.arange(0, self.depth, 2, dtype=torch.float64) / self.depth)
        angle = torch.arange(start, start + count, dtype=torch.float64)[:, None] * frequency  # (T, D / 2)
        return angle.cos().float(), angle.sin().float()

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, past: int) -> torch.Tensor:
        """Queries (B, heads, T, D) over keys (B, key heads, past + T, D) to (B, T, H)."""
        b, _, t, _ = q.shape
        mask = torch.ones(t, past + t, dtype=torch.bool).tril(past)
        if not q.requires_grad:
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True).transpose(1, 2).reshape(b, t, self.width)
        # plain products: the fused kernel's backward takes three times as long on a CPU
        grouped = q.reshape(b, self.key_heads, -1, self.depth)  # (B, key heads, group * T, D)
        scores = (grouped @ k.transpose(-1, -2)).float() * self.depth ** -0.5
        scores = scores.unflatten(2, (-1, t)).masked_fill(~mask, -torch.inf)  # (B, key heads, group, T, past + T)
        return (scores.softmax(-1).to(v.dtype).flatten(2, 3) @ v).reshape(b, -1, t, self.depth).transpose(1, 2).reshape(b, t, self.width)

    def run(self, x: torch.Tensor, past: Past | None = None) -> tuple[torch.Tensor, Past]:
        """Embeddings (B, T, H) to last-layer states after the final norm (B, T, H), and the keys and values of these positions."""
        b, t, _ = x.shape
        before = past.length if past else 0
        cos, sin = self.angles(before, t)
        split = [self.heads * self.depth, self.key_heads * self.depth, self.key_heads * self.depth]
        own: list[tuple[torch.Tensor, torch.Tensor]] = []
        for i, layer in enumerate(self.layers):
            qkv = F.linear(normed(x, layer.attention_norm, self.eps).to(self.dtype), layer.qkv)
            q, k, v = (a.view(b, t, -1, self.depth).transpose(1, 2) for a in qkv.split(split, -1))  # (B, heads, T, D)
            q, k = rotated(q.float(), cos, sin).to(self.dtype), rotated(k.float(), cos, sin).to(self.dtype)
            own.append((k, v))
            if past:
                k, v = (torch.cat([old.expand(b, -1, -1, -1), new], 2) for old, new in zip(past.layers[i], (k, v)))  # (B, key heads, P + T, D)
            x = x + F.linear(self.attend(q, k, v, before), layer.out).float()
            gate, up = F.linear(normed(x, layer.mlp_norm, self.eps).to(self.dtype), layer.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer.down).float()
        return normed(x, self.norm, self.eps), Past(own)

    def forward(self, x: torch.Tensor, past: Past | None = None) -> torch.Tensor:
        return self.run(x, past)[0]

    def behind(self, x: torch.Tensor, shared: Past | None, past: Past, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (B, T, H), each row of which follows `shared` and the first lengths[b] positions of its own past: states (B, T, H).

        Gradients pass to x alone, so what was read before is paid for once, however often something stands behind it.
        """
        b, t, _ = x.shape
        before = shared.length if shared else 0
        cos, sin = self.angles(0, before + past.length + t)
        at = before + lengths[:, None] + torch.arange(t)  # (B, T)
        cos, sin = cos[at][:, None], sin[at][:, None]  # (B, 1, T, D / 2)
        seen = torch.arange(past.length) < lengths[:, None]  # (B, P)
        mask = torch.cat([torch.ones(b, t, before, dtype=torch.bool), seen[:, None].expand(-1, t, -1),
                          torch.ones(t, t, dtype=torch.bool).tril().expand(b, -1, -1)], -1)  # (B, T, S + P + T)
        hidden = torch.zeros(mask.shape).masked_fill(~mask, -torch.inf).repeat(1, self.heads // self.key_heads, 1)[:, None]
        split = [self.heads * self.depth, self.key_heads * self.depth, self.key_heads * self.depth]
        sizes = [before, past.length, t]
        for i, layer in enumerate(self.layers):
            qkv = F.linear(normed(x, layer.attention_norm, self.eps).to(self.dtype), layer.qkv)
            q, k, v = (a.view(b, t, -1, self.depth).transpose(1, 2) for a in qkv.split(split, -1))  # (B, heads, T, D)
            q, k = rotated(q.float(), cos, sin).to(self.dtype), rotated(k.float(), cos, sin).to(self.dtype)
            q = q.reshape(b, self.key_heads, -1, self.depth)  # (B, key heads, group * T, D)
            parts = [*([shared.layers[i]] if shared else []), past.layers[i], (k, v)]
            scores = torch.cat([q @ key.transpose(-1, -2) for key, _ in parts], -1).float() * self.depth ** -0.5 + hidden
            shares = scores.softmax(-1).to(v.dtype).split(sizes[-len(parts):], -1)
            read = sum((share @ value for share, (_, value) in zip(shares, parts)), torch.zeros(()))  # (B, key heads, group * T, D)
            x = x + F.linear(read.reshape(b, -1, t, self.depth).transpose(1, 2).reshape(b, t, self.width), layer.out).float()
            gate, up = F.linear(normed(x, layer.mlp_norm, self.eps).to(self.dtype), layer.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer.down).float()
        return normed(x, self.norm, self.eps)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        return F.linear(states, self.rows)


@lru_cache(maxsize=1)
def language_model() -> LanguageModel:
    """The one used for training."""
    return LanguageModel().eval().requires_grad_(False)
