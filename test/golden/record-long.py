"""Records test/golden/fixtures/long-text.json: what training's own long tower says of a text longer than the served window.

usage: PYTHONPATH=. python test/golden/record-long.py
needs: training/requirements.txt
"""

import json
from pathlib import Path

import torch

from training.learn import checkpoint
from training.paths import CHECKPOINTS
from training.stages.long_tower import POSITIONS, long_tower, told
from training.words import encode

OUT = Path(__file__).parent / "fixtures/long-text.json"


@torch.no_grad()
def main() -> None:
    model = long_tower()
    checkpoint.restore(CHECKPOINTS / "long_tower.safetensors", model)
    texts = [text for text, _ in (told("rounds", seed, held=True) for seed in (1, 2))]
    record = []
    for text in texts:
        ids, lengths = encode([text], POSITIONS)
        tokens = model.eval()(ids, lengths)[0]  # (16, 256)
        record.append({"text": text, "ids": int(lengths[0]), "tokens": [float(f"{v:.5g}") for v in tokens.flatten()[::16].tolist()]})
    OUT.write_text(json.dumps(record) + "\n")
    print(OUT.name, [each["ids"] for each in record])


if __name__ == "__main__":
    main()
