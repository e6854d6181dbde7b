"""Stage 7c: drawn or found, on the states that the mapper learns from."""

from pathlib import Path
from typing import TypedDict

import torch
import torch.nn.functional as F

from training.dialogues import Dialogue
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.networks.choices import Choices, is_matrix
from training.networks.language_model import language_model
from training.revisits import revisited
from training.stages import states

EVALUATION_SEED = 2_000_000
FINDS = 4.0  # weight of a wish to find, one in twenty: more would find where somebody only names a thing, who wants it drawn


class Seen(TypedDict):
    """states (N, 576) at `[IMG0]`; finds (N,) of 0 and 1."""

    states: torch.Tensor
    finds: torch.Tensor


def of_shard(shard: states.Shard) -> Seen:
    return {"states": shard["states"][:, 0].clone(), "finds": shard["finds"]}


def cached(path: Path, dialogues: list[Dialogue]) -> Seen:
    if not path.exists():
        checkpoint.save(path, dict(of_shard(states.joined(states.gathered(dialogues).values()))))
    return checkpoint.load(path)  # type: ignore[return-value]


@torch.no_grad()
def scored(model: Choices, unseen: Seen) -> dict[str, float]:
    """Shares right: all, of those to be drawn, of those to be found."""
    found, asked = model(unseen["states"].float()) > 0, unseen["finds"] > 0.5
    right = found == asked
    share = lambda ok: ok.float().mean().item()
    return {"draw_or_find": share(right), "drawn_of_drawn": share(right[~asked]), "found_of_found": share(right[asked])}


def run(options: Options, shards: int, checks: int = 240, size: int = 256) -> dict[str, float]:
    torch.manual_seed(seeded("choices", -1))
    folder = states.cache(options.folder)
    found = [of_shard(shard) for _, shard in states.load(options.folder.parent / "states", states.DIALOGUES, shards)]
    if not found:
        raise FileNotFoundError(f"{options.folder.parent / 'states'} holds no {states.DIALOGUES}: run the stage `states` first")
    x, finds = torch.cat([part["states"] for part in found]), torch.cat([part["finds"] for part in found])
    unseen = cached(folder / f"unseen-{checks}.pt", [revisited(EVALUATION_SEED + i, held=True) for i in range(checks)])
    model = Choices(language_model().width)
    model.fit_whitening(x[:20_000].float())
    print(f"choices: {len(x)} pictures, {finds.mean().item():.3f} of them to be found", flush=True)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i = torch.randint(0, len(x), (size,))
        return F.binary_cross_entropy_with_logits(model(x[i].float()), finds[i], pos_weight=torch.tensor(FINDS)), {}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, Choices)
        return scored(averaged.eval(), unseen)

    return train(Stage("choices", model, loss, evaluate, is_matrix, adam_lr=1e-3, muon_lr=0.0), options)
