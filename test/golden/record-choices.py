"""Records what the Python networks choose, for choices.test.ts to compare with.

    python test/golden/record-choices.py models/storybook test/golden/fixtures    (PyTorch; about a minute on one core)

Always writes choices.safetensors: a seeded, untrained network of small width (weights in half precision, named as a package's are), states, and
what it makes of them in float32. Where the package has choices, also choices.json: dialogues turn by turn with, for each reply that shows
pictures, the probability of finding and the query of the first.
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

from training.dialogues import layout  # noqa: E402
from training.networks.choices import Choices, folded  # noqa: E402
from training.networks.language_model import LanguageModel  # noqa: E402
from training import revisits  # noqa: E402
from training.stages.states import image_rows  # noqa: E402

gill = importlib.import_module("record-gill")
revisits.Writer = gill.Recorder

WIDTH = 24
SEEDS = (21, 22, 23)


class Heads(nn.Module):
    """Choices beside the image side's `text`, whose weights a package holds in one file."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.choices = Choices(width)
        self.text = nn.Linear(width, 16 if width == WIDTH else 128)

    def served(self) -> dict[str, torch.Tensor]:
        own = {**folded(self.choices.state_dict()), **{f"retrieval.text.{k}": v for k, v in self.text.state_dict().items()}}
        return {k: v.half().contiguous() for k, v in own.items()}

    def restore(self, served: dict[str, torch.Tensor]) -> "Heads":
        whole = {k: v.float() for k, v in served.items()}
        self.choices.load_state_dict({k: v for k, v in whole.items() if not k.startswith("retrieval.")}, strict=False)  # its whitening is folded in
        self.text.load_state_dict({k.removeprefix("retrieval.text."): v for k, v in whole.items() if k.startswith("retrieval.")})
        return self.eval()

    def choose(self, begin: torch.Tensor) -> tuple[float, list[float]]:
        return torch.sigmoid(self.choices(begin[None])).item(), F.normalize(self.text(begin), dim=0).tolist()


def record_seeded(out: Path) -> None:
    torch.manual_seed(5)
    served = Heads(WIDTH).served()
    heads = Heads(WIDTH).restore(served)
    states = torch.randn(3, WIDTH) * 3 + 1  # (N, H)
    finds, queries = zip(*(heads.choose(each) for each in states))
    save_file({**served, "states": states, "finds": torch.tensor(finds), "queries": torch.tensor(queries)}, out / "choices.safetensors")


def record_package(package: Path, out: Path) -> None:
    section = json.loads((package / "model.json").read_text())["gill"]
    lm = LanguageModel(torch.float32).eval()
    heads = Heads(lm.width).restore(load_file(package / section["choices"]))
    rows = load_file(package / section["mapper"])["rows"].float() * section["rowScale"] if "mapper" in section else image_rows()
    table = torch.cat([lm.rows, rows])
    past = lm.run(table[torch.tensor(layout().prefix)][None])[1]
    replies = []
    for seed in SEEDS:
        told = revisits.revisited(seed, pictures=4)
        turns = gill.recorded.pop()
        states = lm(table[torch.tensor(told.ids)][None], past)[0]  # (T, 576)
        shown = [i for i, turn in enumerate(turns) if turn.get("pictures")]
        firsts = [p for n, p in enumerate(told.pictures) if n == 0 or not told.pictures[n - 1].more]
        for turn, picture in zip(shown, firsts):
            finds, query = heads.choose(states[picture.at])
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
            print(f"{folder} has no choices: only choices.safetensors is written")
