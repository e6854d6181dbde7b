"""The gallery that comes with the package: pictures, what is said of them, and the vectors that they are found by."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

from training.networks.trunk import features, frozen_trunk
from training.stages import finding, sent

ALIKE = 0.9  # the kept picture is compressed
FOLDER = "gallery"
TOLD = ("file", "title", "creator", "licence", "source")


def first_alike(base: Path) -> float:
    """Cosine of the first picture's kept vector and what the trained networks make of the picture: vectors of another training find nothing."""
    folder = base / FOLDER
    picture = np.asarray(Image.open(folder / "000.webp").convert("RGB"))
    pixels = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1  # (1, 3, 192, 192)
    with torch.no_grad():
        made = finding.trained(base).pictures(sent.frozen_image_side(base).seen(features(frozen_trunk(), pixels)))
    kept = load_file(folder / "embeddings.safetensors")["embeddings"][:1].float()
    return F.cosine_similarity(made, kept).item()


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Copies the folder of the stage; returns what it adds to the manifest's `gill`, and the files' names. Left out unless it is made."""
    source = base / FOLDER
    if not (source / "gallery.json").exists() or not (base / "finding" / "weights.safetensors").exists():
        print("gallery: not made, or nothing is trained that would find in it; left out")
        return {}, []
    if (alike := first_alike(base)) < ALIKE:
        raise ValueError(f"the vector of {source}'s first picture is not what finds it now (cosine {alike:.2f}): run the stage `gallery` again")
    pictures = [{name: record[name] for name in TOLD} for record in json.loads((source / "gallery.json").read_text())]
    (out / FOLDER).mkdir(exist_ok=True)
    (out / FOLDER / "gallery.json").write_text(json.dumps(pictures, indent=1, ensure_ascii=False) + "\n")
    copied = ["embeddings.safetensors", *(picture["file"] for picture in pictures)]
    for name in copied:
        shutil.copyfile(source / name, out / FOLDER / name)
    return {"gallery": FOLDER}, [f"{FOLDER}/{name}" for name in ("gallery.json", *copied)]
