"""Stage 5a: caches the frozen language model's last-layer states at the [IMG] positions of many dialogues and at the turn before them, in shards.

One pass over a dialogue serves all its pictures. The rows at those positions are fixed here: those that the stage `rows` learned, or else
embeddings of eight words of a sentence about the picture, since the state behind a word foretells what comes next. Each adapter has rows of its
own. Knows no tower and no mapper.
"""

import hashlib
import time
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import TypedDict

import torch
from safetensors.torch import load_file

from training.dialogues import IMAGE_ROWS, Dialogue, Picture, asked, captioned, conversation, encode_text, layout, storied
from training.learn import checkpoint
from training.networks.language_model import LanguageModel, Past, language_model
from training.paths import CHECKPOINTS, WORK
from training.revisits import revisited
from training.scenes.graph import Scene
from training.scenes.streams import Stream
from training.stages.text_tower import held_scenes

PRODUCT, PAPER = "storybook", "storybook-captions"  # adapters: what is served, and what learns from captions alone
ROW_WORDS = " picture shows a and the in this at"
SHARD = 200
FORMAT = b"turns 1"  # to be changed with what a shard holds, or with the dialogues themselves
TURN = 256  # positions of a turn that are read at most, those before the rows
BATCH_TOKENS = 2400
EVALUATION_SEED = 7_000_000
DIALOGUES, TALES, CAPTIONS = "dialogues", "tales", "captions"
SETTINGS = 0.3  # what changes a thing is harder: 64 kinds and 8 colours in six places
CHAINS = partial(conversation, settings=SETTINGS)
MAKERS = {DIALOGUES: (CHAINS, CHAINS, revisited), TALES: (storied, asked), CAPTIONS: (captioned,)}  # taken in turn


class Shard(TypedDict):
    """states (N, 8, 576) bfloat16; those of the turns that asked, one behind another (M, 576) bfloat16, and how many are each one's (N,); the scene
    each should show, and the one it was made from (None: no edit); finds (N,) of 0 and 1: to be found rather than drawn.
    """

    states: torch.Tensor
    turns: torch.Tensor
    lengths: torch.Tensor
    scenes: list[Scene]
    before: list[Scene | None]
    finds: torch.Tensor


@lru_cache
def word_rows(words: str = ROW_WORDS) -> torch.Tensor:
    """(8, 576), fp32: the learned rows' start."""
    ids = encode_text(words)
    if len(ids) != IMAGE_ROWS:
        raise ValueError(f"'{words}' is {len(ids)} tokens, should be {IMAGE_ROWS}")
    return language_model().rows[torch.tensor(ids)]


@lru_cache
def image_rows(adapter: str = PRODUCT) -> torch.Tensor:
    """(8, 576), fp32: as last learned here, else as in the tracked checkpoint, else words."""
    for path in (WORK / f"rows-{adapter}" / "mapper.safetensors", CHECKPOINTS / f"mapper-{adapter}.safetensors"):
        if path.exists():
            return load_file(path)["rows"].float() * language_model().rows.std()
    return word_rows()


def cache(folder: Path, adapter: str = PRODUCT) -> Path:
    """Where states behind the adapter's present rows are kept: other rows, other states; FORMAT tells what a shard holds."""
    return folder / hashlib.sha256(FORMAT + image_rows(adapter).numpy().tobytes()).hexdigest()[:12]


@lru_cache(maxsize=1)
def prefix() -> Past:
    lm = language_model()
    with torch.no_grad():
        return lm.run(lm.rows[torch.tensor(layout().prefix)][None])[1]


def batches(dialogues: list[Dialogue]) -> list[list[int]]:
    """Indices in batches of like length and kind, so that little is padded."""
    out: list[list[int]] = []
    order = sorted(range(len(dialogues)), key=lambda i: (dialogues[i].served, len(dialogues[i].ids)))
    for i in order:
        longest = len(dialogues[i].ids)
        full = not out or (len(out[-1]) + 1) * longest > BATCH_TOKENS or dialogues[out[-1][0]].served != dialogues[i].served
        out += [[i]] if full else []
        if not full:
            out[-1].append(i)
    return out


@torch.no_grad()
def last_states(lm: LanguageModel, dialogues: list[Dialogue], rows: torch.Tensor | None = None) -> list[torch.Tensor]:
    """For each dialogue the states after the final norm at all its positions, (T, 576), fp32; without `rows` (8, 576) behind the product's."""
    table = torch.cat([lm.rows, image_rows() if rows is None else rows])
    found: dict[int, torch.Tensor] = {}
    for batch in batches(dialogues):
        width = max(len(dialogues[i].ids) for i in batch)
        ids = torch.tensor([dialogues[i].ids + [0] * (width - len(dialogues[i].ids)) for i in batch])
        states = lm(table[ids], prefix() if dialogues[batch[0]].served else None)  # (B, T, 576)
        found |= {i: s[:len(dialogues[i].ids)].clone() for i, s in zip(batch, states)}
    return [found[i] for i in range(len(dialogues))]


def gathered(dialogues: list[Dialogue], rows: torch.Tensor | None = None) -> dict[int, Shard]:
    """The states at every picture of the dialogues, by how many edits came before it."""
    found: dict[int, list[tuple[torch.Tensor, Picture]]] = {}
    for dialogue, states in zip(dialogues, last_states(language_model(), dialogues, rows)):
        for picture in dialogue.pictures:
            found.setdefault(picture.edits, []).append((states, picture))
    return {edits: shard(parts) for edits, parts in found.items()}


def turn_of(told: torch.Tensor, picture: Picture) -> torch.Tensor:
    """Of a dialogue's states (T, 576) those of the turn that a picture answers, the last of them (at most 256, 576)."""
    begin, end = picture.turn
    return told[max(begin, end - TURN):end]


def shard(parts: Iterable[tuple[torch.Tensor, Picture]]) -> Shard:
    """Of pictures with the states of their whole dialogues (T, 576)."""
    all_parts = list(parts)
    turns = [turn_of(told, p).bfloat16() for told, p in all_parts]
    return {"states": torch.stack([told[p.at:p.at + IMAGE_ROWS].bfloat16() for told, p in all_parts]),
            "turns": torch.cat(turns), "lengths": torch.tensor([len(turn) for turn in turns]),
            "finds": torch.tensor([float(p.found) for _, p in all_parts]),
            "scenes": [p.scene for _, p in all_parts], "before": [p.before for _, p in all_parts]}


def joined(parts: Iterable[Shard]) -> Shard:
    all_parts = list(parts)
    cat = lambda name: torch.cat([p[name] for p in all_parts])  # type: ignore[literal-required]
    return {"states": cat("states"), "turns": cat("turns"), "lengths": cat("lengths"), "finds": cat("finds"),
            "scenes": [s for p in all_parts for s in p["scenes"]], "before": [s for p in all_parts for s in p["before"]]}


def drawn(kind: str, index: int, count: int) -> list[Dialogue]:
    r = Stream(index, f"states/{kind}")
    make = MAKERS[kind]
    return [make[n % len(make)](r.below(1 << 40)) for n in range(count)]


def evaluation(count: int, adapter: str = PRODUCT) -> dict[str, Shard]:
    """From seeds of their own; `held_pairs` show combinations and `held_templates` use phrases that training never meets."""
    seeds = lambda n: range(EVALUATION_SEED + 10_000 * n, EVALUATION_SEED + 10_000 * n + count)
    rows = image_rows(adapter)
    if adapter == PAPER:
        captions = gathered([captioned(s, pair=False) for s in seeds(0)], rows)[0]
        return {"captions": captions, "held_captions": gathered([captioned(s, held=True, pair=False) for s in seeds(2)], rows)[0]}
    chains = gathered([conversation(s, 5) for s in seeds(1)])
    ended = [d for d in (storied(s, held=True) for s in seeds(4)) if len(d.pictures) == 1]
    many = [d for d in (revisited(s, held=True, pictures=1) for n in range(8) for s in seeds(6 + n)) if d.pictures[0].more]
    return {"stories": gathered(ended)[0], "several": joined(gathered(many).values()), "rounds": gathered([asked(s, held=True) for s in seeds(5)])[0],
            "requests": chains[0], **{f"edits_{n}": chains[n] for n in range(1, 6)},
            "held_pairs": gathered([conversation(s, 0, first=scene) for s, scene in zip(seeds(2), held_scenes(count))])[0],
            "held_templates": gathered([conversation(s, 0, held=True) for s in seeds(3)])[0]}


def evaluation_file(folder: Path, adapter: str) -> Path:
    """In a folder of `cache`, which both adapters share as long as their rows are the same."""
    return folder / f"evaluation-{adapter}.pt"


def run(folder: Path, kind: str, shards: int, minutes: float, adapter: str = PRODUCT, count: int = SHARD, checks: int = 96,
        first: int = 0) -> dict[str, float]:
    """Writes the evaluation sets and the shards from the `first` on that are not there yet, until the minutes are up; a shard takes a few minutes at
    most."""
    begin, made, folder = time.monotonic(), 0, cache(folder, adapter)
    unseen = evaluation_file(folder, adapter)
    if not unseen.exists():
        checkpoint.save(unseen, {name: dict(part) for name, part in evaluation(checks, adapter).items()})
        print(f"states: evaluation sets in {time.monotonic() - begin:.0f} s", flush=True)
    spent, used = time.monotonic(), time.process_time()
    for index in range(first, shards):
        if time.monotonic() - begin > minutes * 60:
            break
        path = folder / f"{kind}-{index:03d}.pt"
        if not path.exists():
            found = joined(gathered(drawn(kind, index, count), image_rows(adapter)).values())
            checkpoint.save(path, dict(found))
            made += len(found["scenes"])
            rates = made / (time.monotonic() - spent), made / (time.process_time() - used)
            print(f"states: {path.name} of {shards}, {made} examples, {rates[0]:.1f} a second ({rates[1]:.1f} a second of processor)", flush=True)
    return {"examples": made, "per_second": made / max(1e-9, time.monotonic() - spent)}


def load(folder: Path, kind: str, shards: int, adapter: str = PRODUCT) -> list[tuple[Path, Shard]]:
    """The first `shards` shards of a kind that are there."""
    paths = [cache(folder, adapter) / f"{kind}-{i:03d}.pt" for i in range(shards)]
    return [(p, checkpoint.load(p)) for p in paths if p.exists()]
