"""Records what the Python networks make of three pictures, for vision.test.ts to compare with.

    python test/golden/record-vision.py models/storybook test/golden/fixtures    (PyTorch; some seconds)

Writes vision.json: three scenes as PNG, and names and shapes of the served weights; and vision.safetensors, all in float32: `formula.rows`
(3, 4, 576) and `formula.embedding` (3, 128) of weights that the test makes by the same formula; where the package has an image encoder,
`package.*` of its half-precision weights and `trained.*` of the weights they were made from (training/work), before folding and rounding.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training.learn import checkpoint  # noqa: E402
from training.networks.finding import Finding  # noqa: E402
from training.networks.image_side import ImageSide  # noqa: E402
from training.networks.trunk import Trunk, frozen_trunk  # noqa: E402
from training.package.vision import FOUND, STAGE, served, unfolded  # noqa: E402
from training.paths import WORK  # noqa: E402
from training.scenes.graph import draw_scene  # noqa: E402
from training.scenes.render import render  # noqa: E402

SEEDS = (4_000_001, 4_000_002, 4_000_003)
WIDTH = 576
SCALE = 0.125


def uniform(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers in -1..1: element i is a hash of (seed, i), the finalizer of MurmurHash3 (test/harness/formula.ts)."""
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) + np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    x = x ^ (x >> np.uint32(16))
    return (x.astype(np.float64) / 2**31 - 1).astype(np.float32).reshape(shape)


def formula(shapes: list[tuple[str, list[int]]]) -> dict[str, torch.Tensor]:
    weights = {}
    for seed, (name, shape) in enumerate(shapes):
        x = uniform(seed + 1, tuple(shape))
        flat = 1 + x / np.float32(4) if name.endswith("weight") else x / np.float32(10)
        x = flat if len(shape) == 1 else x * np.float32(np.sqrt(6 / np.prod(shape[1:])))
        weights[name] = torch.full(shape, SCALE) if name == "scale" else torch.from_numpy(x).half().float()
    return weights


@torch.no_grad()
def made(trunk: Trunk, side: ImageSide, finding: Finding, pixels: torch.Tensor, name: str) -> dict[str, torch.Tensor]:
    found = side.eval().seen(trunk.eval()(pixels))  # (3, 5, 192)
    return {f"{name}.rows": side.rows(found).contiguous(), f"{name}.embedding": finding.pictures(found).contiguous()}


def of_served(weights: dict[str, torch.Tensor], pixels: torch.Tensor, name: str) -> dict[str, torch.Tensor]:
    trunk, side, finding = Trunk(), ImageSide(WIDTH, 1.0), Finding()
    unfolded(weights, trunk, side, finding)
    return made(trunk, side, finding, pixels, name)


def main(package: Path, out: Path) -> None:
    scenes = [render(draw_scene(seed)) for seed in SEEDS]  # (192, 192, 3) each
    pixels = torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2).float() / 127.5 - 1  # (3, 3, 192, 192)
    shapes = sorted((k, list(v.shape)) for k, v in served(Trunk(), ImageSide(WIDTH, 1.0).state_dict(), Finding().state_dict()).items())
    tensors = of_served(formula(shapes), pixels, "formula")
    record: dict[str, object] = {"shapes": shapes, "scale": SCALE, "pictures": [png(scene) for scene in scenes]}

    name = json.loads((package / "model.json").read_text())["gill"].get("vision")
    if name is None:
        print(f"{package} has no image encoder: the formula's alone is recorded")
    else:
        weights = {k: v.float() for k, v in load_file(package / name).items()}
        record["vision"] = hashlib.sha256((package / name).read_bytes()).hexdigest()
        tensors |= of_served(weights, pixels, "package")
        trained, found = ImageSide(WIDTH, 1.0), Finding()
        checkpoint.restore(WORK / STAGE / "weights.safetensors", trained)
        checkpoint.restore(WORK / FOUND / "weights.safetensors", found)
        tensors |= made(frozen_trunk(), trained, found, pixels, "trained")
        for what in ("rows", "embedding"):
            exact = tensors[f"trained.{what}"]
            print(f"{what}: folding and half precision cost {((tensors[f'package.{what}'] - exact).norm() / exact.norm()).item():.1e}")
    save_file(tensors, out / "vision.safetensors")
    (out / "vision.json").write_text(json.dumps(record) + "\n")
    for file in ("vision.safetensors", "vision.json"):
        (out / file).chmod(0o644)


def png(scene: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(scene).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
