"""Rain and snow that can be seen: bold streaks and flakes on a jittered grid, in a few fixed variants."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from training.scenes.streams import Stream

WEATHERS = ("clear", "rain", "snow")
MASKS = 4
INK = {"rain": (198, 224, 255), "snow": (255, 255, 255)}
STRENGTH = {"rain": 0.72, "snow": 0.95}


@cache
def weather_mask(weather: str, variant: int, size: int) -> np.ndarray:
    """(size, size, 1) float32 in 0..1: how much of each pixel is rain or snow."""
    side = size * 4
    unit = side / 256
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    r = Stream(variant, f"weather/{weather}")
    cells = 6
    for row in range(cells):
        for column in range(cells):
            x = (column + r.between(0.1, 0.9)) * side / cells
            y = (row + r.between(0.1, 0.9)) * side / cells
            if weather == "rain":
                draw.line([(x + 4 * unit, y - 11 * unit), (x - 4 * unit, y + 11 * unit)], fill=255, width=round(3.4 * unit))
            else:
                radius = r.between(3.2, 5.2) * unit
                draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    mask = np.asarray(image.resize((size, size), Image.Resampling.BOX)).astype(np.float32)[..., None] / 255
    return mask * STRENGTH[weather]


def rained(picture: np.ndarray, weather: str, variant: int) -> np.ndarray:
    """The picture (H, H, 3) float32 with the weather drawn over it."""
    if weather == "clear":
        return picture
    mask = weather_mask(weather, variant, picture.shape[0])
    return picture * (1 - mask) + np.array(INK[weather], np.float32) * mask
