"""Records test/golden/fixtures/language.json and language-long.json: the language model's logits at 64 positions, and at some of 3,072,
computed in float32 with numpy from the GGUF file alone. Shares no code, no library and no weight layout with the server: rotary embedding is applied to the rows
as the file has them, neighbours rotated, weights are used unrounded.

usage: python test/golden/record-language.py [short|long]    (Python 3.11, numpy 2; about 3 minutes on 2 cores, 3 GB)
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "models/storybook/smollm2-135m-instruct.q4_1.gguf"
FIXTURES = Path(__file__).parent / "fixtures"
POSITIONS = 64
LONG = 3072
# where a pass of 128 ends or begins, where half of the kernel's tables end, and the end
LONG_POSITIONS = [127, 128, 1023, 2047, 2048, 3023, 3047, 3071]
KEPT = 32  # likeliest tokens stored per position
# Token ids are the test's input, so that no tokenizer takes part: a dialogue about a fox, then arbitrary ones.
IDS = [1, 4093, 198, 81, 2382, 16438, 506, 21946, 1841, 2, 198, 1, 520, 9531, 198, 19556, 28, 905, 17]


def read_gguf(path):
    """name -> float32 array in the file's own row order; metadata scalars."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    at = 4

    def take(fmt):
        nonlocal at
        values = struct.unpack_from("<" + fmt, data, at)
        at += struct.calcsize("<" + fmt)
        return values[0] if len(values) == 1 else values

    def string():
        nonlocal at
        n = take("Q")
        at += n
        return bytes(data[at - n : at]).decode("utf-8", "replace")

    def value(kind):
        if kind == 8:
            return string()
        if kind == 9:
            element, n = take("I"), take("Q")
            return [value(element) for _ in range(n)]
        return take({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}[kind])

    assert bytes(data[:4]) == b"GGUF" and take("I") == 3
    tensor_count, meta_count = take("Q"), take("Q")
    meta = {}
    for _ in range(meta_count):
        key = string()
        meta[key] = value(take("I"))
    infos = []
    for _ in range(tensor_count):
        name, rank = string(), take("I")
        dims = [take("Q") for _ in range(rank)]
        infos.append((name, dims, take("I"), take("Q")))
    start = -(-at // 32) * 32
    tensors = {}
    for name, dims, kind, offset in infos:
        n = int(np.prod(dims))
        begin = start + offset
        if kind == 0:
            w = data[begin : begin + 4 * n].view("<f4").astype(np.float32)
        elif kind == 3:  # Q4_1: d, m, 16 bytes of nibbles
            blocks = data[begin : begin + n // 32 * 20].reshape(-1, 20)
            d = blocks[:, 0:2].copy().view("<f2").astype(np.float32)
            m = blocks[:, 2:4].copy().view("<f2").astype(np.float32)
            q = blocks[:, 4:]
            w = np.concatenate([q & 15, q >> 4], axis=1).astype(np.float32) * d + m
        elif kind == 8:  # Q8_0: d, 32 signed bytes
            blocks = data[begin : begin + n // 32 * 34].reshape(-1, 34)
            d = blocks[:, 0:2].copy().view("<f2").astype(np.float32)
            w = blocks[:, 2:].copy().view(np.int8).astype(np.float32) * d
        else:
            raise ValueError(f"{name}: format {kind}")
        tensors[name] = w.reshape(dims[::-1])
    return tensors, meta


def rms_norm(x, weight, eps):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * weight


def rotate_neighbours(x, base):
    """x: (heads, positions, d); elements 2i and 2i+1 form a pair, as llama.cpp stores them."""
    d = x.shape[-1]
    angle = np.arange(x.shape[1])[:, None] / base ** (np.arange(0, d, 2) / d)  # (positions, d / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    even, odd = x[..., 0::2], x[..., 1::2]
    out = np.empty_like(x)
    out[..., 0::2] = even * cos - odd * sin
    out[..., 1::2] = even * sin + odd * cos
    return out


def forward(w, meta, ids, wanted=slice(None)):
    heads, kv_heads = meta["llama.attention.head_count"], meta["llama.attention.head_count_kv"]
    eps, base = meta["llama.attention.layer_norm_rms_epsilon"], meta["llama.rope.freq_base"]
    x = w["token_embd.weight"][ids]  # (T, H)
    t, width = x.shape
    d = width // heads
    mask = np.triu(np.full((t, t), -np.inf, np.float32), 1)
    for layer in range(meta["llama.block_count"]):
        p = f"blk.{layer}."
        n = rms_norm(x, w[p + "attn_norm.weight"], eps)
        split = lambda name, count: (n @ w[p + name].T).reshape(t, count, d).transpose(1, 0, 2)  # (count, T, d)
        q = rotate_neighbours(split("attn_q.weight", heads), base)
        k = np.repeat(rotate_neighbours(split("attn_k.weight", kv_heads), base), heads // kv_heads, axis=0)
        v = np.repeat(split("attn_v.weight", kv_heads), heads // kv_heads, axis=0)
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(d) + mask  # (heads, T, T)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        attended = (scores / scores.sum(-1, keepdims=True)) @ v
        x = x + attended.transpose(1, 0, 2).reshape(t, width) @ w[p + "attn_output.weight"].T
        n = rms_norm(x, w[p + "ffn_norm.weight"], eps)
        gate, up = n @ w[p + "ffn_gate.weight"].T, n @ w[p + "ffn_up.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * up) @ w[p + "ffn_down.weight"].T
    return rms_norm(x[wanted], w["output_norm.weight"], eps) @ w["token_embd.weight"].T  # (wanted, V)


def short_ids(weights, meta):
    ids = list(IDS)
    # the rest is what the model itself would say next, so that positions are neither trivial nor hopeless
    while len(ids) < POSITIONS:
        ids.append(int(forward(weights, meta, ids)[-1].argmax()) if len(ids) % 8 else 260 + 37 * len(ids))
    return ids


def long_ids(ids):
    """A passage, much else, and the passage again: what comes next there is told by positions that lie 3,000 before it."""
    passage = ids[:48]
    between = [260 + (i * i * 31 + i * 977) % 12_000 for i in range(LONG - 2 * len(passage))]
    return passage + between + passage


def record(name, weights, meta, ids, positions):
    logits = forward(weights, meta, ids, positions).astype(np.float64)
    peak = logits.max(-1, keepdims=True)
    log_sum = (peak + np.log(np.exp(logits - peak).sum(-1, keepdims=True)))[:, 0]
    top = np.argsort(-logits, axis=-1)[:, :KEPT]
    recorded = [
        {
            "logSumExp": round(float(log_sum[i]), 5),
            "ids": top[i].tolist(),
            "logits": [round(float(value), 5) for value in logits[i][top[i]]],
        }
        for i in range(len(positions))
    ]
    at = {} if len(positions) == len(ids) else {"at": positions}
    out = FIXTURES / name
    out.write_text(json.dumps({"weights": WEIGHTS.name, "ids": ids, **at, "positions": recorded}) + "\n")
    print(f"{name}: {out.stat().st_size} bytes, {len(positions)} positions of {len(ids)}")


def main():
    weights, meta = read_gguf(WEIGHTS)
    which = sys.argv[1:] or ["short", "long"]
    if "short" in which:
        ids = short_ids(weights, meta)
        record("language.json", weights, meta, ids, list(range(len(ids))))
    if "long" in which:
        ids = json.loads((FIXTURES / "language.json").read_text())["ids"]
        record("language-long.json", weights, meta, long_ids(ids), LONG_POSITIONS)


if __name__ == "__main__":
    main()
