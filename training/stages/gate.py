"""Stage 7a: the show-a-picture gate, a logistic row on cached states; measured on 200 turns written by hand. A hit is a picture that was wanted."""

import hashlib
from pathlib import Path
from typing import TypedDict

import torch
import torch.nn.functional as F

from training.dialogues import Dialogue
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.networks.gate import Gate
from training.networks.language_model import language_model
from training.paths import TRAINING
from training.scenes.streams import Stream
from training.stages import sent
from training.stages.states import cache, last_states
from training.turns import by_hand, hand_dialogue, labelled

SHARD = 250
EVALUATION_SEED = 4_000_000
SHRINK = 2e-3  # weight of |row|² : the row should lean on what all turns share, not on single templates
NOISE = 0.1


class Turns(TypedDict):
    """states (N, 576) at the openings, wanted (N,) of 0 and 1."""

    states: torch.Tensor
    wanted: torch.Tensor


def openings(dialogues: list[Dialogue], last_only: bool = False) -> Turns:
    states, wanted = [], []
    for dialogue, found in zip(dialogues, last_states(language_model(), dialogues)):
        for at, label in dialogue.openings[-1:] if last_only else dialogue.openings:
            states.append(found[at])
            wanted.append(float(label))
    return {"states": torch.stack(states), "wanted": torch.tensor(wanted)}


def cached(path: Path, dialogues: list[Dialogue], last_only: bool = False) -> Turns:
    if not path.exists():
        checkpoint.save(path, dict(openings(dialogues, last_only)))
        print(f"gate: {path.name}", flush=True)
    return checkpoint.load(path)  # type: ignore[return-value]


def shard(folder: Path, index: int, count: int) -> Turns:
    r = Stream(index, "gate/shard")
    return cached(folder / f"turns-{index:03d}.pt", [labelled(r.below(1 << 40)) for _ in range(count)])


def scored(model: Gate, turns: Turns) -> dict[str, float]:
    with torch.no_grad():
        said = model(turns["states"]) > 0
    wanted = turns["wanted"] > 0.5
    hits = (said & wanted).sum().item()
    return {"precision": hits / max(1, said.sum().item()), "recall": hits / max(1, wanted.sum().item()),
            "right": (said == wanted).float().mean().item()}


def behind_sent(base: Path, path: Path) -> Turns | None:
    """Openings behind a picture that was sent, where the image side has rows for one: a shard of its pictures."""
    pictures = base / "image_side" / "pictures" / "000.pt"
    if not pictures.exists():
        return None
    if not path.exists():
        seen = checkpoint.load(pictures)
        dialogues = [sent.labelled(n, scene) for n, scene in enumerate(seen["scenes"])]
        found = sent.last_states(dialogues, sent.frozen_image_side(base)(seen["patches"].float()))
        at = [(states[d.openings[0][0]], float(d.openings[0][1])) for d, states in zip(dialogues, found)]
        checkpoint.save(path, {"states": torch.stack([s for s, _ in at]), "wanted": torch.tensor([w for _, w in at])})
        print(f"gate: {path.name}", flush=True)
    return checkpoint.load(path)  # type: ignore[return-value]


def hand_turns(folder: Path) -> Turns:
    """The states of turns-gate.txt, as long as the file is the same."""
    digest = hashlib.sha256((TRAINING / "turns-gate.txt").read_bytes()).hexdigest()[:12]
    return cached(folder / f"hand-{digest}.pt", [hand_dialogue(turn, i) for i, turn in enumerate(by_hand())], last_only=True)


def wrong(model: Gate, folder: Path) -> list[str]:
    """The hand-written turns it gets wrong, to look at."""
    with torch.no_grad():
        logits = model(hand_turns(folder)["states"]).tolist()
    return [f"{logit:+.2f}\t{'yes' if turn.wanted else 'no'}\t{turn.before} | {turn.text}"
            for logit, turn in zip(logits, by_hand()) if (logit > 0) != turn.wanted]


def run(options: Options, shards: int, count: int = SHARD, checks: int = 100, size: int = 256) -> dict[str, float]:
    """Logistic regression on standardised states with a little noise; writes the row and bias, folded, as `gate.safetensors` reads them."""
    torch.manual_seed(seeded("gate", -1))
    folder = cache(options.folder)
    behind = behind_sent(options.folder.parent, folder / "sent.pt")
    parts = [*(shard(folder, i, count) for i in range(shards)), *([behind] if behind else [])]
    x, y = torch.cat([p["states"] for p in parts]), torch.cat([p["wanted"] for p in parts])
    unseen = cached(folder / "unseen.pt", [labelled(EVALUATION_SEED + i) for i in range(checks)])
    hand = hand_turns(folder)
    print(f"gate: {len(x)} turns, {y.mean().item():.2f} of them want a picture", flush=True)
    model = Gate(x.mean(0), x.std(0))

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        i = torch.randint(0, len(x), (size,))
        held = x[i] + NOISE * model.scale * torch.randn(size, x.shape[1])
        return F.binary_cross_entropy_with_logits(model(held), y[i]) + SHRINK * model.row.square().sum(), {}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, Gate)
        return {f"{name}_{k}": v for name, turns in (("hand", hand), ("unseen", unseen)) for k, v in scored(averaged, turns).items()}

    stage = Stage("gate", model, loss, evaluate, lambda name, p: False, adam_lr=3e-3, muon_lr=0.0)
    result = train(stage, options)
    (options.folder / "wrong.txt").write_text("\n".join(wrong(stage.averaged, folder)) + "\n")  # type: ignore[arg-type]
    return result
