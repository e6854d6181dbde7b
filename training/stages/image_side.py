"""Stage 6: the image side on cached patches of a frozen trunk. Rows first learn to stand where the words for what they show stand, then, through
the frozen language model, to make it say what is in the picture. What finds pictures by text comes after it (stages/finding.py).
"""

from pathlib import Path
from typing import TypedDict

import torch
import torch.nn.functional as F

from training.dialogues import VOCABULARY, encode_text, layout
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.image_side import VISUAL_ROWS, ImageSide, is_matrix
from training.networks.language_model import language_model
from training.networks.trunk import Trunk, features, frozen_trunk
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene, labels
from training.scenes.kinds import KIND
from training.scenes.phrases import objects
from training.scenes.questions import PLACE_NAME, TIME_NAME, WEATHER_NAME
from training.scenes.streams import Stream
from training.scores import score
from training.stages.autoencoder import pictures
from training.stages.states import prefix

SHARD = 400
EVALUATION_SEED = 3_000_000
FIELDS = 0.5  # weight of reading a scene's fields from the queries
READER = 8  # pictures a step that the language model reads
QUESTIONS = ("What is in this picture?", "What is in the picture?", "what do you see?", "Describe this picture.", "What is this?", "what is on it")


class Shard(TypedDict):
    """patches (N, 36, 480) fp16; scenes 2i and 2i + 1 differ in one field."""

    patches: torch.Tensor
    scenes: list[Scene]


def shard(seeds: list[int], trunk: Trunk, held: bool = False) -> Shard:
    scenes: list[Scene] = []
    for seed in seeds:
        scene = draw_scene(seed, held)
        scenes += [scene, edit(Stream(seed, "image side/twin"), scene)[1]]
    found = [features(trunk, pictures(scenes[i:i + 64])[0]).half() for i in range(0, len(scenes), 64)]
    return {"patches": torch.cat(found), "scenes": scenes}


def cached(folder: Path, shards: int, count: int, checks: int) -> tuple[Shard, Shard]:
    """Writes the shards that are not there yet; all of them as one, and the evaluation's."""
    trunk = frozen_trunk()
    for index in range(shards):
        path = folder / f"{index:03d}.pt"
        if not path.exists():
            r = Stream(index, "image side")
            checkpoint.save(path, dict(shard([r.below(1 << 40) for _ in range(count)], trunk)))
            print(f"image side: shard {index + 1} of {shards}", flush=True)
    unseen = folder / f"evaluation-{checks}.pt"
    if not unseen.exists():
        checkpoint.save(unseen, dict(shard([EVALUATION_SEED + i for i in range(checks)], trunk, held=True)))
    parts = [checkpoint.load(folder / f"{i:03d}.pt") for i in range(shards)]
    whole: Shard = {"patches": torch.cat([p["patches"] for p in parts]), "scenes": [s for p in parts for s in p["scenes"]]}
    return whole, checkpoint.load(unseen)  # type: ignore[return-value]


def answer(scene: Scene) -> str:
    """What is in the picture, in one plain sentence."""
    words = objects(Stream(0, "answer"), scene, plain=True)
    weather = "" if scene["weather"] == "clear" else " and " + WEATHER_NAME[scene["weather"]]
    return f"{words[0].upper()}{words[1:]} {PLACE_NAME[scene['place']]}, {TIME_NAME[scene['time']]}{weather}."


def named(scene: Scene) -> list[list[int]]:
    """The ids of the words that each row should stand for: first thing, second thing, place with a third thing, hour and weather."""
    things = [f" {t['count'] if t['count'] > 1 else ''} {t['colour'] or ''} {t['kind']}" for t in scene["things"]] + [" nothing", ""]
    texts = (things[0], things[1], f" {scene['place']}{things[2] if len(scene['things']) > 2 else ''}", f" {scene['time']} {scene['weather']}")
    return [encode_text(" " + " ".join(t.split())) for t in texts]


def word_rows(scenes: list[Scene]) -> torch.Tensor:
    """(N, 4, 576): the mean of those words' rows, as long as one row is."""
    rows = language_model().rows
    mean = torch.stack([torch.stack([rows[torch.tensor(ids)].mean(0) for ids in named(s)]) for s in scenes])
    return F.normalize(mean, dim=-1) * rows.norm(dim=1).mean()


def asked(r: Stream, scene: Scene) -> tuple[list[int], int]:
    """A served turn with a picture and a question, and its answer: the ids (visual rows from VOCABULARY on), and where the answer begins."""
    before, after = layout().around["user"]
    opening = layout().around["assistant"][0]
    ids = [*before, *range(VOCABULARY, VOCABULARY + VISUAL_ROWS), *encode_text(r.pick(QUESTIONS)), *after, *opening]
    return ids + encode_text(answer(scene)) + layout().around["assistant"][1][:1], len(ids)


def embedded(ids: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Ids (B, T) to embeddings (B, T, 576); ids from VOCABULARY on are each picture's own rows (B, 4, 576)."""
    visual = ids >= VOCABULARY
    own = torch.gather(rows, 1, (ids - VOCABULARY).clamp(min=0)[..., None].expand(-1, -1, rows.shape[-1]))
    return torch.where(visual[..., None], own, language_model().rows[ids.masked_fill(visual, 0)])


def answer_loss(rows: torch.Tensor, turns: list[tuple[list[int], int]]) -> torch.Tensor:
    """Cross-entropy of the answers alone, through the frozen language model under the served prefix."""
    lm = language_model()
    width = max(len(ids) for ids, _ in turns)
    ids = torch.tensor([t + [0] * (width - len(t)) for t, _ in turns])
    target = torch.full_like(ids, -100)
    for row, (t, begin) in zip(target, turns):
        row[begin - 1:len(t) - 1] = torch.tensor(t[begin:])  # (T,): each position's next token
    states = lm(embedded(ids, rows), prefix())[target >= 0]
    return F.cross_entropy(lm.logits(states), target[target >= 0])


@torch.no_grad()
def said(rows: torch.Tensor, limit: int = 14) -> list[list[int]]:
    """What the language model answers, greedily, for visual rows (N, 4, 576): ids without the end."""
    lm = language_model()
    ids, begin = asked(Stream(0, "said"), draw_scene(0))
    end, out = layout().around["assistant"][1][0], torch.tensor([ids[:begin]]).expand(len(rows), -1)
    for _ in range(limit):
        out = torch.cat([out, lm.logits(lm(embedded(out, rows), prefix())[:, -1]).argmax(-1, keepdim=True)], 1)
    return [(a[:a.index(end)] if end in a else a) for a in out[:, begin:].tolist()]


def names_right(words: str, scene: Scene) -> bool:
    """Whether an answer names the first thing's kind, and its colour where it was given one."""
    thing = scene["things"][0]
    kinds = (thing["kind"], KIND[thing["kind"]].plural or thing["kind"])
    return any(k in words.lower() for k in kinds) and (thing["colour"] or "") in words.lower()


@torch.no_grad()
def recognised(model: ImageSide, unseen: Shard) -> dict[str, float]:
    """Kinds with their colours as read from the queries, and cosine of the rows to the words."""
    seen = torch.cat([model.eval().seen(part.float()) for part in unseen["patches"].split(128)])
    towards = F.cosine_similarity(model.rows(seen), word_rows(unseen["scenes"]), dim=-1)
    told = score(torch.stack([a.argmax(1) for a in model.fields(seen)], 1), unseen["scenes"])
    return {"words": towards.mean().item(), **{k: told[k] for k in ("kind", "colour", "kind_and_colour", "all")}}


def run(options: Options, shards: int, count: int = SHARD, checks: int = 64, size: int = 64, reader: int = READER,
        read_from: float = 0.3) -> dict[str, float]:
    """`read_from`: the share of the plan after which the language model takes part, which is nearly all of a step's cost."""
    torch.manual_seed(seeded("image_side", -1))
    lm = language_model()
    data, unseen = cached(options.folder / "pictures", shards, count, checks)
    model = ImageSide(lm.width, lm.rows.std().item())
    wanted = word_rows(data["scenes"])
    y = torch.tensor([labels(s) for s in data["scenes"]])
    unit = lm.rows.std()

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i = torch.randint(0, len(y), (size,))
        with fast():
            seen = model.seen(data["patches"][i].float())
        seen = seen.float()
        rows = model.rows(seen)
        words = F.mse_loss(rows / unit, wanted[i] / unit)
        told = torch.stack([F.cross_entropy(a, y[i, n]) for n, a in enumerate(model.fields(seen))]).mean()
        total = words + FIELDS * told
        parts = {"words": words.item(), "fields": told.item()}
        if reader and step >= read_from * options.steps:
            r = Stream(step, "image side/questions")
            read = answer_loss(rows[:reader], [asked(r, data["scenes"][k]) for k in i[:reader].tolist()])
            total = total + read
            parts["answer"] = read.item()
        return total, parts

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, ImageSide)
        return recognised(averaged, unseen)

    return train(Stage("image_side", model, loss, evaluate, is_matrix, adam_lr=1e-3, muon_lr=0.01), options)
