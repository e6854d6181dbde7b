"""Saves and loads everything a stage needs to go on as if it had never stopped. Writes whole files or none."""

import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes beside the file and renames, so that a kill leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load(path: Path) -> dict[str, Any]:
    return torch.load(path, map_location="cpu", weights_only=True)


def export(path: Path, model: nn.Module) -> None:
    """The model's floating-point state as fp16 safetensors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: v.detach().half().contiguous() for k, v in model.state_dict().items() if v.is_floating_point()}
    part = path.with_suffix(".part")
    save_file(half, part)
    os.replace(part, path)


def restore(path: Path, model: nn.Module) -> None:
    """Weights of an exported file into a model, as fp32; raises when names or shapes differ."""
    own = model.state_dict()
    given = {k: v.float() for k, v in load_file(path).items()}
    missing = [k for k, v in own.items() if v.is_floating_point() and k not in given]
    if missing:
        raise ValueError(f"{path.name} lacks {missing[:4]}")
    model.load_state_dict({**own, **given})
