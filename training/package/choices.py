"""Choices: draw or find, on the language model's state, and what a gallery is searched with, on the mapper's tokens."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from training.networks.choices import folded
from training.package.half import write_half

FILE = "choices.safetensors"
FIND_FLOOR = 0.72  # cosine: below it a picture is drawn instead of the poor match that would be found (`training.gates`, gallery)


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Writes the file; returns what it adds to the manifest's `gill`, and the file's name. Left out unless both of its stages are trained."""
    sources = {stage: base / stage / "weights.safetensors" for stage in ("choices", "finding")}
    missing = [stage for stage, path in sources.items() if not path.exists()]
    if missing:
        print(f"choices: {' and '.join(missing)} not trained, left out")
        return {}, []
    heads = load_file(sources["finding"])
    search = {f"retrieval.tokens.{part}": heads[f"text.{part}"] for part in ("weight", "bias")}
    own = folded(load_file(sources["choices"]))
    write_half({**own, **search}, out / FILE)
    return {"choices": FILE, "retrieval": {"floor": FIND_FLOOR}}, [FILE]
