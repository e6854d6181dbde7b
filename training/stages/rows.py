"""Stage 5c: the rows themselves, learned through the frozen language model together with the mapper that reads the states behind them.

Every step draws dialogues of its own, so nothing is met twice. Starts from a mapper trained on cached states, whose rows are words.
The first row alone should hold the scene too, since a gallery is searched from the state behind it: a readout that is thrown away asks for that.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from training.dialogues import VOCABULARY, Dialogue, conversation
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.language_model import language_model
from training.networks.mapper import Mapper, is_matrix
from training.networks.text_tower import TOKENS, WIDTH, TextTower
from training.scenes.captions import canonical
from training.scenes.graph import HEADS, Scene, labels
from training.scenes.streams import Stream
from training.scores import score
from training.stages import latents, mapper, states

KINDS = ((states.DIALOGUES, states.TALES, states.CAPTIONS), (0.7, 0.2, 0.1))
EVALUATION_SEED = 8_000_000
FIRST = 0.1  # weight of what is read from `[IMG0]` alone


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
    """Of logits of each field (N, C) and classes (N, fields), the mean over fields, summed over examples."""
    return torch.stack([F.cross_entropy(a.float(), y[:, n], reduction="sum") for n, a in enumerate(answers)]).mean()


def drawn(r: Stream, tokens: int) -> list[Dialogue]:
    """Dialogues of one kind and of like length that fill one pass of the language model."""
    make = r.pick(states.MAKERS[r.weighted(*KINDS)])
    found = [make(r.below(1 << 40)) for _ in range(64)]
    order = sorted((d for d in found if d.pictures), key=lambda d: len(d.ids))
    width, start = 0, r.below(max(1, len(order) - 12))
    out: list[Dialogue] = []
    for dialogue in order[start:]:
        width = len(dialogue.ids)
        if out and (len(out) + 1) * width > tokens:
            break
        out.append(dialogue)
    return out


def behind(rows: torch.Tensor, dialogues: list[Dialogue]) -> tuple[torch.Tensor, list[Scene]]:
    """States (N, 8, 576) at every picture of the dialogues, with gradients to rows (8, 576), and what each picture should show."""
    lm = language_model()
    width = max(len(d.ids) for d in dialogues)
    ids = torch.tensor([d.ids + [0] * (width - len(d.ids)) for d in dialogues])
    own = (ids - VOCABULARY).clamp(min=0)
    embedded = torch.where((ids >= VOCABULARY)[..., None], rows[own], lm.rows[ids.clamp(max=VOCABULARY - 1)])  # (B, T, 576)
    out = lm(embedded, states.prefix() if dialogues[0].served else None)  # (B, T, 576)
    at = [(i, p) for i, d in enumerate(dialogues) for p in d.pictures]
    found = torch.stack([out[i, p.at:p.at + len(rows)] for i, p in at])  # (N, 8, 576)
    return found, [p.scene for _, p in at]


def evaluator(tower: TextTower, checks: int) -> Callable[[nn.Module], dict[str, float]]:
    """Kinds with their colours, and whole scenes, over dialogues that no stage trains on; `first`: kinds and colours told by the first row alone."""
    seeds = range(EVALUATION_SEED, EVALUATION_SEED + checks)
    sets = {"requests": [conversation(s, 0) for s in seeds], "edits": [conversation(s, 3) for s in seeds[:checks // 3]],
            "held_templates": [conversation(s, 0, held=True) for s in seeds],
            "tales": [make(s, held=True) for s in seeds[:checks // 2] for make in states.MAKERS[states.TALES]]}
    scale = language_model().rows.std().item()

    @torch.no_grad()
    def evaluate(model: nn.Module) -> dict[str, float]:
        assert isinstance(model, Learner)
        out: dict[str, float] = {}
        for name, dialogues in sets.items():
            parts = [behind(model.mapper.rows * scale, [dialogues[i] for i in batch]) for batch in states.batches(dialogues)]
            held, scenes = torch.cat([p[0] for p in parts]), [s for p in parts for s in p[1]]
            found = score(mapper.fields(tower, mapper.mapped(model.mapper, held, torch.zeros(len(held), TOKENS, WIDTH))), scenes)
            first = score(torch.stack([a.argmax(1) for a in model.fields(held)], 1), scenes)
            out |= {f"{name}_kind_and_colour": found["kind_and_colour"], f"{name}_all": found["all"], f"{name}_first": first["kind_and_colour"]}
        return out

    return evaluate


def run(options: Options, tokens: int = 2400, passes: int = 1, checks: int = 96) -> dict[str, float]:
    """The mapper's loss over dialogues drawn at each step; rows and mapper learn together."""
    torch.manual_seed(seeded("rows", -1))
    base = options.folder.parent
    start = mapper.untrained()
    if options.start is not None:
        checkpoint.restore(options.start, start)
    model, tower = Learner(start), latents.frozen_tower(base)
    scale = language_model().rows.std().item()

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        r = Stream(step, "rows")
        error, read, first, count = torch.zeros(()), torch.zeros(()), torch.zeros(()), 0
        for _ in range(passes):
            held, scenes = behind(model.mapper.rows * scale, drawn(r, tokens))
            told = latents.tokens(tower, [canonical(s) for s in scenes])
            y = torch.tensor([labels(s) for s in scenes])
            with fast():
                found = model.mapper(held).float()
                answers = tower.heads(found)
            error = error + F.mse_loss(found, told, reduction="none").mean((1, 2)).sum()
            read, first = read + cross_entropy(answers, y), first + cross_entropy(model.fields(held), y)
            count += len(scenes)
        error, read, first = error / count, read / count, first / count
        total = error + mapper.READ["storybook"] * read + FIRST * first
        return total, {"mse": error.item(), "read": read.item(), "first": first.item(), "examples": count}

    is_mapper_matrix = lambda name, p: is_matrix(name.removeprefix("mapper."), p)
    stage = Stage("rows", model, loss, evaluator(tower, checks), is_mapper_matrix, adam_lr=1e-3, muon_lr=0.005, faster={"mapper.rows": 6.0})
    result = train(stage, replace(options, start=None, evaluate_every=150))
    checkpoint.export(options.folder / "mapper.safetensors", stage.averaged.mapper)
    return result
