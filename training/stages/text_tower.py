"""Stage 3: the text tower, trained alone on scene graphs and their wordings, then frozen."""

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.text_tower import TextTower, is_matrix
from training.scenes.captions import canonical, caption
from training.scenes.graph import Scene, draw_scene, is_held, labels
from training.scenes.streams import Stream
from training.words import embedding_rows, encode

EVALUATION_SEED = 8_000_000
OPEN = -100  # a field the words leave open: no loss, and any answer is right


def targets(scenes: list[Scene], placed: list[bool]) -> torch.Tensor:
    """(N, fields) class indices; the place is OPEN where the caption does not say it."""
    y = torch.tensor([labels(s) for s in scenes])
    y[~torch.tensor(placed), 0] = OPEN
    return y


def worded(r: Stream, scenes: list[Scene], held: bool = False) -> tuple[list[str], torch.Tensor]:
    """A wording of each scene and its targets; one in twelve is the canonical caption."""
    pairs = [(canonical(s), True) if not held and r.chance(0.08) else caption(r, s, held) for s in scenes]
    return [text for text, _ in pairs], targets(scenes, [placed for _, placed in pairs])


def right(model: TextTower, texts: list[str], y: torch.Tensor) -> tuple[float, float]:
    """Share of fields right, and of texts with every field right."""
    with torch.no_grad(), fast():
        answers = torch.cat([torch.stack([h.float().argmax(1) for h in model.heads(model(*encode(texts[i:i + 128])))], 1)
                             for i in range(0, len(texts), 128)])
    ok = (answers == y) | (y == OPEN)
    return ok.float().mean().item(), ok.all(1).float().mean().item()


def held_scenes(count: int) -> list[Scene]:
    """Scenes that each show something training keeps out."""
    found: list[Scene] = []
    seed = EVALUATION_SEED + 500_000
    while len(found) < count:
        scene = draw_scene(seed, held=True)
        seed += 1
        if is_held(scene):
            found.append(scene)
    return found


def evaluator(count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    r = Stream(EVALUATION_SEED, "text/evaluation")
    usual = worded(r, [draw_scene(EVALUATION_SEED + i) for i in range(count)])
    pairs = worded(r, held_scenes(count))
    forms = worded(r, [draw_scene(EVALUATION_SEED + 10_000 + i) for i in range(count)], held=True)

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        assert isinstance(model, TextTower)
        model.eval()
        (fields, every), (_, held), (_, held_forms) = right(model, *usual), right(model, *pairs), right(model, *forms)
        return {"fields": fields, "all": every, "all_held_pairs": held, "all_held_templates": held_forms}

    return evaluate


def run(options: Options, size: int = 64, checks: int = 512, overfit: int = 0) -> dict[str, float]:
    """Two wordings of each scene: cross-entropy on every field, and their tokens pulled together."""
    torch.manual_seed(seeded("text_tower", -1))
    model = TextTower(embedding_rows())

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        r = Stream(0 if overfit else step, "text/batch")
        # three things are where words are taken for the wrong one
        scenes = [draw_scene(r.below(1 << 40), objects=r.weighted((1, 2, 3), (0.25, 0.35, 0.4))) for _ in range(overfit or size)]
        texts, y = worded(r, scenes + scenes)
        with fast():
            tokens = model(*encode(texts)).float()
            first = torch.stack([F.cross_entropy(h.float(), y[:, i], ignore_index=OPEN) for i, h in enumerate(model.heads(tokens))]).sum()
            again = torch.stack([F.cross_entropy(h.float(), y[:, i]) for i, h in model.second_heads(tokens)]).sum()
        a, b = tokens.chunk(2)
        same = (a - b).square().mean()
        return (first + 0.5 * again) / y.shape[1] + same, {"fields_loss": first.item() / y.shape[1], "same": same.item()}

    return train(Stage("text_tower", model, loss, evaluator(checks), is_matrix, adam_lr=1.5e-3, muon_lr=0.01), options)
