"""Stage 5e: states of stories told in one message with pictures between their sentences, for the mapper: what no sentence says, pictures show.

Renders its pictures and reads them by the trained image side. Writes shards as the stage `states` does.
"""

import time
from pathlib import Path
from typing import NamedTuple

import torch

from training.dialogues import SHORT, WISHES, Dialogue, Writer, encode_text, sentence, told
from training.learn import checkpoint
from training.networks.image_side import VISUAL_ROWS, ImageSide
from training.networks.trunk import Trunk, features, frozen_trunk
from training.scenes.backdrops import PLACES
from training.scenes.graph import Scene, Thing
from training.scenes.sprites import COLOURS
from training.scenes.stories import story
from training.scenes.streams import Stream
from training.stages import sent, states
from training.stages.autoencoder import pictures

NAME = "illustrated"
SHARD = 100
MOST = 4  # pictures of a message
EVALUATION_SEED = 7_900_000
SILENT = 0.6  # of the openings say neither colours nor the place
ALL = 0.6  # of the messages show every picture but the last sentence's, which is to be drawn


def guessed(r: Stream, scene: Scene) -> str:
    """What may be said of a scene whose colours nobody told: nothing of it, or colours and a place by chance. The right ones are to be seen."""
    if r.chance(0.4):
        return r.pick(SHORT)
    things: list[Thing] = [{**t, "colour": t["colour"] and r.pick(COLOURS)} for t in scene["things"]]
    return told(r, {**scene, "things": things, "place": r.pick(PLACES)})


class Illustrated(NamedTuple):
    """A dialogue and what the pictures sent in it show; their rows' ids count from `sent.SIGHT` on."""

    dialogue: Dialogue
    scenes: list[Scene]


def illustrated(seed: int, held: bool = False) -> Illustrated:
    r = Stream(seed, "dialogues/illustrated")
    silent = r.chance(SILENT)
    sentences, scenes = story(seed, held, silent)
    # what silent openings leave unsaid has to be seen
    seen = [n for n in range(MOST) if (silent and n < 2) or r.chance(0.5)] if not r.chance(ALL) else list(range(MOST))
    lower = r.chance(0.3)
    ids: list[int] = []
    for n, text in enumerate(sentences):
        words = " " * (n > 0 and n - 1 not in seen) + (text.lower() if lower else text)
        last = n == len(sentences) - 1
        ids += encode_text(f"{words} {r.pick(WISHES)}".rstrip() if last and r.chance(0.5) else words)
        if n in seen:
            first = sent.SIGHT + VISUAL_ROWS * seen.index(n)
            ids += range(first, first + VISUAL_ROWS)
    out = Writer()
    out.message(ids)
    out.reply(guessed(r, scenes[-1]) if silent else sentence(r, scenes[-1], None), scenes[-1])
    return Illustrated(out.done(), [scenes[n] for n in seen])


@torch.no_grad()
def shard(seeds: list[int], side: ImageSide, trunk: Trunk, held: bool = False) -> states.Shard:
    made = [illustrated(seed, held) for seed in seeds]
    shown = [scene for each in made for scene in each.scenes]
    seen = torch.cat([side(features(trunk, pictures(shown[i:i + 64])[0])) for i in range(0, len(shown), 64)])  # (N, 4, 576)
    rows = torch.zeros(len(made), MOST * VISUAL_ROWS, seen.shape[-1])
    at = 0
    for own, each in zip(rows, made):
        count = len(each.scenes)
        own[:count * VISUAL_ROWS] = seen[at:at + count].flatten(0, 1)
        at += count
    return sent.gathered([each.dialogue for each in made], rows)


def run(base: Path, shards: int, count: int = SHARD, checks: int = 96, first: int = 0) -> None:
    """Into the states' cache, an evaluation set of held-out combinations first."""
    side, trunk, folder = sent.frozen_image_side(base), frozen_trunk(), states.cache(base / "states")
    sets = [(f"evaluation-{NAME}-000", [EVALUATION_SEED + n for n in range(checks)], True)]
    for index in range(first, shards):
        r = Stream(index, "illustrated")
        sets.append((f"{NAME}-{index:03d}", [r.below(1 << 40) for _ in range(count)], False))
    for name, seeds, held in sets:
        path = folder / f"{name}.pt"
        if path.exists():
            continue
        begin = time.monotonic()
        checkpoint.save(path, dict(shard(seeds, side, trunk, held)))
        print(f"illustrated: {path.name}, {len(seeds) / (time.monotonic() - begin):.1f} stories a second", flush=True)
