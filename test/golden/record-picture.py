"""Records what PyTorch computes with a package's picture networks, for picture.test.ts to compare with.

    python3 -m venv .venv && .venv/bin/pip install -r training/requirements.txt
    PYTHONPATH=. .venv/bin/python test/golden/record-picture.py models/storybook test/golden

Writes picture.json (texts with their ids) and picture.safetensors, with S the pixels of a side and Z the channels of a latent: tokens (2, 16, 256) of the first two
texts, noise (Z, 12, 12), latents after each of 12 steps (12, Z, 12, 12) and pixels (3, S, S) of the first; where the package takes a parent
picture, also encoded (Z, 12, 12), the latent of those pixels as 8 bits hold them, and refined (12, Z, 12, 12), the latents of the
second text drawn from it. All in float32 from the half-precision weights. Nothing here is shared with the TypeScript: two readings
of one set of weights must agree.
"""

import json
import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from training.gguf import tensor

TEXTS = [
    "a red rabbit next to a blue tent in the forest at night",
    "Please draw a YELLOW elephant on the beach,  with 3 purple balloons in the sky while it snows!",
    "Zwei F\u00fcchse \U0001f98a unter einem Regenschirm\n\u2014 na\u00efve caf\u00e9s, \u4e00\u53ea\u7ea2\u72d0\u72f8",
    "EIN ROTER FUCHS UNTER DEM \u0130LK SCHIRM, 2 \u03a3\u03a5\u039a\u039f\u03a3!",
    "A RED CAT\u00aa, ONE \u01c5UNGLA",
    "a frog and a duck and a very small old house behind the hill " * 8,
]
DRAWN = 2
STEPS, EARLY_TIME, HEADS = 12, 0.97, 4
GUIDANCE, EARLY_GUIDANCE = 3.0, 1.5
PARENT_GUIDANCE, EARLY_PARENT_GUIDANCE = 1.5, 1.0

package, out = Path(sys.argv[1]), Path(sys.argv[2])
manifest = json.loads((package / "model.json").read_text())["picture"]
lm = json.loads((package / "model.json").read_text())["lm"]


class Weights:
    """The tensors of one file in float32, with the operators that read them by name."""

    def __init__(self, name):
        self.tensors = {key: value.float() for key, value in load_file(package / name).items()}

    def __getitem__(self, name):
        return self.tensors[name]

    def linear(self, x, name):
        return F.linear(x, self[f"{name}.weight"], self[f"{name}.bias"])

    def conv(self, x, name, padding=1, stride=1):
        return F.conv2d(x, self[f"{name}.weight"], self.tensors.get(f"{name}.bias"), padding=padding, stride=stride)

    def count(self, name):
        """Blocks `name.0`, `name.1`, …"""
        return len({key.split(".")[1] for key in self.tensors if key.startswith(f"{name}.")})

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self[f"{name}.weight"], self[f"{name}.bias"])


def plain_norm(x):
    return F.layer_norm(x, x.shape[-1:])


def attention(q, k, v):
    batch, length, width = q.shape
    q, k, v = (x.view(batch, -1, HEADS, width // HEADS).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(width // HEADS)
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)


def text_tower(rows):
    """rows (1, T, E) -> tokens (1, 16, 256)."""
    w = Weights(manifest["textTower"])

    def block(x, name, context=None):
        x = x + w.linear(attention(*w.linear(w.norm(x, f"{name}.n1"), f"{name}.qkv").chunk(3, -1)), f"{name}.o")
        if context is not None:
            query = w.linear(w.norm(x, f"{name}.n3"), f"{name}.q")
            x = x + w.linear(attention(query, *w.linear(context, f"{name}.kv").chunk(2, -1)), f"{name}.o2")
        return x + w.linear(F.gelu(w.linear(w.norm(x, f"{name}.n2"), f"{name}.m.0")), f"{name}.m.2")

    x = w.linear(rows, "i") + w["p"][: rows.shape[1]]
    for i in range(w.count("b")):
        x = block(x, f"b.{i}")
    q = w["q"][None]
    for i in range(w.count("r")):
        q = block(q, f"r.{i}", x)
    return plain_norm(q)


def denoiser(w, x, t, context, parent=None):
    """x (B, Z, 12, 12), t (B), context (B, 16, 256), parent like x -> noise - picture, like x."""
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

    h = w.conv(x, "i") if parent is None else w.conv(x, "i") + w.conv(parent, "ip")
    h = h.permute(0, 2, 3, 1) + w["pg"]
    for i in range(w.count("r")):
        h = conv_block(h, f"r.{i}")
    z = h.reshape(-1, 6, 2, 6, 2, 128).permute(0, 1, 3, 2, 4, 5).reshape(-1, 36, 512)
    z = w.linear(z, "dn") + w["p"]
    for i in range(w.count("b")):
        z = transformer_block(z, f"b.{i}")
    z = w.linear(z, "u").view(-1, 6, 6, 2, 2, 128).permute(0, 1, 3, 2, 4, 5).reshape(-1, 12, 12, 128)
    h = h + w.linear(torch.cat([h, z], -1), "mg")
    for i in range(w.count("r2")):
        h = conv_block(h, f"r2.{i}")
    return w.conv(F.silu(plain_norm(h)).permute(0, 3, 1, 2), "o")


def autoencoder():
    """encode: (B, 3, S, S) -> (B, Z, 12, 12), and decode back."""
    w = Weights(manifest["autoencoder"])

    def residual(x, name):
        return x + w.conv(F.silu(w.conv(F.silu(x), f"{name}.a")), f"{name}.b")

    def encode(x):
        x = F.pixel_unshuffle(F.avg_pool2d(x, manifest["height"] // (8 * manifest["latent"][1])), 4)
        x = w.conv(residual(w.conv(x, "enc.1"), "enc.2"), "enc.3", 0, 2)
        x = w.conv(residual(residual(x, "enc.4"), "enc.5"), "enc.6", 0)
        mean, variance = w["bn.running_mean"][:, None, None], w["bn.running_var"][:, None, None]
        return (x - mean) / (variance + 1e-5).sqrt()

    def decode(z):
        x = residual(residual(w.conv(z, "d1.0"), "d1.1"), "d1.2")
        x = F.pixel_shuffle(w.conv(x, "d1.3", 0), 2)
        x = residual(residual(x, "d1.5"), "d1.6")
        x = residual(F.pixel_shuffle(w.conv(x, "d1.7", 0), 2), "d1.9")
        if manifest["height"] == 8 * manifest["latent"][1]:
            return F.pixel_shuffle(w.conv(x, "out.0"), 2)
        return F.pixel_shuffle(w.conv(residual(F.pixel_shuffle(w.conv(x, "h.0", 0), 2), "h.2"), "h.3"), 2)

    return encode, decode


def embedding_table():
    table = torch.as_tensor(tensor(package / lm["weights"], "token_embd.weight")).float()
    return table / table.std()


def draw(tokens, noise, parent=None):
    """The latent (Z, 12, 12) after each step, guided towards the tokens (16, 256) and a parent (Z, 12, 12)."""
    w = Weights(manifest["denoiser"])
    null = w["null"]
    x, latents = noise, []
    times = torch.linspace(1, 0, STEPS + 1)
    for t, following in zip(times[:-1], times[1:]):
        early = t >= EARLY_TIME
        scale = EARLY_GUIDANCE if early else GUIDANCE
        if parent is None:
            told, untold = denoiser(w, torch.stack([x, x]), t.expand(2), torch.stack([tokens, null]))
            v = untold + scale * (told - untold)
        else:
            parents = torch.stack([parent, parent, torch.zeros_like(parent)])
            told, untold, alone = denoiser(w, torch.stack([x, x, x]), t.expand(3), torch.stack([tokens, null, null]), parents)
            v = alone + (EARLY_PARENT_GUIDANCE if early else PARENT_GUIDANCE) * (untold - alone) + scale * (told - untold)
        x = x + (following - t) * v
        latents.append(x)
    return torch.stack(latents)


with torch.no_grad():
    tokenizer = Tokenizer.from_file(str(package / lm["tokenizer"]))
    longest = Weights(manifest["textTower"])["p"].shape[0]
    ids = [tokenizer.encode(text.lower() if text.isupper() else text, add_special_tokens=False).ids[:longest] for text in TEXTS]
    table = embedding_table()
    tokens = torch.cat([text_tower(table[torch.tensor(i)][None]) for i in ids[:DRAWN]])
    noise = torch.randn(*manifest["latent"], generator=torch.Generator().manual_seed(7))
    encode, decode = autoencoder()
    latents = draw(tokens[0], noise)
    pixels = decode(latents[-1:])[0]
    recorded = {"tokens": tokens, "noise": noise, "latents": latents, "pixels": pixels}
    if "parentGuidance" in manifest:
        held = ((pixels.double() + 1) * 127.5).round().clamp(0, 255)
        recorded["encoded"] = encode((held / 127.5 - 1).float()[None])[0]
        recorded["refined"] = draw(tokens[1], noise, recorded["encoded"])

save_file({name: value.contiguous() for name, value in recorded.items()}, out / "picture.safetensors")
texts = [{"text": text, "ids": i} for text, i in zip(TEXTS, ids)]
(out / "picture.json").write_text(json.dumps(texts, indent=2, ensure_ascii=False) + "\n")
