"""The scene graph: what is where, in words a picture and a caption can both be made from. Knows neither pixels nor grammar."""

from typing import NotRequired, TypedDict

from training.scenes.backdrops import PLACES, TIMES
from training.scenes.kinds import KIND, KINDS, Kind
from training.scenes.sprites import COLOURS
from training.scenes.streams import Stream
from training.scenes.weather import WEATHERS

SLOTS = ("left", "middle", "right", "sky", "on", "under")
COUNTED = SLOTS[:4]
GROUND_KINDS = tuple(k for k in KINDS if k.role == "ground")
SKY_KINDS = tuple(k for k in KINDS if k.role == "sky")
RIDERS = tuple(k for k in KINDS if k.rider)
CARRIERS = tuple(k for k in KINDS if k.perch is not None)
CANOPIES = tuple(k for k in KINDS if k.canopy)


class Thing(TypedDict):
    """`colour` is None for the art's own colours; `on` stands on the thing in the middle, `under` below it."""

    slot: str
    kind: str
    colour: str | None
    count: int


class Scene(TypedDict):
    place: str
    time: str
    weather: str
    things: list[Thing]
    seed: int
    name: NotRequired[str]


def hashed(*words: str) -> int:
    return Stream(0, "/".join(words)).bits() % 100


def held_colour(kind: str, colour: str | None) -> bool:
    """Kind and colour pairs never drawn in training (about one in fourteen)."""
    return colour is not None and hashed("pair", kind, colour) < 7


def held_relation(upper: str, lower: str) -> bool:
    """Pairs of kinds never seen on or under one another in training (about one in ten)."""
    return hashed("relation", upper, lower) < 10


def colours_of(kind: Kind) -> tuple[str | None, ...]:
    return (None,) if kind.tint is None else (None, *(c for c in COLOURS if c != kind.own))


def draw_colour(r: Stream, kind: Kind, held: bool) -> str | None:
    """The art's own colours one time in six; otherwise a tint, never a held-out one unless asked for."""
    choices = colours_of(kind)
    while True:
        colour = None if len(choices) == 1 or r.chance(0.16) else r.pick(choices[1:])
        if held or not held_colour(kind.name, colour):
            return colour


def thing(slot: str, kind: Kind, colour: str | None, count: int = 1) -> Thing:
    return {"slot": slot, "kind": kind.name, "colour": colour, "count": count}


def draw_things(r: Stream, held: bool, objects: int | None = None) -> list[Thing]:
    """One to three things; `objects` fixes how many are asked for."""
    wanted = objects or r.weighted((1, 2, 3), (0.34, 0.46, 0.2))
    make = lambda slot, pool, count=1: (lambda k: thing(slot, k, draw_colour(r, k, held), count))(r.pick(pool))
    some = lambda p: r.pick((2, 3)) if r.chance(p) else 1
    if wanted == 1:
        if r.chance(0.1):
            return [make("sky", SKY_KINDS, some(0.3))]
        slot = r.weighted(("left", "middle", "right"), (0.16, 0.68, 0.16))
        return [make(slot, GROUND_KINDS, some(0.25))]
    with_sky = r.chance(0.3)
    ground = wanted - int(with_sky)
    sky = [make("sky", SKY_KINDS, some(0.2))] if with_sky else []
    if ground == 1:
        return [make("middle", GROUND_KINDS, some(0.2)), *sky]
    if ground == 2:
        shape = r.weighted(("beside", "on", "under"), (0.6, 0.25, 0.15))
        if shape != "beside":
            while True:
                base = make("middle", CARRIERS if shape == "on" else CANOPIES)
                upper = make(shape, RIDERS)
                if upper["kind"] != base["kind"] and (held or not held_relation(upper["kind"], base["kind"])):
                    return [base, upper, *sky]
        many = some(0.12)
        swap = r.chance(0.5)
        return [make("left", GROUND_KINDS, 1 if swap else many), make("right", GROUND_KINDS, many if swap else 1), *sky]
    return [make("left", GROUND_KINDS), make("middle", GROUND_KINDS), make("right", GROUND_KINDS)]


def draw_scene(seed: int, held: bool = False, objects: int | None = None) -> Scene:
    """A scene from a seed alone. `held` also allows combinations kept from training."""
    r = Stream(seed, "scene")
    place = r.pick(PLACES)
    weather = r.weighted(WEATHERS, (0.6, 0.2, 0.2))
    if place == "desert" and weather == "snow":
        weather = "clear"
    time = r.weighted(TIMES, (0.5, 0.2, 0.3))
    return {"place": place, "time": time, "weather": weather, "things": draw_things(r, held, objects), "seed": r.below(1 << 30)}


def is_held(scene: Scene) -> bool:
    """Whether a scene shows anything that training keeps out."""
    base = next((t["kind"] for t in scene["things"] if t["slot"] == "middle"), "")
    return any(held_colour(t["kind"], t["colour"]) or (t["slot"] in ("on", "under") and held_relation(t["kind"], base)) for t in scene["things"])


def labels(scene: Scene) -> list[int]:
    """Class indices of every field, in the order of HEADS: place, time, weather, then kind, colour (and count) of each slot."""
    out = [PLACES.index(scene["place"]), TIMES.index(scene["time"]), WEATHERS.index(scene["weather"])]
    by_slot = {t["slot"]: t for t in scene["things"]}
    for slot in SLOTS:
        t = by_slot.get(slot)
        out.append(len(KINDS) if t is None else KINDS.index(KIND[t["kind"]]))
        out.append(len(COLOURS) + 1 if t is None else len(COLOURS) if t["colour"] is None else COLOURS.index(t["colour"]))
        if slot in COUNTED:
            out.append(0 if t is None else t["count"])
    return out


HEADS: tuple[int, ...] = (len(PLACES), len(TIMES), len(WEATHERS),
                          *(n for slot in SLOTS for n in (len(KINDS) + 1, len(COLOURS) + 2, 4)[:3 if slot in COUNTED else 2]))
FIELDS: tuple[tuple[str, str], ...] = (("place", ""), ("time", ""), ("weather", ""),
                                       *((f, slot) for slot in SLOTS for f in ("kind", "colour", "count")[:3 if slot in COUNTED else 2]))
"""(field, slot) of every head."""
