"""Stage 8: the gallery that comes with the package: renders, a quarter of them of combinations no stage trains on, and single pieces of art.

Writes pictures, titles with creator and licence, and one vector a picture.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from training.networks.trunk import features, frozen_trunk
from training.scenes.captions import canonical
from training.scenes.graph import Scene, draw_scene, is_held
from training.scenes.render import SIZE, render
from training.scenes.sprites import art
from training.stages import finding, sent

SEED = 600_000
RENDERS = 480
WITHHELD_SHARE = 0.25
MARGIN = 0.8  # of the picture's side that a single piece takes
PIECES = {
    "1f3b8": "A guitar", "1f3b7": "A saxophone", "1f3ba": "A trumpet", "1f3bb": "A violin", "1f3a1": "A Ferris wheel", "1f9ed": "A compass",
    "1f4da": "Books", "1f52d": "A telescope", "1f366": "Ice cream", "1f355": "A slice of pizza", "1f34d": "A pineapple", "1f353": "A strawberry",
    "1f451": "A crown", "1f6f4": "A scooter", "1f9ad": "A seal", "1f99a": "A peacock", "1f3a8": "A palette", "1f4a1": "A light bulb",
    "1f36d": "A lollipop", "1f40a": "A crocodile",
}
RENDER_CREDIT = {"creator": "gill-server; art: Microsoft", "licence": "MIT", "source": "rendered from Fluent Emoji 3D"}
ART_CREDIT = {"creator": "Microsoft", "licence": "MIT", "source": "Fluent Emoji 3D"}


def gallery_scenes(count: int) -> list[Scene]:
    """From seeds of their own; the last quarter shows what training withholds."""
    withheld = round(count * WITHHELD_SHARE)
    scenes = [draw_scene(SEED + i) for i in range(count - withheld)]
    seed = SEED + 100_000
    while len(scenes) < count:
        scene = draw_scene(seed, held=True)
        seed += 1
        scenes += [scene] if is_held(scene) else []
    return scenes


def piece(code_point: str) -> np.ndarray:
    """One piece of art on white, (192, 192, 3)."""
    image = Image.fromarray(art(code_point).astype(np.uint8), "RGBA")
    image.thumbnail((round(SIZE * MARGIN),) * 2, Image.Resampling.LANCZOS)
    out = Image.new("RGB", (SIZE, SIZE), (255, 255, 255))
    out.paste(image, ((SIZE - image.width) // 2, (SIZE - image.height) // 2), image)
    return np.asarray(out)


@torch.no_grad()
def searched(base: Path, floor: float, count: int = 160) -> dict[str, float]:
    """By wishes for pictures that the made gallery has, and for as many scenes that it has not: how often the right one is the most alike, and how
    often any is at least as alike as `floor`.
    """
    folder = base / "gallery"
    vectors = load_file(folder / "embeddings.safetensors")["embeddings"].float()
    scenes = [record["scene"] for record in json.loads((folder / "gallery.json").read_text()) if record["scene"]]
    own = torch.linspace(0, len(scenes) - 1, count).round().long()
    model, alike = finding.trained(base), []
    for wanted in ([scenes[i] for i in own.tolist()], [draw_scene(SEED + 200_000 + i) for i in range(count)]):
        tokens = finding.searched_by(base, finding.wishes(wanted))
        alike.append(model.wishes(tokens) @ vectors.T)
    there, others = alike
    return {"recall_1": (there.argmax(1) == own).float().mean().item(), "found": (there.max(1).values >= floor).float().mean().item(),
            "found_of_others": (others.max(1).values >= floor).float().mean().item()}


def run(base: Path, renders: int = RENDERS) -> dict[str, float]:
    """Into `base`/gallery; needs the weights of the image side and of `finding` in `base`."""
    side, model = sent.frozen_image_side(base), finding.trained(base)
    folder = base / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    scenes = gallery_scenes(renders)
    made = [(render(s), {"title": canonical(s), "withheld": is_held(s), "scene": s, **RENDER_CREDIT}) for s in scenes]
    made += [(piece(code), {"title": title, "withheld": True, "scene": None, **ART_CREDIT}) for code, title in PIECES.items()]
    records = []
    for i, (pixels, record) in enumerate(made):
        name = f"{i:03d}.webp"
        Image.fromarray(pixels).save(folder / name, quality=88, method=6)
        records.append({"file": name, **record})
    x = torch.from_numpy(np.stack([pixels for pixels, _ in made])).permute(0, 3, 1, 2).float() / 127.5 - 1  # (N, 3, 192, 192)
    with torch.no_grad():
        vectors = model.pictures(side.seen(features(frozen_trunk(), x)))
    save_file({"embeddings": vectors.half().contiguous()}, folder / "embeddings.safetensors")
    (folder / "gallery.json").write_text(json.dumps(records, indent=1) + "\n")
    print(f"gallery: {len(records)} pictures, {sum(p.stat().st_size for p in folder.glob('*.webp')) / 1e6:.1f} MB", flush=True)
    return {"pictures": len(records), "withheld": sum(bool(r["withheld"]) for r in records), "norm": vectors.norm(dim=1).min().item()}
