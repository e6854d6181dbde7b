"""Records what PyTorch computes with the bundled picture networks, for picture.test.ts to compare with.

    python -m venv .venv && .venv/bin/pip install torch safetensors tokenizers gguf numpy
    .venv/bin/python test/golden/record-picture.py models/storybook test/golden

Writes picture.json (captions) and picture.safetensors: ids (2, 40) and lengths (2) of their words, tokens (2, 16, 256),
noise (2, 8, 12, 12), latents after each of 25 steps (25, 2, 8, 12, 12), pixels (2, 3, 96, 96). All in float32 from the
half-precision weights. Nothing here is shared with the TypeScript: two readings of one set of weights must agree.
"""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from gguf import GGUFReader, dequantize
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

CAPTIONS = [
    "a red rabbit next to a blue tent in the forest at night",
    "a yellow elephant on the beach with a purple balloon in the sky while it snows",
]
STEPS, GUIDANCE, EARLY_TIME, EARLY_GUIDANCE, MAX_IDS, HEADS = 25, 3.0, 0.97, 1.5, 40, 4

package, out = Path(sys.argv[1]), Path(sys.argv[2])
manifest = json.loads((package / "model.json").read_text())


class Weights:
    """The tensors of one file in float32, with the operators that read them by name."""

    def __init__(self, name):
        self.tensors = {key: value.float() for key, value in load_file(package / name).items()}

    def __getitem__(self, name):
        return self.tensors[name]

    def linear(self, x, name):
        return F.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])

    def conv(self, x, name, padding=1):
        return F.conv2d(x, self[f"{name}.weight"], self[f"{name}.bias"], padding=padding)

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self[f"{name}.weight"], self[f"{name}.bias"])


def plain_norm(x):
    return F.layer_norm(x, x.shape[-1:])


def attention(q, k, v, mask=None):
    batch, length, width = q.shape
    q, k, v = (x.view(batch, -1, HEADS, width // HEADS).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(width // HEADS)
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e4)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)


def text_tower(rows, lengths):
    """rows (B, T, E), zero beyond each length -> tokens (B, 16, 256)."""
    w = Weights(manifest["picture"]["textTower"])
    longest = int(lengths.max())
    mask = (torch.arange(longest)[None] < lengths[:, None])[:, None, None]

    def block(x, name, x_mask, context=None):
        x = x + w.linear(attention(*w.linear(w.norm(x, f"{name}.n1"), f"{name}.qkv").chunk(3, -1), x_mask), f"{name}.o")
        if context is not None:
            query = w.linear(w.norm(x, f"{name}.n3"), f"{name}.q")
            x = x + w.linear(attention(query, *w.linear(context, f"{name}.kv").chunk(2, -1), mask), f"{name}.o2")
        return x + w.linear(F.gelu(w.linear(w.norm(x, f"{name}.n2"), f"{name}.m.0")), f"{name}.m.2")

    x = w.linear(rows[:, :longest], "i") + w["p"][:longest]
    for i in range(3):
        x = block(x, f"b.{i}", mask)
    q = w["q"].expand(len(rows), -1, -1)
    for i in range(2):
        q = block(q, f"r.{i}", None, x)
    return plain_norm(q)


def denoiser(w, x, t, context):
    """x (B, 8, 12, 12), t (B), context (B, 16, 256) -> noise - picture, like x."""
    frequencies = torch.exp(torch.arange(32) * (-math.log(1000) / 32))
    u = t[:, None] * frequencies * 100
    te = w.linear(F.silu(w.linear(torch.cat([u.sin(), u.cos()], 1), "te.0")), "te.2")
    te = F.silu(te + w.linear(context.mean(1), "pool"))

    def conv_block(h, name):  # (B, 12, 12, 128)
        scale, shift, gate = w.linear(te, f"{name}.t")[:, None, None].chunk(3, -1)
        y = (plain_norm(h) * (1 + scale) + shift).permute(0, 3, 1, 2)
        y = w.conv(F.silu(w.conv(y, f"{name}.a")), f"{name}.b")
        return h + gate * y.permute(0, 2, 3, 1)

    def transformer_block(z, name):  # (B, 36, 256)
        scale1, shift1, gate1, scale2, shift2, gate2 = w.linear(te, f"{name}.t")[:, None].chunk(6, -1)
        qkv = w.linear(plain_norm(z) * (1 + scale1) + shift1, f"{name}.qkv")
        z = z + gate1 * w.linear(attention(*qkv.chunk(3, -1)), f"{name}.o")
        query = w.linear(w.norm(z, f"{name}.n"), f"{name}.q")
        z = z + w.linear(attention(query, *w.linear(context, f"{name}.kv").chunk(2, -1)), f"{name}.o2")
        hidden = F.gelu(w.linear(plain_norm(z) * (1 + scale2) + shift2, f"{name}.m1"), approximate="tanh")
        return z + gate2 * w.linear(hidden, f"{name}.m2")

    h = w.conv(x, "i").permute(0, 2, 3, 1) + w["pg"]
    for i in range(2):
        h = conv_block(h, f"r.{i}")
    z = h.reshape(-1, 6, 2, 6, 2, 128).permute(0, 1, 3, 2, 4, 5).reshape(-1, 36, 512)
    z = w.linear(z, "dn") + w["p"]
    for i in range(6):
        z = transformer_block(z, f"b.{i}")
    z = w.linear(z, "u").view(-1, 6, 6, 2, 2, 128).permute(0, 1, 3, 2, 4, 5).reshape(-1, 12, 12, 128)
    h = h + w.linear(torch.cat([h, z], -1), "mg")
    for i in range(2):
        h = conv_block(h, f"r2.{i}")
    return w.conv(F.silu(plain_norm(h)).permute(0, 3, 1, 2), "o")


def pixel_decoder(z):
    """(B, 8, 12, 12) -> (B, 3, 96, 96)."""
    w = Weights(manifest["picture"]["autoencoder"])

    def residual(x, name):
        return x + w.conv(F.silu(w.conv(F.silu(x), f"{name}.a")), f"{name}.b")

    x = residual(residual(w.conv(z, "d1.0"), "d1.1"), "d1.2")
    x = F.pixel_shuffle(w.conv(x, "d1.3", 0), 2)
    x = residual(residual(x, "d1.5"), "d1.6")
    x = F.pixel_shuffle(w.conv(x, "d1.7", 0), 2)
    return F.pixel_shuffle(w.conv(residual(x, "d1.9"), "out.0"), 2)


def embedding_table():
    tensors = GGUFReader(package / manifest["lm"]["weights"]).tensors
    stored = next(tensor for tensor in tensors if tensor.name == "token_embd.weight")
    table = torch.from_numpy(dequantize(stored.data, stored.tensor_type)).float()
    return table / table.std()


def encode(captions):
    tokenizer = Tokenizer.from_file(str(package / manifest["lm"]["tokenizer"]))
    ids = torch.zeros(len(captions), MAX_IDS, dtype=torch.int64)
    lengths = torch.zeros(len(captions), dtype=torch.int64)
    for i, caption in enumerate(captions):
        words = [word if word == "," else f" {word}" for word in caption.split()]
        flat = [id for word in words for id in tokenizer.encode(word, add_special_tokens=False).ids][:MAX_IDS]
        ids[i, : len(flat)] = torch.tensor(flat)
        lengths[i] = len(flat)
    return ids, lengths


with torch.no_grad():
    ids, lengths = encode(CAPTIONS)
    tokens = text_tower(embedding_table()[ids], lengths)
    noise = torch.randn(len(CAPTIONS), *manifest["picture"]["latent"], generator=torch.Generator().manual_seed(7))
    weights = Weights(manifest["picture"]["denoiser"])
    context = torch.cat([tokens, weights["null"].expand(len(CAPTIONS), -1, -1)])
    x, latents = noise.clone(), []
    times = torch.linspace(1, 0, STEPS + 1)
    for t, following in zip(times[:-1], times[1:]):
        v = denoiser(weights, torch.cat([x, x]), t.expand(2 * len(CAPTIONS)), context)
        conditional, unconditional = v.chunk(2)
        guidance = GUIDANCE if t < EARLY_TIME else EARLY_GUIDANCE
        x = x + (following - t) * (unconditional + guidance * (conditional - unconditional))
        latents.append(x)
    recorded = {"ids": ids, "lengths": lengths, "tokens": tokens, "noise": noise}
    recorded |= {"latents": torch.stack(latents), "pixels": pixel_decoder(x)}

save_file({name: value.contiguous() for name, value in recorded.items()}, out / "picture.safetensors")
(out / "picture.json").write_text(json.dumps(CAPTIONS, indent=2) + "\n")
