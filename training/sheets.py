"""Contact sheets: pictures in rows with their words beneath. What is shown is chosen by seed, never by hand."""

import textwrap
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont


def bytes_of(x: torch.Tensor) -> np.ndarray:
    """(N, 3, H, W) in -1..1 to (N, H, W, 3) uint8."""
    return ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def sheet(path: Path, pictures: np.ndarray, words: list[str], columns: int = 8, side: int = 160) -> None:
    """Writes a PNG, or a JPEG where the name says so; long words are wrapped to three lines."""
    font, line = ImageFont.load_default(11), 13
    height = side + (3 * line + 4 if any(words) else 4)
    rows = -(-len(pictures) // columns)
    out = Image.new("RGB", (columns * (side + 4), rows * height), (255, 255, 255))
    draw = ImageDraw.Draw(out)
    for n, picture in enumerate(pictures):
        x, y = n % columns * (side + 4), n // columns * height
        out.paste(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS), (x + 2, y + 2))
        for i, text in enumerate(textwrap.wrap(words[n] if words else "", side // 6)[:3]):
            draw.text((x + 3, y + side + 3 + i * line), text, fill=(20, 20, 20), font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    out.save(path, quality=82, optimize=True)
