"""How much the eight states behind given words tell of a picture, before anything is trained: python -m training.probe " picture shows …" …

Ridge regression from the states of 600 dialogues' pictures to the text tower's tokens; a fifth of the pictures is kept apart and read by its heads.
"""

import argparse

import torch
import torch.nn.functional as F

from training.dialogues import Dialogue, conversation
from training.paths import WORK
from training.scenes.captions import canonical
from training.scores import score
from training.stages import latents, mapper, states
from training.stages.states import Shard

SEED = 6_000_000
RIDGE = 10.0


def seen_behind(words: str, dialogues: list[Dialogue]) -> Shard:
    return states.joined(states.gathered(dialogues, states.word_rows(words)).values())


def regressed(x: torch.Tensor, y: torch.Tensor, unseen: torch.Tensor) -> torch.Tensor:
    """From (N, F) and (N, T, C), the tokens of unseen (M, F): (M, T, C)."""
    kernel = (x - x.mean(0)) @ (x - x.mean(0)).T  # (N, N)
    away = (y - y.mean(0)).flatten(1)  # (N, T * C)
    weights = torch.linalg.solve(kernel + RIDGE * torch.eye(len(x)), away)
    told = ((unseen - x.mean(0)) @ (x - x.mean(0)).T @ weights).unflatten(1, y.shape[1:]) + y.mean(0)
    return F.layer_norm(told, y.shape[-1:])


def run(words: str, count: int) -> dict[str, float]:
    torch.manual_seed(0)
    shard = seen_behind(words, [conversation(SEED + i, i % 3) for i in range(count)])
    tower = latents.frozen_tower(WORK)
    y = latents.tokens(tower, [canonical(s) for s in shard["scenes"]]).float()  # (N, 16, 256)
    x = F.layer_norm(shard["states"].float(), shard["states"].shape[-1:]).flatten(1)  # (N, 8 * 576)
    order = torch.randperm(len(x))
    unseen, seen = order[:len(x) // 5], order[len(x) // 5:]
    told = regressed(x[seen], y[seen], x[unseen])
    return score(mapper.fields(tower, told), [shard["scenes"][i] for i in unseen.tolist()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", default=[states.ROW_WORDS], help="eight tokens, each with its leading space")
    parser.add_argument("--dialogues", type=int, default=600)
    arguments = parser.parse_args()
    for words in arguments.words:
        print(f"{words!r}:", " ".join(f"{k} {v:.3f}" for k, v in run(words, arguments.dialogues).items()), flush=True)


if __name__ == "__main__":
    main()
