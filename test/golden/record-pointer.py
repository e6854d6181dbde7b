"""Records which pictures the Python pointer means and how many it counts, for pointer.test.ts to compare with.

    python test/golden/record-pointer.py models/storybook test/golden/fixtures    (PyTorch; seconds)

pointer.json: messages with the words that earlier pictures were asked for with, some of training's unseen dialogues and all that were written by hand, and
the shares of none and of each picture, and the count, by the package's own weights in float32.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from training.networks.pointer import PICTURES, Pointer  # noqa: E402
from training.package.half import read  # noqa: E402
from training.references import COUNTING, by_hand, references  # noqa: E402
from training.stages.pointer import EVALUATION_SEED, answers_of, logits_of  # noqa: E402
from training.words import raw_rows  # noqa: E402

UNSEEN = 12  # dialogues


def main(package: Path, out: Path) -> None:
    file = package / json.loads((package / "model.json").read_text())["gill"]["pointer"]
    model = Pointer(raw_rows())
    model.load_state_dict(read(file))
    model.eval()
    cases = []
    hand = by_hand(), by_hand(COUNTING)
    for x in [*(x for i in range(UNSEEN) for x in references(EVALUATION_SEED + i, held=True)), *hand[0], *hand[1]]:
        meant = logits_of(model, [x])[0]
        (_, count), = answers_of(model, [x])
        shares = meant[0].softmax(0)[:1 + len(x.asked[-PICTURES:])].tolist()
        cases.append({"message": x.words, "pictures": [{"words": words, "nth": nth} for words, nth in x.asked], "meant": x.meant, "count": x.count,
                      "shares": shares, "counted": count})
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (out / "pointer.json").write_text(json.dumps({"pointer": digest, "byHand": [*map(len, hand)], "cases": cases}, ensure_ascii=False) + "\n")
    print(f"pointer: {len(cases)} messages")


if __name__ == "__main__":
    with torch.no_grad():
        main(Path(sys.argv[1]), Path(sys.argv[2]))
