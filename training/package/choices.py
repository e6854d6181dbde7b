"""Choices on the language model's states: draw or find, and what a gallery is searched with."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from training.learn.whitening import folded as folded_layer
from training.networks.choices import folded
from training.package.half import write_half

FILE = "choices.safetensors"
FIND_FLOOR = 0.5  # cosine: below it a picture is drawn instead of the poor match that would be found


def write(base: Path, out: Path) -> tuple[dict[str, Any], list[str]]:
    """Writes the file; returns what it adds to the manifest's `gill`, and the file's name. Left out unless both of its stages are trained."""
    sources = {stage: base / stage / "weights.safetensors" for stage in ("choices", "image_side")}
    missing = [stage for stage, path in sources.items() if not path.exists()]
    if missing:
        print(f"choices: {' and '.join(missing)} not trained, left out")
        return {}, []
    side = load_file(sources["image_side"])
    weight, bias = folded_layer(side["text.weight"], side["text.bias"], side["mean"], side["whiten"])
    text = {"retrieval.text.weight": weight, "retrieval.text.bias": bias}
    own = folded(load_file(sources["choices"]))
    write_half({**own, **text}, out / FILE)
    return {"choices": FILE, "retrieval": {"floor": FIND_FLOOR}}, [FILE]
