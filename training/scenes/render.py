"""Scene graph to picture: backdrop, lights, things in slots, weather.

Sizes come in four classes and places snap to eighths of sixty-four pixels: the less a sprite's pixels vary against the
latent's cells (16 pixels here), the sharper a small decoder can be. Even places also make half size exact.
"""

from functools import cache, lru_cache

import numpy as np

from training.scenes.backdrops import VARIANTS, backdrop
from training.scenes.graph import Scene, Thing
from training.scenes.kinds import KIND, Kind
from training.scenes.sprites import art, scaled, tinted
from training.scenes.streams import Stream
from training.scenes.weather import MASKS, rained

SIZE = 192
COLUMN = {"left": 0.25, "middle": 0.5, "right": 0.75}
COLUMN_OF_THREE = {"left": 0.18, "middle": 0.5, "right": 0.82}
FOOT = 0.875
GRID = 8
# height in the kind's own heights, and the most width in picture sides
BIG, NORMAL, SMALL, TINY = (1.3, 0.62), (1.0, 0.44), (0.8, 0.31), (0.64, 0.25)
CANOPY = (0.64, 0.66)


@lru_cache(maxsize=6000)
def sprite(kind: Kind, colour: str | None, height: float, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Premultiplied colour (h, w, 3) and what shows through (h, w, 1)."""
    pixels = scaled(tinted(kind, colour), height * SIZE, width * SIZE)
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(1 - pixels[..., 3:] / 255)


@cache
def light(code_point: str, height: float) -> tuple[np.ndarray, np.ndarray]:
    pixels = scaled(art(code_point), height * SIZE, SIZE)
    return pixels[..., :3], 1 - pixels[..., 3:] / 255


def snap(x: float, grid: int = GRID) -> int:
    return grid * round(x / grid)


def sized(kind: Kind, colour: str | None, size: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return sprite(kind, colour, kind.height * size[0], size[1])


def put(picture: np.ndarray, mask: np.ndarray | None, image: tuple[np.ndarray, np.ndarray], x: int, y: int) -> None:
    """Draws over the picture with the upper left corner at (x, y); the mask remembers where."""
    colour, through = image
    h, w = through.shape[:2]
    x0, y0, x1, y1 = max(0, x), max(0, y), min(SIZE, x + w), min(SIZE, y + h)
    if x1 <= x0 or y1 <= y0:
        return
    part, hole = picture[y0:y1, x0:x1], through[y0 - y:y1 - y, x0 - x:x1 - x]
    part *= hole
    part += colour[y0 - y:y1 - y, x0 - x:x1 - x]
    if mask is not None:
        mask[y0:y1, x0:x1] = np.maximum(mask[y0:y1, x0:x1], 1 - hole[..., 0])


def shadow(picture: np.ndarray, centre: float, foot: float, width: int) -> None:
    ry, rx = max(3.0, width * 0.1), width * 0.47
    y0, y1 = int(max(0, foot - ry - 1)), int(min(SIZE, foot + ry + 2))
    x0, x1 = int(max(0, centre - rx)), int(min(SIZE, centre + rx + 1))
    yy = (np.arange(y0, y1)[:, None] - foot + 0.5) / ry
    xx = (np.arange(x0, x1)[None] - centre + 0.5) / rx
    picture[y0:y1, x0:x1] *= 1 - 0.34 * np.clip(1 - np.sqrt(yy * yy + xx * xx), 0, 1)[..., None]


def stand(picture: np.ndarray, mask: np.ndarray | None, image: tuple[np.ndarray, np.ndarray], x: float, foot: int, shade: bool = True) -> int:
    """Stands a sprite on a pixel row, centred near x (picture sides); returns the pixel row of its top."""
    h, w = image[1].shape[:2]
    left = snap(x * SIZE - w / 2)
    if shade:
        shadow(picture, left + w / 2, foot - 1.5, w)
    put(picture, mask, image, left, foot - h)
    return foot - h


def group(picture: np.ndarray, mask: np.ndarray | None, t: Thing, alone: bool, three: bool, r: Stream) -> None:
    """One to three of a kind in the left, middle or right slot."""
    kind, count = KIND[t["kind"]], t["count"]
    x = COLUMN_OF_THREE[t["slot"]] + r.between(-0.02, 0.02) if three else COLUMN[t["slot"]] + r.between(-0.045, 0.045)
    foot, big = snap(FOOT * SIZE), alone and t["slot"] == "middle"
    if count == 1:
        stand(picture, mask, sized(kind, t["colour"], BIG if big else SMALL if three else NORMAL), x, foot)
        return
    image = sized(kind, t["colour"], SMALL if big else TINY)
    spread = (0.29 if big else 0.15) * (1.15 if count == 2 else 0.95)
    x = min(max(x, spread + 0.02), 0.98 - spread) if not big and count == 3 else x
    for dx, lower in ((-0.5, 0), (0.5, 0)) if count == 2 else ((-1.0, 0), (1.0, 0), (0.0, 1)):
        stand(picture, mask, image, x + dx * spread, foot + GRID * lower)


def stacked(picture: np.ndarray, mask: np.ndarray | None, base: Thing, upper: Thing, r: Stream) -> None:
    """Something on a carrier, or under a canopy, in the middle."""
    lower, rider = KIND[base["kind"]], KIND[upper["kind"]]
    x, foot = 0.5 + r.between(-0.045, 0.045), snap(FOOT * SIZE)
    small = sized(rider, upper["colour"], SMALL)
    if upper["slot"] == "on":
        image = sized(lower, base["colour"], NORMAL)
        top = stand(picture, mask, image, x, foot)
        stand(picture, mask, small, x, snap(top + (lower.perch or 0) * image[1].shape[0] + 5, 4), shade=False)
    else:
        stand(picture, mask, sprite(lower, base["colour"], *CANOPY), x, foot)
        stand(picture, mask, small, x + 0.02, foot + GRID)


def skyward(picture: np.ndarray, mask: np.ndarray | None, t: Thing, r: Stream) -> None:
    kind, count = KIND[t["kind"]], t["count"]
    x, y = 0.77 + r.between(-0.04, 0.04), 0.065
    image = sprite(kind, t["colour"], kind.height if count == 1 else kind.height * 0.72, 0.36 if count == 1 else 0.22)
    places = {1: ((0.0, 0.0),), 2: ((-0.13, 0.02), (0.11, 0.0)), 3: ((-0.26, 0.03), (-0.06, 0.0), (0.13, 0.03))}[count]
    for dx, dy in places:
        put(picture, mask, image, snap((x + dx) * SIZE - image[1].shape[1] / 2), snap((y + dy) * SIZE))


def lights(picture: np.ndarray, scene: Scene, busy: bool) -> None:
    """Sun or moon on the left when the sky slot is taken, else on either side; clouds when it is overcast."""
    r = Stream(scene["seed"], "lights")
    side, drift, cloudy = r.chance(0.5), r.between(-0.03, 0.03), r.chance(0.4)
    if scene["weather"] != "clear":
        for x in (0.2, 0.5) if busy else (0.26, 0.7):
            image = light("2601-fe0f", 0.2)
            put(picture, None, image, snap((x + drift) * SIZE - image[1].shape[1] / 2), snap(0.04 * SIZE))
        return
    x = 0.18 if busy or side else 0.82
    if scene["time"] != "sunset":
        image = light("2600-fe0f", 0.22) if scene["time"] == "day" else light("1f319", 0.19)
        put(picture, None, image, snap((x + drift) * SIZE - image[1].shape[1] / 2), snap(0.06 * SIZE))
    if cloudy and scene["time"] != "night":
        image = light("2601-fe0f", 0.17)
        at = 0.44 if busy else 1 - x
        put(picture, None, image, snap((at - drift) * SIZE - image[1].shape[1] / 2), snap(0.12 * SIZE))


def render(scene: Scene, mask: np.ndarray | None = None) -> np.ndarray:
    """(192, 192, 3) uint8. `mask` (192, 192) float32, zeros, receives where things stand."""
    variant = Stream(scene["seed"], "backdrop").below(VARIANTS)
    picture = backdrop(scene["place"], scene["time"], scene["weather"], variant, SIZE).astype(np.float32)
    by_slot = {t["slot"]: t for t in scene["things"]}
    lights(picture, scene, "sky" in by_slot)
    if "sky" in by_slot:
        skyward(picture, mask, by_slot["sky"], Stream(scene["seed"], "sky"))
    upper = by_slot.get("on") or by_slot.get("under")
    if upper is not None:
        stacked(picture, mask, by_slot["middle"], upper, Stream(scene["seed"], "middle"))
    else:
        ground = [by_slot[s] for s in ("left", "middle", "right") if s in by_slot]
        for t in ground:
            group(picture, mask, t, len(ground) == 1, len(ground) == 3, Stream(scene["seed"], t["slot"]))
    picture = rained(picture, scene["weather"], Stream(scene["seed"], "weather").below(MASKS))
    return picture.clip(0, 255).astype(np.uint8)


def halved(pictures: np.ndarray) -> np.ndarray:
    """(..., 192, 192, 3) to (..., 96, 96, 3): the mean of each two by two pixels."""
    h, w = pictures.shape[-3:-1]
    grouped = pictures.reshape(*pictures.shape[:-3], h // 2, 2, w // 2, 2, 3).astype(np.float32)
    return (grouped.mean((-4, -2)) + 0.5).astype(np.uint8)
