"""The language half: the mapper with the rows it was trained on, gate, pointer, image encoder, and what model.json says of them."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from training.dialogues import IMAGE_ROWS
from training.gguf import tensor
from training.networks import mapper, pointer
from training.package import vision
from training.package.half import write_half, write_int8
from training.paths import GGUF
from training.stages.states import PAPER, PRODUCT, ROW_WORDS

# what each adapter's mapper learned from (training/stages/mapper.py)
TRAINED_ON = {PRODUCT: "dialogues", PAPER: "captions"}


def write(base: Path, out: Path, adapter: str = PRODUCT) -> tuple[dict[str, Any], list[str]]:
    """Writes the files; returns the manifest's `gill` and the files' names. What is not trained is left out."""
    stages = {"mapper": f"mapper-{adapter}", "gate": "gate", "pointer": "pointer"}
    if adapter != PRODUCT:
        del stages["gate"]  # it learned behind the product's rows
    scale = torch.from_numpy(tensor(GGUF, "token_embd.weight")).std().item()  # as the stages divide rows and embeddings
    made: list[str] = []
    section: dict[str, Any] = {"imageTokens": IMAGE_ROWS}
    for part, stage in stages.items():
        source = base / stage / "weights.safetensors"
        if not source.exists():
            print(f"{part}: not trained, left out")
            continue
        section[part] = f"{part}.safetensors"
        weights, file = load_file(source), out / section[part]
        match part:
            case "mapper":
                section["mapperReads"] = ["parent", *(["turn"] if "t" in weights else [])]
                write_int8(mapper.folded(weights), file)
            case "pointer":
                write_int8(pointer.folded(weights, scale), file)
            case _:
                write_half(weights, file)
        made.append(section[part])
    if "mapper" in section:
        section["rowScale"] = scale
        section["trainedOn"] = TRAINED_ON[adapter]
        if adapter == PRODUCT:
            # of a single wish the tower understands more than the mapper does (training/README.md, figures of the last run)
            section["firstWish"] = "words"
    section["rowWords"] = ROW_WORDS
    seen = vision.write(base, out)
    if seen:
        section["vision"] = seen
        made.append(seen)
    # what training/dialogues.py and stages/image_side.py lay out
    section["layout"] = {"drawn": "imageTokens", "sent": "rows" if seen else "nothing"}
    return section, made
