"""Records test/golden/fixtures/evaluation.json: what the reference implementations of the evaluation's metrics and networks give.
Weights, pictures and features come from one formula that the test knows too, so that the file holds results alone.

usage: python test/golden/record-evaluation.py
needs: Python 3.11; pytorch-fid 0.3.0; torch 2.15, torchvision 0.29.2, scipy 1.17.1, lpips 0.1.4, efficientnet-lite-pytorch 0.1.0,
transformers 5.23.0, pillow 13.0.0, safetensors
"""

import json
import sys
from pathlib import Path
from unittest import mock

import lpips
import numpy as np
import scipy
import torch
import torch.nn.functional as F
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from pytorch_fid.inception import InceptionV3, fid_inception_v3
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(__file__).parent / "fixtures/evaluation.json"
HEADS = ROOT / "evaluation/weights/lpips-alex-v0.1.safetensors"
sys.path.insert(0, str(ROOT))
from training.networks.metric import MetricEncoder  # noqa: E402
from training.networks.oracle import Oracle  # noqa: E402
from training.scenes.graph import FIELDS, draw_scene, labels  # noqa: E402
from training.scores import score  # noqa: E402


def uniform(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers in -1..1: element i is a hash of (seed, i) (the finalizer of MurmurHash3)."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) + np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x = x ^ (x >> np.uint32(16))
    return (x.astype(np.float64) / 2**31 - 1).astype(np.float32).reshape(shape)


def formula(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Weights that keep a deep network's numbers in range."""
    x = uniform(seed, shape)
    if name.endswith("running_var"):
        return (1 + x / 2).astype(np.float32)
    if len(shape) == 1:
        return (1 + x / 4 if name.endswith("weight") else x / 10).astype(np.float32)
    return (x * np.float32(np.sqrt(6 / np.prod(shape[1:])))).astype(np.float32)


def fill(model: nn.Module, prefix: str = "") -> list[list]:
    """Gives every floating-point tensor its formula, by its place among the sorted names; returns names and shapes."""
    state = model.state_dict()
    names = sorted(k for k, v in state.items() if v.is_floating_point() and k.startswith(prefix))
    shapes = []
    for seed, name in enumerate(names):
        shape = tuple(state[name].shape)
        state[name] = torch.from_numpy(np.asarray(formula(name, shape, seed + 1)))
        shapes.append([name, list(shape)])
    model.load_state_dict(state)
    model.eval()
    return shapes


def picture(seed: int, side: int) -> torch.Tensor:
    return torch.from_numpy(uniform(seed, (1, 3, side, side)))


class Mapper(nn.Module):
    """The published form, in torch's own modules."""

    def __init__(self, d: int, width: int, heads: int, layers: int, hidden: int, tokens: int, out: int) -> None:
        super().__init__()
        self.fc, self.model = nn.Linear(d, width), nn.Linear(width, out)
        self.tfm = nn.Transformer(d_model=width, nhead=heads, num_encoder_layers=layers, num_decoder_layers=layers,
                                  dim_feedforward=hidden, dropout=0.0, batch_first=True, norm_first=True)
        self.query_embs = nn.Parameter(torch.zeros(1, tokens, width))

    def forward(self, states: torch.Tensor, embeddings: torch.Tensor) -> torch.Tensor:
        x = self.fc(states + embeddings)
        return self.model(self.tfm(x, self.query_embs.repeat(len(x), 1, 1)))


def rounded(x: torch.Tensor | np.ndarray, digits: int = 6) -> list[float]:
    return [float(f"{v:.{digits}g}") for v in np.asarray(x, dtype=np.float64).ravel()]


def save_heads() -> None:
    """The published heads of LPIPS v0.1 for AlexNet, from the package's own file, unchanged but for the container."""
    state = torch.load(Path(lpips.__file__).parent / "weights/v0.1/alex.pth", map_location="cpu", weights_only=True)
    HEADS.parent.mkdir(exist_ok=True)
    save_file({k: v.contiguous() for k, v in state.items()}, HEADS)
    HEADS.chmod(0o644)


@torch.no_grad()
def resizes() -> list[dict]:
    out = []
    for (h, w), (th, tw), antialias in [((9, 7), (4, 5), True), ((5, 6), (12, 11), True), ((8, 10), (8, 3), True), ((8, 10), (3, 4), False),
                                        ((5, 6), (12, 11), False)]:
        x = torch.from_numpy(uniform(7, (1, 3, h, w)))
        y = F.interpolate(x, size=(th, tw), mode="bilinear", antialias=antialias, align_corners=False)
        out.append({"from": [h, w], "to": [th, tw], "antialias": antialias, "values": rounded(y)})
    return out


@torch.no_grad()
def distances(side: int = 64) -> dict:
    a, b = picture(1, side), picture(2, side)
    near = a + 0.1 * b
    full = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    # the trunk inside lpips is torchvision's, cut into slices that keep its numbering
    trunk = {k: v for k, v in full.state_dict().items() if k.startswith("net.slice")}
    names = sorted(trunk, key=lambda k: int(k.split(".")[2]) * 10 + k.endswith("bias"))
    shapes = []
    state = full.state_dict()
    for seed, name in enumerate(names):
        plain = "features." + ".".join(name.split(".")[2:])
        shape = tuple(trunk[name].shape)
        state[name] = torch.from_numpy(formula(plain, shape, seed + 1))
        shapes.append([plain, list(shape)])
    full.load_state_dict(state)
    unit = lpips.LPIPS(net="alex", lpips=False, pnet_rand=True, verbose=False)
    unit.load_state_dict({k: v for k, v in full.state_dict().items() if not k.startswith("lin")})
    value = lambda net, x, y: float(f"{net(x, y).item():.7g}")
    return {"side": side, "shapes": shapes, "far": value(full, a, b), "near": value(full, a, near),
            "unit_far": value(unit, a, b), "unit_near": value(unit, a, near)}


@torch.no_grad()
def lite0(side: int = 64) -> dict:
    net = EfficientNet.from_name("efficientnet-lite0", image_size=side)
    shapes = [s for s in fill(net) if not s[0].startswith("_fc")]
    x = (picture(3, side) * 127.5 + 127.5 - 127) / 128
    pooled = net.extract_features(x).mean((2, 3))
    h = net._swish(net._bn0(net._conv_stem(x)))
    taps = []
    for i, block in enumerate(net._blocks):
        h = block(h)
        if i in (0, 2, 4, 10, 15):
            taps.append([*h.shape[1:], float(f"{h.abs().mean().item():.6g}")])
    return {"side": side, "shapes": shapes, "pooled": rounded(pooled[0, ::8]), "taps": taps}


@torch.no_grad()
def inception(height: int = 500, width: int = 620) -> dict:
    """pytorch-fid's features of a picture that is larger than what it reads, where resizing without antialiasing shows; formula weights."""
    state: dict[str, torch.Tensor] = {}
    with mock.patch("pytorch_fid.inception.load_state_dict_from_url", lambda *_, **__: state):
        with mock.patch("torch.nn.Module.load_state_dict", lambda *_: None):
            unnamed = fid_inception_v3()
        shapes = [s for s in fill(unnamed) if not s[0].startswith("fc.")]
        state |= unnamed.state_dict()
        net = InceptionV3([3]).eval()
    rgb = ((uniform(17, (height, width, 3)) + 1) * 127.5).astype(np.uint8)
    features = net(torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255)[0][0, :, 0, 0]
    return {"size": [height, width], "shapes": shapes, "features": rounded(features[::16])}


@torch.no_grad()
def oracle() -> dict:
    net = Oracle()
    shapes = fill(net)
    logits = torch.cat(net(picture(4, 96)), 1)[0]
    scenes = [draw_scene(100 + i, held=True) for i in range(40)]
    right = torch.tensor([labels(s) for s in scenes])
    answers = right.clone()
    flip = torch.from_numpy(uniform(5, tuple(right.shape))) > 0.6
    answers[flip] = 0
    heads = [len(x[0]) for x in net(picture(4, 96))]
    return {"shapes": shapes, "logits": rounded(logits),
            "fields": [{"field": f, "slot": s or None, "classes": n} for (f, s), n in zip(FIELDS, heads)],
            "labels": right.tolist(), "answers": answers.tolist(), "score": score(answers, scenes)}


@torch.no_grad()
def metric() -> dict:
    net = MetricEncoder(layers=2)
    shapes = fill(net)
    net.half().float()  # as they are exported
    return {"shapes": shapes, "features": rounded(net(picture(15, 96))[0])}


@torch.no_grad()
def mapper() -> dict:
    sizes = {"languageWidth": 12, "width": 16, "heads": 4, "encoderLayers": 2, "decoderLayers": 2, "hiddenWidth": 24,
             "outputTokens": 5, "outputWidth": 6}
    net = Mapper(12, 16, 4, 2, 24, 5, 6)
    shapes = fill(net)
    out = net(torch.from_numpy(uniform(8, (2, 3, 12))), torch.from_numpy(uniform(9, (2, 3, 12))))
    with torch.device("meta"):
        published = sum(p.numel() for p in Mapper(4096, 512, 4, 4, 2048, 77, 768).parameters())
    return {"sizes": sizes, "shapes": shapes, "conditioning": rounded(out), "publishedParameters": published}


@torch.no_grad()
def clip(side: int = 32) -> dict:
    net = CLIPVisionModelWithProjection(CLIPVisionConfig(hidden_size=128, intermediate_size=192, num_hidden_layers=2, num_attention_heads=2,
                                                         image_size=side, patch_size=8, projection_dim=12))
    shapes = fill(net)
    mean, deviation = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
    x = ((picture(6, side) + 1) / 2 - mean[:, None, None]) / deviation[:, None, None]
    resized = []
    for (h, w), (th, tw) in [((20, 14), (11, 8)), ((9, 12), (32, 42))]:
        image = Image.fromarray(((uniform(14, (h, w, 3)) + 1) * 127.5).astype(np.uint8))
        resized.append({"from": [h, w], "to": [th, tw], "bytes": np.asarray(image.resize((tw, th), Image.Resampling.BICUBIC)).ravel().tolist()})
    return {"side": side, "shapes": shapes, "features": rounded(net(x).image_embeds), "bicubic": resized}


def frechet() -> dict:
    """By scipy's general matrix square root, as the usual implementations of FID do it."""
    a, b = uniform(10, (40, 12)), uniform(11, (30, 12)) * 1.5 + 0.3
    mix = uniform(12, (12, 12))
    a, b = (a @ mix).astype(np.float32), b.astype(np.float32)
    few = uniform(13, (6, 12))  # fewer rows than columns: a covariance without full rank
    distance = lambda x, y: float(np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(np.cov(x.T)) + np.trace(np.cov(y.T))
                                  - 2 * np.trace(scipy.linalg.sqrtm(np.cov(x.T) @ np.cov(y.T)).real))
    big = lambda x: x.astype(np.float64)
    return {"far": distance(big(a), big(b)), "same": distance(big(a), big(a)), "few": distance(big(few), big(b))}


def statistics() -> dict:
    x, y = uniform(20, (60,)).astype(np.float64), uniform(21, (60,)).astype(np.float64) * 0.5 + 0.2
    interval = lambda data, f: list(scipy.stats.bootstrap(data, f, paired=True, n_resamples=100_000, method="percentile",
                                                          vectorized=True, rng=np.random.default_rng(1)).confidence_interval)
    mean = lambda a, axis: a.mean(axis)
    difference = lambda a, b, axis: a.mean(axis) - b.mean(axis)
    test = lambda a, b, n: scipy.stats.permutation_test((a, b), difference, permutation_type="samples", vectorized=True, n_resamples=n,
                                                        rng=np.random.default_rng(2)).pvalue
    n, d = np.abs(x) * 10 + 5, np.floor(np.abs(y) * 20) + 3
    perplexity = lambda a, b, axis: np.exp(a.sum(axis) / b.sum(axis))
    return {"mean": float(x.mean()), "meanInterval": interval((x,), mean), "differenceInterval": interval((x, y), difference),
            "p": float(test(x, y, 99_999)), "pExact": float(test(x[:10], y[:10], np.inf)),
            "perplexity": float(np.exp(n.sum() / d.sum())), "perplexityInterval": interval((n, d), perplexity)}


def main() -> None:
    torch.manual_seed(0)
    save_heads()
    record = {"resize": resizes(), "distance": distances(), "lite0": lite0(), "inception": inception(), "oracle": oracle(), "metric": metric(), "mapper": mapper(), "clip": clip(), "frechet": frechet(),
              "statistics": statistics()}
    OUT.write_text(json.dumps(record) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes; {HEADS.name}: {HEADS.stat().st_size} bytes")


if __name__ == "__main__":
    main()
