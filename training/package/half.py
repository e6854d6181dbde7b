"""Weights as they are served: half precision, and none that it does not have."""

from pathlib import Path

import torch
from safetensors.torch import save_file


def write_half(weights: dict[str, torch.Tensor], path: Path) -> None:
    served = {name: value.half().contiguous() for name, value in weights.items()}
    broken = [name for name, value in served.items() if not value.isfinite().all()]
    if broken:
        raise ValueError(f"{path.name}: {broken[:4]} hold numbers that half precision does not have")
    save_file(served, path)
    path.chmod(0o644)
