"""Stage 5c: the rows themselves, learned through the frozen language model together with the mapper that reads the states behind them.

What the rows stand behind is read once, without gradients, and kept in a pool of which a part is renewed now and then; a step pays for the rows
alone. Earlier pictures of a dialogue keep the rows of the moment they were read, so a resumed run, which reads its pool anew, goes on from the same
weights and does not repeat the curve of one that was not stopped. The first row alone should hold the scene too, since a gallery is searched from
the state behind it: a readout that is thrown away asks for that. Must never show the rows of the captions a dialogue.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from training.dialogues import VOCABULARY, Dialogue, Picture, captioned, conversation
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.language_model import Past, language_model
from training.networks.mapper import Mapper, is_matrix
from training.networks.text_tower import TextTower
from training.scenes.captions import canonical
from training.scenes.graph import HEADS, Scene, draw_scene, labels
from training.scenes.streams import Stream
from training.scores import score
from training.stages import latents, mapper, states

KINDS = {states.PRODUCT: ((states.DIALOGUES, states.TALES), (0.75, 0.25)), states.PAPER: ((states.CAPTIONS,), (1.0,))}
EVALUATION_SEED = 8_000_000
SCALE_SEED = 5_000_000
MOST = 48  # dialogues of one pass
FIRST = {states.PRODUCT: 0.1, states.PAPER: 0.0}  # weight of what is read from `[IMG0]` alone; the paper has none


class Read(NamedTuple):
    """Dialogues that the language model has read: their keys and values (B, …, T, D), and where their pictures stand."""

    past: Past
    pictures: list[list[Picture]]
    served: bool


class Learner(nn.Module):
    """The mapper, its rows now learned, and a linear readout (576 to every field's classes) of the state at `[IMG0]`."""

    def __init__(self, mapper: Mapper) -> None:
        super().__init__()
        self.mapper = mapper
        self.mapper.rows.requires_grad_(True)
        self.first = nn.Linear(mapper.rows.shape[1], sum(HEADS))

    def fields(self, states: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """States (N, 8, 576) to logits of each field."""
        return self.first(F.layer_norm(states[:, 0], states.shape[-1:])).split(HEADS, -1)


def cross_entropy(answers: Sequence[torch.Tensor], y: torch.Tensor) -> torch.Tensor:
    """Of logits of each field (N, C) and classes (N, fields)."""
    return torch.stack([F.cross_entropy(a.float(), y[:, n]) for n, a in enumerate(answers)]).mean()


def drawn(r: Stream, adapter: str, tokens: int) -> list[Dialogue]:
    """Dialogues of one kind and of like length that fill one pass of the language model, `MOST` at most."""
    make = r.pick(states.MAKERS[r.weighted(*KINDS[adapter])])
    found = [make(r.below(1 << 40)) for _ in range(2 * MOST)]
    order = sorted((d for d in found if d.pictures), key=lambda d: len(d.ids))
    out: list[Dialogue] = []
    for dialogue in order[r.below(max(1, len(order) - MOST // 2)):][:MOST]:
        if out and (len(out) + 1) * len(dialogue.ids) > tokens:
            break
        out.append(dialogue)
    return out


@torch.no_grad()
def read(rows: torch.Tensor, dialogues: list[Dialogue]) -> Read:
    """With rows (8, 576) where their earlier pictures stand."""
    lm = language_model()
    width = max(d.pictures[-1].at for d in dialogues)
    ids = torch.tensor([(d.ids + [0] * width)[:width] for d in dialogues])  # (B, T)
    own = (ids - VOCABULARY).clamp(min=0)
    embedded = torch.where((ids >= VOCABULARY)[..., None], rows[own], lm.rows[ids.clamp(max=VOCABULARY - 1)])  # (B, T, 576)
    served = dialogues[0].served
    past = lm.run(embedded, states.prefix() if served else None)[1]
    kept = Past([(k.contiguous(), v.contiguous()) for k, v in past.layers])  # views would keep the queries alive
    return Read(kept, [d.pictures for d in dialogues], served)


def behind(rows: torch.Tensor, seen: Read, pictures: list[Picture]) -> torch.Tensor:
    """States (B, 8, 576) at one picture of each dialogue, with gradients to the rows."""
    at = torch.tensor([p.at for p in pictures])
    return language_model().behind(rows.expand(len(at), -1, -1), states.prefix() if seen.served else None, seen.past, at)


def evaluator(tower: TextTower, adapter: str, checks: int) -> Callable[[nn.Module], dict[str, float]]:
    """Places, kinds with their colours, and whole scenes, over dialogues that no stage trains on; `first`: kinds and colours told by the first row
    alone."""
    seeds = range(EVALUATION_SEED, EVALUATION_SEED + checks)
    sets = {"captions": [captioned(s, pair=False) for s in seeds]} if adapter == states.PAPER else {
        "requests": [conversation(s, 0) for s in seeds], "edits": [conversation(s, 3) for s in seeds[:checks // 3]],
        "held_templates": [conversation(s, 0, held=True) for s in seeds],
        "tales": [make(s, held=True) for s in seeds[:checks // 2] for make in states.MAKERS[states.TALES]]}
    scale = language_model().rows.std().item()

    @torch.no_grad()
    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Learner)
        out: dict[str, float] = {}
        rows = model.mapper.rows * scale
        for name, dialogues in sets.items():
            parts: list[tuple[torch.Tensor, list[Scene]]] = []
            for batch in states.batches(dialogues):
                seen = read(rows, [dialogues[i] for i in batch])
                last = [pictures[-1] for pictures in seen.pictures]
                parts.append((behind(rows, seen, last), [p.scene for p in last]))
            held, scenes = torch.cat([p[0] for p in parts]), [s for p in parts for s in p[1]]
            with fast():
                found = score(mapper.fields(tower, model.mapper(held).float()), scenes)
            out |= {f"{name}_{key}": found[key] for key in ("place", "kind_and_colour", "all")}
            if FIRST[adapter]:
                out[f"{name}_first"] = score(torch.stack([a.argmax(1) for a in model.fields(held)], 1), scenes)["kind_and_colour"]
        return out

    return evaluate


def run(options: Options, adapter: str = states.PRODUCT, tokens: int = 4800, reads: int = 24, each: int = 8, parts: int = 2,
        scenes_told: int = 2000, checks: int = 96) -> dict[str, float]:
    """The mapper's loss at one picture of each dialogue of `parts` of the `reads` in the pool, one of which is renewed every `each` steps."""
    torch.manual_seed(seeded("rows", -1))
    base = options.folder.parent
    start = Mapper(states.image_rows(adapter), language_model().rows.std().item())  # one that reads the rows alone: they are to hold what can be held
    if options.start is not None:
        checkpoint.restore(options.start, start)
    if adapter == states.PAPER:
        start.rows.copy_(states.word_rows() / language_model().rows.std())  # whatever rows a mapper is begun with met, these meet captions alone
    model, tower = Learner(start), latents.frozen_tower(base)
    scale = language_model().rows.std().item()
    per_token = mapper.scales(adapter, latents.tokens(tower, [canonical(draw_scene(SCALE_SEED + i)) for i in range(scenes_told)]))  # (16,)
    pool: dict[int, Read] = {}

    def renew(index: int) -> None:
        pool[index % reads] = read(model.mapper.rows.detach() * scale, drawn(Stream(index, f"rows/{adapter}"), adapter, tokens))

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        newest = step // each + reads
        for index in range(newest - reads, newest) if not pool else [newest - 1] if step % each == 0 else []:
            renew(index)
        r = Stream(step, f"rows/step/{adapter}")
        rows = model.mapper.rows * scale
        states_of, scenes = [], []
        for _ in range(parts):
            seen = pool[r.below(reads)]
            pictures = [r.pick(own) for own in seen.pictures]
            states_of.append(behind(rows, seen, pictures))
            scenes += [p.scene for p in pictures]
        held = torch.cat(states_of)  # (N, 8, 576)
        told = latents.tokens(tower, [canonical(s) for s in scenes])
        y = torch.tensor([labels(s) for s in scenes])
        with fast():
            found = model.mapper(held).float()
            answers = tower.heads(found)
        error, told_right, first = (mapper.apart(found, told) / per_token).mean(), cross_entropy(answers, y), cross_entropy(model.fields(held), y)
        total = error + mapper.READ[adapter] * told_right + FIRST[adapter] * first
        return total, {"error": error.item(), "read": told_right.item(), "first": first.item(), "examples": len(scenes)}

    is_mapper_matrix = lambda name, p: is_matrix(name.removeprefix("mapper."), p)
    stage = Stage("rows", model, loss, evaluator(tower, adapter, checks), is_mapper_matrix, adam_lr=1e-3, muon_lr=0.005, faster={"mapper.rows": 6.0})
    result = train(stage, replace(options, start=None, evaluate_every=200))
    checkpoint.export(options.folder / "mapper.safetensors", stage.averaged.mapper)
    return result
