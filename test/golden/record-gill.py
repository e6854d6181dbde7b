"""Records what the Python networks make of dialogues, for dialogues.test.ts and gill.test.ts to compare with.

    python test/golden/record-gill.py models/storybook test/golden/fixtures    (PyTorch; about 3 minutes on one core)

Writes dialogues.json: dialogues turn by turn with the ids of training/dialogues.py, which no weights have a part in. Where the package has a
mapper and a gate, also gill.json and gill.safetensors, everything in float32 from the weights as they are served: of each picture the language
model's states at the rows (N, 8, 576), those of its turn, one behind another (M, 576), and the tokens mapped from all of them (N, 16, 256);
of each reply's opening its state (O, 576) and the gate's logit; and the gate's logits on the turns of training/turns-gate.txt.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training import dialogues, turns  # noqa: E402
from training.dialogues import IMAGE_ROWS, Dialogue, Writer, conversation, layout  # noqa: E402
from training.networks.gate import Gate  # noqa: E402
from training.networks.language_model import LanguageModel  # noqa: E402
from training.networks.mapper import Mapper, Turns  # noqa: E402
from training.package import half  # noqa: E402
from training.stages.states import turn_of  # noqa: E402

EDITS = 9
SEEDS = (11, 12, 13, 14)
MAPPED = 10  # pictures recorded with their states


class Recorder(Writer):
    """A writer that also tells what was said, as the server is told it."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[dict[str, Any]] = []

    def user(self, text: str) -> None:
        super().user(text)
        self.turns.append({"role": "user", "text": text})

    def say(self, text: str) -> None:
        super().say(text)
        self.turns.append({"role": "assistant", "text": text, "pictures": 0})

    def picture(self, *told: Any, **more: Any) -> None:
        super().picture(*told, **more)
        self.turns[-1]["pictures"] += 1

    def done(self) -> Dialogue:
        recorded.append(self.turns)
        return super().done()


recorded: list[list[dict[str, Any]]] = []
dialogues.Writer = Recorder  # type: ignore[misc]
turns.Writer = Recorder  # type: ignore[misc]


class Told(NamedTuple):
    """A dialogue that was just made, and how it is recorded: ids from 49152 on are `[IMG0]` and those behind it."""

    dialogue: Dialogue
    record: dict[str, Any]


def told(dialogue: Dialogue) -> Told:
    return Told(dialogue, {"turns": recorded.pop(), "ids": dialogue.ids, "openings": [at for at, _ in dialogue.openings],
                           "pictures": [picture.at for picture in dialogue.pictures], "asked": [picture.turn[0] for picture in dialogue.pictures]})


def goes_back(seed: int) -> bool:
    """Whether an edit of the dialogue leans on another picture than the one before it."""
    dialogue = told(conversation(seed, EDITS)).dialogue
    scenes = [picture.scene for picture in dialogue.pictures]
    return any(p.before is not None and p.before != scenes[i - 1] and p.before in scenes[:i - 1] for i, p in enumerate(dialogue.pictures) if i > 1)


def main(package: Path, out: Path) -> None:
    back = next(seed for seed in range(100, 200) if goes_back(seed))
    made = [told(conversation(back, EDITS)), *(told(conversation(seed)) for seed in SEEDS)]
    hand = [told(turns.hand_dialogue(turn, i)) for i, turn in enumerate(turns.by_hand())]
    said = {"prefix": layout().prefix, "dialogues": [record for _, record in made]}
    (out / "dialogues.json").write_text(json.dumps(said) + "\n")
    manifest = json.loads((package / "model.json").read_text())
    gill = manifest.get("gill", {})
    if "mapper" not in gill or "gate" not in gill:
        print(f"{package} has no mapper and gate: only dialogues.json is written")
        return
    with torch.no_grad():
        record_networks(package, gill, out, made, hand)


def mapper_of(weights: dict[str, torch.Tensor]) -> Mapper:
    """A package's mapper, which has its whitening folded in."""
    mapper = Mapper(weights["rows"], 1.0, len(weights.get("t", ()))).eval()
    lacks, more = mapper.load_state_dict(weights, strict=False)
    if more or set(lacks) - {"mean", "whiten"}:
        raise ValueError(f"the mapper lacks {lacks} and has {more}")
    return mapper


def record_networks(package: Path, gill: dict[str, Any], out: Path, made: list[Told], hand: list[Told]) -> None:
    lm = LanguageModel(torch.float32).eval()
    weights = half.read(package / gill["mapper"])
    mapper = mapper_of(weights)
    own = half.read(package / gill["gate"])
    gate = Gate(own["mean"], own["scale"]).eval()
    gate.load_state_dict(own)
    table = torch.cat([lm.rows, weights["rows"] * gill["rowScale"]])
    past = lm.run(table[torch.tensor(layout().prefix)][None])[1]
    states_of = lambda d: lm(table[torch.tensor(d.ids)][None], past)[0]  # (T, 576)

    at_rows, openings, said = [], [], []
    for dialogue, _ in made:
        states = states_of(dialogue)
        at_rows += [states[p.at:p.at + IMAGE_ROWS] for p in dialogue.pictures]
        said += [turn_of(states, p) for p in dialogue.pictures]
        openings += [states[at] for at, _ in dialogue.openings]
    rows, opened = torch.stack(at_rows), torch.stack(openings)
    logits = [gate(states_of(d)[d.openings[-1][0]][None]).item() for d, _ in hand]
    wanted = [turn.wanted for turn in turns.by_hand()]
    keep = torch.linspace(0, len(rows) - 1, MAPPED).round().long()  # of all dialogues
    spoken = [said[i] for i in keep.tolist()]
    lengths = torch.tensor([len(turn) for turn in spoken])
    turn = Turns(torch.cat(spoken), lengths).padded(torch.arange(len(keep)))
    mapped = mapper(rows[keep], None, turn)
    parents = mapped.roll(1, 0)  # any picture's tokens will do
    save_file({"states": rows[keep].contiguous(), "turns": torch.cat(spoken), "mapped": mapped.contiguous(),
               "parents": parents.contiguous(), "mappedFromParent": mapper(rows[keep], parents, turn).contiguous(), "openings": opened[:MAPPED].contiguous()}, out / "gill.safetensors")
    sha256 = lambda name: hashlib.sha256((package / name).read_bytes()).hexdigest()
    record = {"mapper": sha256(gill["mapper"]), "gate": sha256(gill["gate"]), "kept": keep.tolist(), "turnLengths": lengths.tolist(), "logits": gate(opened[:MAPPED]).tolist(),
              "turns": [{"turns": h.record["turns"], "wanted": w, "logit": round(x, 4)} for h, w, x in zip(hand, wanted, logits)]}
    (out / "gill.json").write_text(json.dumps(record) + "\n")
    right = sum((x > 0) == w for x, w in zip(logits, wanted))
    print(f"gill: {len(keep)} of {len(rows)} pictures, {len(logits)} turns of which {right} are answered right")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
