"""The honest baseline: a text tower of 512 ids, taught captions, stories, rounds and chains of wishes towards the mapper's tokens.

What GILL wins over it is not won by a window that cut words off. Begins at the trained tower, whose heads stay. Measured only, never served.
"""

import torch
import torch.nn.functional as F

from training.dialogues import answered, shown, worded
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.text_tower import TextTower, is_matrix
from training.scenes.captions import canonical
from training.scenes.edits import chain
from training.scenes.graph import Scene, draw_scene, labels
from training.scenes.questions import rounds
from training.scenes.stories import story
from training.scenes.streams import Stream
from training.scores import score
from training.stages import latents
from training.words import embedding_rows, encode

POSITIONS = 512
KINDS = (("caption", "story", "rounds", "messages"), (0.15, 0.3, 0.3, 0.25))
READ = 0.3  # as the mapper's
EVALUATION_SEED = 6_000_000


def told(kind: str, seed: int, held: bool = False) -> tuple[str, Scene]:
    """A text as the evaluation tells it (evaluation/sets/prompts.ts), and the scene it ends with."""
    r = Stream(seed, f"long/{kind}")
    match kind:
        case "caption":
            scene = draw_scene(seed, held)
            text, placed = worded(r, scene, held)
            return text, shown(scene, placed)
        case "story":
            sentences, scenes = story(seed, held)
            count = r.pick((2, 3, 4, 5, 5, 5))
            text = " ".join(sentences[:count])
            return text.lower() if r.chance(0.3) else text, scenes[count - 1]
        case "rounds":
            scene = draw_scene(seed, held)
            lines = [answered(each, plain=False) for each in rounds(seed, scene)]
            return "\n".join(lines[:r.pick((5, 8, 10, 10, 10))]), scene
        case "messages":
            scene = draw_scene(seed, held)
            text, placed = worded(r, scene, held)
            turns = chain(seed, r.pick((1, 2, 3, 4, 5)), text, shown(scene, placed))
            return ". ".join(turn.words.rstrip(".") for turn in turns), turns[-1].scene
    raise ValueError(f"no texts of kind {kind}")


def long_tower() -> TextTower:
    return TextTower(embedding_rows(), positions=POSITIONS)


def begun(tower: TextTower) -> TextTower:
    """The trained tower with more places; those it never read stay the sinusoids they begin as."""
    model = long_tower()
    own, trained = model.state_dict(), tower.state_dict()
    own["p"][:len(trained["p"])] = trained["p"]
    model.load_state_dict({**trained, "p": own["p"]}, strict=False)
    for heads in (model.hd, model.hd2):
        heads.requires_grad_(False)
    return model


def evaluator(count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    sets = {kind: [told(kind, EVALUATION_SEED + 10_000 * n + i, held=True) for i in range(count)] for n, kind in enumerate(KINDS[0])}

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        assert isinstance(model, TextTower)
        found: dict[str, float] = {}
        for kind, pairs in sets.items():
            answers = []
            with torch.no_grad(), fast():
                for i in range(0, count, 32):
                    tokens = model.eval()(*encode([text for text, _ in pairs[i:i + 32]], POSITIONS))
                    answers.append(torch.stack([head.float().argmax(1) for head in model.heads(tokens)], 1))
            right = score(torch.cat(answers), [scene for _, scene in pairs])
            found |= {f"{kind}_kind_and_colour": right["kind_and_colour"], f"{kind}_all": right["all"]}
        return found

    return evaluate


def run(options: Options, size: int = 64, checks: int = 128) -> dict[str, float]:
    """Mean squared error to the tower's tokens of the canonical caption, and cross-entropy of its heads: the mapper's loss without its weights."""
    torch.manual_seed(seeded("long_tower", -1))
    tower = latents.frozen_tower(options.folder.parent)
    model = begun(tower)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        r = Stream(step, "long/batch")
        kind = r.weighted(*KINDS)
        pairs = [told(kind, r.below(1 << 40)) for _ in range(size)]
        y = torch.tensor([labels(scene) for _, scene in pairs])
        wanted = latents.tokens(tower, [canonical(scene) for _, scene in pairs])
        with fast():
            tokens = model(*encode([text for text, _ in pairs], POSITIONS)).float()  # (B, 16, 256)
            answers = model.heads(tokens)
        error = F.mse_loss(tokens, wanted)
        read = torch.stack([F.cross_entropy(a.float(), y[:, n]) for n, a in enumerate(answers)]).mean()
        return error + READ * read, {"mse": error.item(), "read": read.item(), "kind": KINDS[0].index(kind)}

    return train(Stage("long_tower", model, loss, evaluator(checks), is_matrix, adam_lr=6e-4, muon_lr=0.004), options)
