"""Records what the Python networks choose, for choices.test.ts to compare with.

    python test/golden/record-choices.py models/storybook test/golden/fixtures    (PyTorch; about a minute on one core)

Always writes choices.safetensors and choices-tokens.safetensors: seeded, untrained networks of small width (weights in half precision, named as a
package's are), which search by a state and by a mapper's tokens; states, tokens, and what they make of them in float32. Where the package has
choices, also choices.json: dialogues turn by turn with, for each reply that shows pictures, the probability of finding and the query of the first.
"""

import hashlib
import importlib
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "test" / "golden")]

from training.dialogues import IMAGE_ROWS, Picture, layout  # noqa: E402
from training.networks.choices import Choices, folded  # noqa: E402
from training.networks.language_model import LanguageModel  # noqa: E402
from training.networks.mapper import Mapper, Turns  # noqa: E402
from training import revisits  # noqa: E402
from training.package import half  # noqa: E402
from training.stages.states import image_rows, turn_of  # noqa: E402

gill = importlib.import_module("record-gill")
revisits.Writer = gill.Recorder

WIDTH, TOKEN_VALUES, SHARED = 24, 10, 16
TEXT, TOKENS = "retrieval.text", "retrieval.tokens"
SEEDS = (21, 22, 23)


class Heads(nn.Module):
    """Choices beside the head that a gallery is searched by, whose weights a package holds in one file."""

    def __init__(self, width: int, name: str, columns: int, shared: int) -> None:
        super().__init__()
        self.name, self.choices, self.search = name, Choices(width), nn.Linear(columns, shared)

    def served(self) -> dict[str, torch.Tensor]:
        own = {**folded(self.choices.state_dict()), **{f"{self.name}.{k}": v for k, v in self.search.state_dict().items()}}
        return {k: v.half().contiguous() for k, v in own.items()}

    def restore(self, served: dict[str, torch.Tensor]) -> "Heads":
        whole = {k: v.float() for k, v in served.items()}
        self.choices.load_state_dict({k: v for k, v in whole.items() if not k.startswith("retrieval.")}, strict=False)  # its whitening is folded in
        self.search.load_state_dict({k.removeprefix(f"{self.name}."): v for k, v in whole.items() if k.startswith("retrieval.")})
        return self.eval()

    def choose(self, begin: torch.Tensor, tokens: torch.Tensor) -> tuple[float, list[float]]:
        searched = self.search(tokens.flatten() if self.name == TOKENS else begin)
        return torch.sigmoid(self.choices(begin[None])).item(), F.normalize(searched, dim=0).tolist()


def record_seeded(out: Path) -> None:
    torch.manual_seed(5)
    for name, columns, file in ((TEXT, WIDTH, "choices"), (TOKENS, TOKEN_VALUES, "choices-tokens")):
        served = Heads(WIDTH, name, columns, SHARED).served()
        heads = Heads(WIDTH, name, columns, SHARED).restore(served)
        states, tokens = torch.randn(3, WIDTH) * 3 + 1, torch.randn(3, TOKEN_VALUES)  # (N, H), (N, L C)
        finds, queries = zip(*(heads.choose(*each) for each in zip(states, tokens)))
        told = {"states": states, "tokens": tokens, "finds": torch.tensor(finds), "queries": torch.tensor(queries)}
        save_file({**served, **told}, out / f"{file}.safetensors")


def mapped(mapper: Mapper, states: torch.Tensor, picture: Picture) -> torch.Tensor:
    """Of a dialogue's states (T, 576) the tokens of one of its pictures (16, 256), without a parent."""
    said = turn_of(states, picture)
    turn = Turns(said, torch.tensor([len(said)])).padded(torch.arange(1)) if mapper.reads_turn else None
    return mapper(states[None, picture.at:picture.at + IMAGE_ROWS], None, turn)[0]


def record_package(package: Path, out: Path) -> None:
    section = json.loads((package / "model.json").read_text())["gill"]
    lm = LanguageModel(torch.float32).eval()
    stored = load_file(package / section["choices"])
    name = TOKENS if f"{TOKENS}.weight" in stored else TEXT
    shared, columns = stored[f"{name}.weight"].shape
    heads = Heads(lm.width, name, columns, shared).restore(stored)
    weights = half.read(package / section["mapper"]) if "mapper" in section else None
    table = torch.cat([lm.rows, image_rows() if weights is None else weights["rows"] * section["rowScale"]])
    mapper = gill.mapper_of(weights) if weights is not None and name == TOKENS else None
    past = lm.run(table[torch.tensor(layout().prefix)][None])[1]
    replies = []
    for seed in SEEDS:
        told = revisits.revisited(seed, pictures=4)
        turns = gill.recorded.pop()
        states = lm(table[torch.tensor(told.ids)][None], past)[0]  # (T, 576)
        shown = [i for i, turn in enumerate(turns) if turn.get("pictures")]
        firsts = [p for n, p in enumerate(told.pictures) if n == 0 or not told.pictures[n - 1].more]
        for turn, picture in zip(shown, firsts):
            finds, query = heads.choose(states[picture.at], mapped(mapper, states, picture) if mapper else torch.empty(0))
            replies.append({"turns": turns[:turn], "words": turns[turn]["text"], "finds": finds, "query": query})
    digest = hashlib.sha256((package / section["choices"]).read_bytes()).hexdigest()
    (out / "choices.json").write_text(json.dumps({"choices": digest, "replies": replies}) + "\n")
    print(f"choices: {len(replies)} replies with pictures")


if __name__ == "__main__":
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    with torch.no_grad():
        record_seeded(target)
        if "choices" in json.loads((folder / "model.json").read_text()).get("gill", {}):
            record_package(folder, target)
        else:
            print(f"{folder} has no choices: only those of seeded networks are written")
