"""Stage 6b: what finds pictures by text, on the image side's queries and the mapper's tokens: a scene is told from its twin with one field changed.

Reads the trained image side, the trained mapper and the text tower.
"""

from pathlib import Path

import torch
import torch.nn.functional as F

from training.dialogues import Dialogue, Writer, sentence, worded
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.networks.finding import Finding
from training.networks.image_side import ImageSide
from training.networks.language_model import language_model
from training.networks.text_tower import TOKENS, WIDTH
from training.scenes.captions import canonical, written
from training.scenes.graph import Scene
from training.scenes.pointing import finding
from training.scenes.streams import Stream
from training.stages import image_side, latents, mapper, sent, states
from training.stages.image_side import Shard

NAME = "finding"
WISHES = 1000  # to a file
WISHED = 0.5  # of the steps read what the mapper made of wishes; the others the captions' own tokens, which hold every field
TOKEN_NOISE = 0.3


def wished(r: Stream, scene: Scene, held: bool = False) -> Dialogue:
    """In the served layout: a wish to find or to draw, and a reply with its picture, which is where a gallery is searched from."""
    out = Writer()
    out.user(written(r, finding(r, scene, held)) if r.chance(0.5) else worded(r, scene, held).text)
    out.reply(sentence(r, scene, None), scene)
    return out.done()


def wishes(scenes: list[Scene], held: bool = False) -> states.Shard:
    """The states behind a wish for each scene."""
    told = [wished(Stream(s["seed"] + i % 2, "image side/wish"), s, held) for i, s in enumerate(scenes)]
    return states.shard((found, d.pictures[0]) for d, found in zip(told, states.last_states(language_model(), told)))


def searched_by(base: Path, wished_for: states.Shard) -> torch.Tensor:
    """What the trained mapper makes of wishes (N, 16, 256)."""
    reads = mapper.untrained()
    checkpoint.restore(base / f"mapper-{states.PRODUCT}" / "weights.safetensors", reads)
    return mapper.mapped(reads.eval(), wished_for, torch.zeros(len(wished_for["scenes"]), TOKENS, WIDTH))


def cached_wishes(folder: Path, name: str, scenes: list[Scene], held: bool = False) -> states.Shard:
    """The wishes' states, of which those of a thousand scenes are a file."""
    parts = []
    for start in range(0, len(scenes), WISHES):
        part = scenes[start:start + WISHES]
        path = folder / f"{name}-{start}-{len(part)}.pt"
        if not path.exists():
            checkpoint.save(path, dict(wishes(part, held)))
            print(f"{NAME}: {path.name}", flush=True)
        parts.append(checkpoint.load(path))
    return states.joined(parts)  # type: ignore[arg-type]


def trained(base: Path) -> Finding:
    model = Finding()
    checkpoint.restore(base / NAME / "weights.safetensors", model)
    return model.eval()


@torch.no_grad()
def seen_in(side: ImageSide, shard: Shard) -> torch.Tensor:
    """(N, 5, 192)."""
    return torch.cat([side.eval().seen(part.float()) for part in shard["patches"].split(128)])


@torch.no_grad()
def retrieved(model: Finding, seen: torch.Tensor, tokens: torch.Tensor) -> dict[str, float]:
    """Recall at 1 of pictures (N, 5, 192) by what is searched with (N, 16, 256) among all, twins included; how often it prefers its picture to the
    twin."""
    alike = model.wishes(tokens) @ model.pictures(seen).T  # (wishes, pictures)
    n = torch.arange(len(alike))
    return {"recall_1": (alike.argmax(1) == n).float().mean().item(), "twin": (alike[n, n] > alike[n, n ^ 1]).float().mean().item()}


def run(options: Options, shards: int, count: int = image_side.SHARD, checks: int = 64, size: int = 64) -> dict[str, float]:
    """By contrast in both directions, with the twins in the batch."""
    torch.manual_seed(seeded(NAME, -1))
    base, folder = options.folder.parent, states.cache(options.folder)
    data, unseen = image_side.cached(base / "image_side" / "pictures", shards, count, checks)
    told = searched_by(base, cached_wishes(folder, "wishes", data["scenes"]))  # (N, 16, 256)
    unseen_told = searched_by(base, cached_wishes(folder, f"evaluation-{len(unseen['scenes'])}", unseen["scenes"], held=True))
    own = latents.tokens(latents.frozen_tower(base), [canonical(s) for s in data["scenes"]]).float()
    side, model = sent.frozen_image_side(base), Finding()
    seen, unseen_seen = seen_in(side, data), seen_in(side, unseen)  # (N, 5, 192)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i = torch.randint(0, len(seen) // 2, (size // 2,)) * 2
        i = torch.cat([i, i + 1])  # every scene with its twin
        tokens = (told if torch.rand(()) < WISHED else own)[i]
        alike = model.pictures(seen[i]) @ model.wishes(tokens + TOKEN_NOISE * torch.randn_like(tokens)).T
        alike = alike * model.temperature.exp().clamp(max=100)
        n = torch.arange(len(i))
        return 0.5 * (F.cross_entropy(alike, n) + F.cross_entropy(alike.T, n)), {}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, Finding)
        return retrieved(averaged, unseen_seen, unseen_told)

    return train(Stage(NAME, model, loss, evaluate, lambda name, p: False, adam_lr=1e-3, muon_lr=0.0), options)
