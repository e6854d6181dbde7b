"""Backdrops: eight places at three times, clear or overcast, in a few fixed variants. Draws no objects and no weather."""

import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from training.scenes.streams import Stream

PLACES = ("meadow", "beach", "snow", "city", "forest", "desert", "mountains", "farm")
TIMES = ("day", "sunset", "night")
VARIANTS = 16
Colour = tuple[int, int, int]

SKY: dict[tuple[str, str], tuple[str, str]] = {
    ("day", "clear"): ("#6fbdf7", "#dff3ff"), ("sunset", "clear"): ("#5b4b9a", "#ff9a6b"), ("night", "clear"): ("#0d1838", "#2e4372"),
    ("day", "rain"): ("#66748a", "#a3afbd"), ("sunset", "rain"): ("#4d4468", "#a9776f"), ("night", "rain"): ("#131a2c", "#323c55"),
    ("day", "snow"): ("#aebccb", "#e6edf4"), ("sunset", "snow"): ("#877da6", "#eab8a4"), ("night", "snow"): ("#26304c", "#5a6887"),
}
GROUND: dict[str, tuple[str, str]] = {
    "meadow": ("#8fd16a", "#5fae4a"), "beach": ("#f6e0ac", "#e8c583"), "snow": ("#f7fbff", "#d5e4f2"), "city": ("#9aa0ab", "#6f7681"),
    "forest": ("#5c9c4f", "#396b35"), "desert": ("#f0b566", "#d18b45"), "mountains": ("#a7b68a", "#7d8f6c"), "farm": ("#c39a63", "#96683d"),
}


def rgb(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    return int(a[0] + (b[0] - a[0]) * t), int(a[1] + (b[1] - a[1]) * t), int(a[2] + (b[2] - a[2]) * t)


def gradient(draw: ImageDraw.ImageDraw, width: int, top: float, bottom: float, a: Colour, b: Colour) -> None:
    for y in range(int(top), int(bottom)):
        draw.line([(0, y), (width, y)], fill=mix(a, b, (y - top) / max(1.0, bottom - top)))


def hills(draw: ImageDraw.ImageDraw, r: Stream, unit: float, horizon: float, side: int, colour: Colour) -> None:
    swell, phase = r.between(14, 34), r.between(0, 6.28)
    curve = [(x * unit, horizon - (8 + swell * 0.5 * (1 + math.sin(x / 256 * 5.2 + phase))) * unit) for x in range(0, 257, 4)]
    draw.polygon([(0, side), *curve, (side, side)], fill=colour)


def forest(draw: ImageDraw.ImageDraw, r: Stream, unit: float, horizon: float) -> None:
    for i in range(11):
        x, h = (i * 25 - 10 + r.between(-4, 4)) * unit, r.between(44, 70) * unit
        draw.polygon([(x, horizon + 4), (x + 15 * unit, horizon - h), (x + 30 * unit, horizon + 4)], fill=rgb(("#3f7f49", "#377343")[i % 2]))


def skyline(draw: ImageDraw.ImageDraw, r: Stream, unit: float, horizon: float, time: str) -> None:
    window = rgb("#ffe38a" if time == "night" else "#e9f2fb")
    for i in range(8):
        x, h = (i * 34 - 6) * unit, r.between(44, 92) * unit
        draw.rectangle([x, horizon - h, x + 28 * unit, horizon], fill=rgb(("#b9c3d1", "#a7b3c6", "#c9b8ae", "#b3bfc0")[i % 4]))
        y = horizon - h + 7 * unit
        while y < horizon - 10 * unit:
            for column in range(2):
                left = x + (5 + column * 11) * unit
                draw.rectangle([left, y, left + 6 * unit, y + 6 * unit], fill=window)
            y += 14 * unit


def peaks(draw: ImageDraw.ImageDraw, r: Stream, unit: float, horizon: float) -> None:
    for i in range(4):
        x, h = (i * 72 - 34 + r.between(-10, 10)) * unit, r.between(64, 104) * unit
        half = r.between(52, 66) * unit
        draw.polygon([(x, horizon + 2), (x + half, horizon - h), (x + 2 * half, horizon + 2)], fill=rgb(("#7f8aa3", "#929db4")[i % 2]))
        cap = 0.3
        draw.polygon([(x + half * (1 - cap), horizon - h * (1 - cap)), (x + half, horizon - h), (x + half * (1 + cap), horizon - h * (1 - cap)),
                      (x + half * (1 + cap * 0.3), horizon - h * (1 - cap * 1.5)), (x + half * (1 - cap * 0.3), horizon - h * (1 - cap))],
                     fill=(246, 250, 255))


def farmyard(draw: ImageDraw.ImageDraw, r: Stream, unit: float, horizon: float, side: int) -> None:
    x = r.between(150, 196) * unit
    draw.rectangle([x, horizon - 34 * unit, x + 44 * unit, horizon], fill=rgb("#b5443c"))
    eaves = horizon - 34 * unit
    draw.polygon([(x - 4 * unit, eaves), (x + 22 * unit, horizon - 56 * unit), (x + 48 * unit, eaves)], fill=rgb("#7d4a3c"))
    draw.rectangle([x + 14 * unit, horizon - 20 * unit, x + 30 * unit, horizon], fill=rgb("#f0e2cc"))
    for rail in (16, 8):
        draw.rectangle([0, horizon - rail * unit, x - 8 * unit, horizon - (rail - 3.5) * unit], fill=rgb("#f3ead8"))
    for post in range(0, int((x - 8 * unit) / unit), 22):
        draw.rectangle([post * unit, horizon - 22 * unit, (post + 5) * unit, horizon], fill=rgb("#f3ead8"))


def furrows(draw: ImageDraw.ImageDraw, unit: float, horizon: float, side: int) -> None:
    y, step = horizon + 8 * unit, 9.0
    while y < side:
        draw.rectangle([0, y, side, y + step * 0.35 * unit], fill=rgb("#84592f"))
        y, step = y + step * unit, step * 1.25


@cache
def backdrop(place: str, time: str, weather: str, variant: int, size: int) -> np.ndarray:
    """(size, size, 3) uint8. The variant's shapes are the same at every time and weather."""
    side = size * 2
    unit = side / 256
    image = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(image)
    top, low = (rgb(c) for c in SKY[time, weather])
    near, far = (rgb(c) for c in GROUND[place])
    shape = Stream(variant, f"backdrop/{place}")
    horizon = float(round((156 + shape.between(-4, 4)) * unit))
    gradient(draw, side, 0, horizon + 1, top, low)
    if time == "night" and weather == "clear":
        stars = Stream(variant, "stars")
        for _ in range(16):
            x, y, radius = stars.between(0, side), stars.between(0, horizon * 0.8), stars.between(1, 1.9) * unit
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=mix(top, (255, 255, 255), stars.between(0.5, 0.95)))
    above = image.copy()
    if place in ("meadow", "snow", "desert"):
        hills(draw, shape, unit, horizon, side, mix(near, mix(top, low, 0.8), 0.28))
    if place == "farm":
        hills(draw, shape, unit, horizon, side, rgb("#8fb85e"))
        farmyard(draw, shape, unit, horizon, side)
    if place == "forest":
        forest(draw, shape, unit, horizon)
    if place == "city":
        skyline(draw, shape, unit, horizon, time)
    if place == "mountains":
        peaks(draw, shape, unit, horizon)
    gradient(draw, side, horizon, side, near, far)
    if place == "beach":
        gradient(draw, side, horizon - 3 * unit, horizon + 20 * unit, rgb("#4ab1e0"), rgb("#2f86c8"))
        draw.rectangle([0, horizon + 20 * unit, side, horizon + 23 * unit], fill=(250, 250, 250))
    if place == "city":
        draw.rectangle([0, horizon + 40 * unit, side, horizon + 84 * unit], fill=rgb("#535963"))
        for i in range(5):
            draw.rectangle([(i * 58 + 8) * unit, horizon + 60 * unit, (i * 58 + 38) * unit, horizon + 65 * unit], fill=rgb("#f4e7a1"))
    if place == "farm":
        furrows(draw, unit, horizon, side)
    if place == "meadow":
        for _ in range(10):
            x, y = shape.between(0, side), shape.between(horizon + 14 * unit, side)
            draw.polygon([(x - 3 * unit, y), (x, y - 7 * unit), (x + 3 * unit, y)], fill=rgb("#4f9b44"))
    land = np.abs(np.asarray(image).astype(np.int16) - np.asarray(above)).max(-1, keepdims=True) > 0
    land[int(horizon):] = True
    return lit(np.asarray(image.resize((size, size), Image.Resampling.BOX)), land[::2, ::2], time, weather)


def lit(picture: np.ndarray, land: np.ndarray, time: str, weather: str) -> np.ndarray:
    """The light of the hour on the land, and snow or wet gloom where the sky is overcast."""
    out: np.ndarray = picture.astype(np.float32)
    if weather == "snow":
        out = np.where(land, out * 0.62 + np.array([240, 246, 255]) * 0.38, out)
    if weather == "rain":
        out = np.where(land, out * 0.78 + np.array([52, 66, 88]) * 0.12, out)
    if time == "night":
        bright = picture.max(-1, keepdims=True) > 250
        out = np.where(land & ~bright, out * 0.6 + np.array([11, 21, 64]) * 0.4, out)
    if time == "sunset":
        out = out * 0.9 + np.array([255, 122, 60]) * 0.1
    return out.clip(0, 255).astype(np.uint8)
