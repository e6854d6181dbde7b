"""Choices on the language model's states: which earlier picture is meant, draw or find, and what a gallery is searched with."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from training.networks.choices import folded
from training.package.half import write_half

FILE = "choices.safetensors"


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Writes the file; returns what it adds to the manifest's `gill`, and the file's name. Left out unless both of its stages are trained."""
    sources = {stage: base / stage / "weights.safetensors" for stage in ("choices", "image_side")}
    missing = [stage for stage, path in sources.items() if not path.exists()]
    if missing:
        print(f"choices: {' and '.join(missing)} not trained, left out")
        return {}, []
    text = {f"retrieval.{name}": value for name, value in load_file(sources["image_side"]).items() if name.startswith("text.")}
    write_half({**folded(load_file(sources["choices"])), **text}, out / FILE)
    return {"choices": FILE}, [FILE]
