"""Weights as they are served: half precision, or matrices in int8 with a half-precision scale for each row; none that these cannot hold."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

SCALE = ".scale"


def write_half(weights: dict[str, torch.Tensor], path: Path) -> None:
    write(path, {name: value.half().contiguous() for name, value in weights.items()})


def write_int8(weights: dict[str, torch.Tensor], path: Path) -> None:
    """The `weight` (out, in) of every linear layer as round(w / scale), scale = max |row| / 127; the rest in half precision."""
    served: dict[str, torch.Tensor] = {}
    for name, value in weights.items():
        if value.ndim == 2 and name.endswith(".weight"):
            scale = (value.float().abs().amax(1) / 127).clamp(min=1e-7).half()  # (out,)
            served |= {name: (value.float() / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8), name + SCALE: scale}
        else:
            served[name] = value.half().contiguous()
    write(path, served)


def read(path: Path) -> dict[str, torch.Tensor]:
    """What the file's numbers stand for, in fp32."""
    stored = load_file(path)
    scaled = lambda name, value: value.float() * stored[name + SCALE].float()[:, None] if name + SCALE in stored else value.float()
    return {name: scaled(name, value) for name, value in stored.items() if not name.endswith(SCALE)}


def write(path: Path, served: dict[str, torch.Tensor]) -> None:
    broken = [name for name, value in served.items() if value.is_floating_point() and not value.isfinite().all()]
    if broken:
        raise ValueError(f"{path.name}: {broken[:4]} hold numbers that half precision does not have")
    save_file(served, path)
    path.chmod(0o644)
