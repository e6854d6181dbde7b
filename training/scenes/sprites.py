"""Sprites: trimmed art, re-tinted with its shading kept, scaled to a picture's pixels. Premultiplied float32."""

from functools import cache

import numpy as np
from PIL import Image

from training.art import package_folder
from training.scenes.kinds import Kind

Pixels = np.ndarray
TINTS: dict[str, tuple[int, int, int]] = {
    "red": (226, 44, 52), "orange": (248, 138, 28), "yellow": (250, 212, 52), "green": (62, 172, 78),
    "blue": (52, 120, 236), "purple": (140, 74, 212), "pink": (252, 136, 188), "black": (48, 48, 56),
}
COLOURS = tuple(TINTS)
LUMA = np.array([0.3, 0.59, 0.11], np.float32)


@cache
def art(code_point: str) -> Pixels:
    """The art of one code point, trimmed to what is visible: (H, W, 4) float32, 0..255, straight alpha."""
    file = package_folder("@lobehub/fluent-emoji-3d") / "assets" / f"{code_point}.webp"
    image = Image.open(file).convert("RGBA")
    ys, xs = np.where(np.asarray(image)[..., 3] > 8)
    return np.asarray(image.crop((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))).astype(np.float32)


def hue_saturation_value(rgb: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Hue in degrees, saturation and value in 0..1, of (H, W, 3) in 0..1."""
    high, low = rgb.max(-1), rgb.min(-1)
    span = high - low
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    safe = np.where(span == 0, 1, span)
    hue = np.where(high == r, ((g - b) / safe + 6) % 6, np.where(high == g, (b - r) / safe + 2, (r - g) / safe + 4))
    return np.where(span == 0, 0, hue) * 60, np.where(high > 0, span / np.maximum(high, 1e-6), 0), high


def tint_mask(pixels: Pixels, rule: str | int) -> Pixels:
    """How much each pixel takes the new colour, 0..1: the grey parts, or those within 48 degrees of one hue."""
    alpha = pixels[..., 3]
    hue, saturation, value = hue_saturation_value(pixels[..., :3] / 255)
    if rule == "grey":
        mask = ((saturation < 0.3) & (value > 0.25)).astype(np.float32)
    else:
        if isinstance(rule, int):
            centre = float(rule)
        else:
            solid = (alpha >= 128) & (value >= 0.25) & (saturation >= 0.18)
            counts = np.bincount(np.floor(hue / 10).astype(int)[solid] % 36, minlength=36)
            centre = float((counts + np.roll(counts, 1) + np.roll(counts, -1)).argmax() * 10 + 5)
        distance = np.abs(((hue - centre + 540) % 360) - 180)
        mask = np.where((saturation > 0.14) & (value > 0.2), np.clip((48 - distance) / 14, 0, 1), 0)
    return (mask * (alpha > 0)).astype(np.float32)


@cache
def tinted(kind: Kind, colour: str | None) -> Pixels:
    """The kind's art in a colour: luminance relative to the masked mean is kept, so shading survives. (H, W, 4)"""
    pixels = art(kind.art)
    if colour is None or colour == kind.own:
        return pixels
    if kind.tint is None:
        raise ValueError(f"{kind.name} keeps its own colours")
    mask = tint_mask(pixels, kind.tint)
    luma = pixels[..., :3] @ LUMA
    chosen = mask > 0.5
    relative = (luma / (luma[chosen].mean() if chosen.any() else 128.0))[..., None]
    target = np.array(TINTS[colour], np.float32)
    shade = target * np.power(np.maximum(relative, 1e-3), 0.9)
    light = target + (255 - target) * np.minimum(1, (relative - 1) * 0.9)
    out = pixels.copy()
    out[..., :3] = np.clip(pixels[..., :3] * (1 - mask[..., None]) + np.where(relative <= 1, shade, light) * mask[..., None], 0, 255)
    return out


def scaled(pixels: Pixels, height: float, max_width: float) -> Pixels:
    """Scaled to at most `height` x `max_width` pixels; premultiplied (H, W, 4), alpha 0..255."""
    h, w = pixels.shape[:2]
    scale = min(height / h, max_width / w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    alpha = pixels[..., 3:] / 255
    layers = np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], -1)
    resized = [np.asarray(Image.fromarray(layers[..., c]).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)) for c in range(4)]
    out = np.clip(np.stack(resized, -1), 0, 255)
    out[..., :3] = np.minimum(out[..., :3], out[..., 3:])
    return out.astype(np.float32)
