"""Caches what the denoiser learns from: latents, the tower's tokens and object weights, in shards. Some scenes come with an edited twin."""

from pathlib import Path
from typing import TypedDict

import torch
import torch.nn.functional as F

from training.learn import checkpoint
from training.learn.precision import fast
from training.networks.autoencoder import Autoencoder
from training.networks.text_tower import TextTower
from training.scenes.captions import canonical, caption
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.streams import Stream
from training.stages.autoencoder import pictures
from training.words import embedding_rows, encode

SHARD = 4000


class Shard(TypedDict):
    """z (N, 16, 12, 12), weight (N, 1, 12, 12), tokens (N, 16, 256) bfloat16, parent (N,): index in the shard, -1 for none."""

    z: torch.Tensor
    weight: torch.Tensor
    tokens: torch.Tensor
    parent: torch.Tensor


def frozen_autoencoder(base: Path) -> Autoencoder:
    """The autoencoder a tier has trained, in its folder `base`."""
    model = Autoencoder()
    checkpoint.restore(base / "autoencoder" / "weights.safetensors", model)
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def frozen_tower(base: Path) -> TextTower:
    model = TextTower(embedding_rows())
    checkpoint.restore(base / "text_tower" / "weights.safetensors", model)
    return model.eval().requires_grad_(False)


@torch.no_grad()
def latents(model: Autoencoder, x: torch.Tensor) -> torch.Tensor:
    """(N, 3, 192, 192) in -1..1 to (N, 16, 12, 12)."""
    with fast():
        return torch.cat([model.encode(F.avg_pool2d(part, 2).to(memory_format=torch.channels_last)) for part in x.split(64)])


@torch.no_grad()
def tokens(model: TextTower, texts: list[str]) -> torch.Tensor:
    """(N, 16, 256)."""
    with fast():
        return torch.cat([model(*encode(texts[i:i + 128])).float() for i in range(0, len(texts), 128)])


def shard_scenes(index: int, count: int) -> tuple[list[Scene], list[int]]:
    """Scenes and their parents; a third of them is followed by an edited twin, each being the other's parent."""
    r = Stream(index, "latents")
    scenes: list[Scene] = []
    parents: list[int] = []
    while len(scenes) < count:
        scene = draw_scene(r.below(1 << 40))
        scenes.append(scene)
        parents.append(-1)
        if r.chance(0.25) and len(scenes) < count:
            scenes.append(edit(r, scene)[1])
            parents[-1] = len(scenes) - 1
            parents.append(len(scenes) - 2)
    return scenes, parents


def shard(index: int, autoencoder: Autoencoder, tower: TextTower, count: int = SHARD) -> Shard:
    scenes, parents = shard_scenes(index, count)
    r = Stream(index, "latents/words")
    texts = [canonical(s) if r.chance(0.25) else caption(r, s).text for s in scenes]
    z, weight = [], []
    for i in range(0, count, 200):
        x, mask = pictures(scenes[i:i + 200])
        z.append(latents(autoencoder, x).half())
        weight.append((1 + F.avg_pool2d(mask, 16)).half())
    return {"z": torch.cat(z), "weight": torch.cat(weight), "tokens": tokens(tower, texts).bfloat16(), "parent": torch.tensor(parents)}


def run(base: Path, shards: int, count: int = SHARD) -> None:
    """Writes the shards that are not there yet."""
    autoencoder, tower = frozen_autoencoder(base), frozen_tower(base)
    for index in range(shards):
        path = base / "latents" / f"{index:03d}.pt"
        if not path.exists():
            checkpoint.save(path, dict(shard(index, autoencoder, tower, count)))
            print(f"latents: shard {index + 1} of {shards}", flush=True)


def load(base: Path, shards: int) -> Shard:
    """All shards as one, parents renumbered."""
    parts = [checkpoint.load(base / "latents" / f"{i:03d}.pt") for i in range(shards)]
    starts = [sum(len(p["z"]) for p in parts[:i]) for i in range(len(parts))]
    parent = torch.cat([torch.where(p["parent"] >= 0, p["parent"] + s, p["parent"]) for p, s in zip(parts, starts)])
    return {"z": torch.cat([p["z"] for p in parts]), "weight": torch.cat([p["weight"] for p in parts]),
            "tokens": torch.cat([p["tokens"] for p in parts]), "parent": parent}
