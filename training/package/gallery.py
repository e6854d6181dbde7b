"""The gallery that comes with the package: pictures, what is said of them, and the vectors that they are found by."""

import json
import shutil
from pathlib import Path
from typing import Any

FOLDER = "gallery"
TOLD = ("file", "title", "creator", "licence", "source")


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Copies the folder of the stage; returns what it adds to the manifest's `gill`, and the files' names. Left out unless it is made."""
    source = base / FOLDER
    if not (source / "gallery.json").exists():
        print("gallery: not made, left out")
        return {}, []
    pictures = [{name: record[name] for name in TOLD} for record in json.loads((source / "gallery.json").read_text())]
    (out / FOLDER).mkdir(exist_ok=True)
    (out / FOLDER / "gallery.json").write_text(json.dumps(pictures, indent=1, ensure_ascii=False) + "\n")
    copied = ["embeddings.safetensors", *(picture["file"] for picture in pictures)]
    for name in copied:
        shutil.copyfile(source / name, out / FOLDER / name)
    return {"gallery": FOLDER}, [f"{FOLDER}/{name}" for name in ("gallery.json", *copied)]
