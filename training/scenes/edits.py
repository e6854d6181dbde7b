"""Edits of a scene in conversation: one field changes, the seed stays, and a chain may refer back to an earlier picture."""

from typing import NamedTuple

from training.scenes.backdrops import PLACES, TIMES
from training.scenes.graph import SKY_KINDS, Scene, Thing, colours_of, draw_colour, draw_scene, held_colour, held_relation, thing
from training.scenes.kinds import KIND, KINDS
from training.scenes.lexicon import PLACE_WORDS, TIME_WORDS, WEATHER_WORDS
from training.scenes.phrases import choose, noun
from training.scenes.streams import Stream
from training.scenes.weather import WEATHERS

SAME = ("Now {x}", "The same but {x}", "Make it {x}", "The same picture {x}", "Again, {x}", "Could it be {x}?", "{x}", "But {x}",
        "And now {x}, please", "Can you make it {x}?", "What if it were {x}?", "I want it {x}", "Let it be {x}",
        "Once more, this time {x}", "Show it {x}")
ADD = ("Add {x}", "Now with {x}", "Put {x} in it", "I also want {x}", "Can you add {x}?", "Let there be {x}", "Draw {x} there as well", "And {x} too")
REMOVE = ("Take {x} away", "Remove {x}", "Without {x}", "No {x}, please", "Get rid of {x}", "The same without {x}", "Now leave {x} out")
COLOUR = ("Make {x} {c}", "{x} should be {c}", "Now {x} in {c}", "I want {x} to be {c}", "Can you paint {x} {c}?", "Turn {x} {c}",
          "But with {x} in {c}", "Change {x} to {c}")
SWAP = ("Make it {y} instead of {x}", "Replace {x} with {y}", "Instead of {x}, {y}", "Swap {x} for {y}", "Turn {x} into {y}", "I want {y}, not {x}",
        "Not {x} but {y}")
BACK = ("The {n} one, but: {x}", "Take the {n} picture: {x}", "Go back to the {n} one. {x}", "As in the {n} picture, but: {x}",
        "The {n} picture again. {x}", "From the {n} picture: {x}")
ORDINAL = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")


class Turn(NamedTuple):
    """What is said and the whole scene it should lead to; `parent` counts earlier turns, -1 for none."""

    words: str
    scene: Scene
    parent: int


def other(r: Stream, items: tuple[str, ...], current: str) -> str:
    return r.pick([x for x in items if x != current])


def with_things(scene: Scene, things: list[Thing]) -> Scene:
    return {**scene, "things": things}


def named(t: Thing) -> str:
    return "the " + t["kind"] if t["count"] == 1 else "the " + (KIND[t["kind"]].plural or t["kind"] + "s")


def allowed(scene: Scene, t: Thing) -> bool:
    base = next((b["kind"] for b in scene["things"] if b["slot"] == "middle"), "")
    return not held_colour(t["kind"], t["colour"]) and not (t["slot"] in ("on", "under") and held_relation(t["kind"], base))


def setting_edit(r: Stream, scene: Scene) -> tuple[str, Scene]:
    """The hour, the weather or the place changes."""
    field = r.weighted(("time", "weather", "place"), (0.35, 0.3, 0.35))
    if field == "time":
        time = other(r, TIMES, scene["time"])
        return choose(r, SAME, False).format(x=choose(r, TIME_WORDS[time], False)), {**scene, "time": time}
    if field == "weather":
        options = tuple(w for w in WEATHERS if not (w == "snow" and scene["place"] == "desert"))
        weather = other(r, options, scene["weather"])
        return choose(r, SAME, False).format(x=choose(r, WEATHER_WORDS[weather], False)), {**scene, "weather": weather}
    options = tuple(p for p in PLACES if not (p == "desert" and scene["weather"] == "snow"))
    place = other(r, options, scene["place"])
    return choose(r, SAME, False).format(x=choose(r, PLACE_WORDS[place], False)), {**scene, "place": place}


def thing_edit(r: Stream, scene: Scene) -> tuple[str, Scene] | None:
    """A colour, a kind, or something in the sky changes; None when this draw does not fit the scene."""
    things = scene["things"]
    i = r.below(len(things))
    t, kind = things[i], KIND[things[i]["kind"]]
    action = r.weighted(("colour", "swap", "add", "remove"), (0.45, 0.25, 0.2, 0.1))
    if action == "colour" and kind.tint is not None:
        colour = r.pick([c for c in colours_of(kind)[1:] if c != t["colour"]])
        changed: Thing = {**t, "colour": colour}
        words = choose(r, COLOUR, False).format(x=named(t), c=colour)
    elif action == "swap" and t["slot"] in ("left", "middle", "right") and not any(x["slot"] in ("on", "under") for x in things):
        new = r.pick([k for k in KINDS if k.role == "ground" and k.name != kind.name])
        changed = thing(t["slot"], new, draw_colour(r, new, held=False), t["count"])
        words = choose(r, SWAP, False).format(x=named(t), y=noun(r, changed))
    elif action == "add" and not any(x["slot"] == "sky" for x in things) and len(things) < 3:
        new = r.pick(SKY_KINDS)
        added = thing("sky", new, draw_colour(r, new, held=False))
        return choose(r, ADD, False).format(x=noun(r, added)), with_things(scene, [*things, added])
    elif action == "remove" and len(things) > 1 and t["slot"] in ("sky", "on", "under"):
        return choose(r, REMOVE, False).format(x=named(t)), with_things(scene, things[:i] + things[i + 1:])
    else:
        return None
    if not allowed(scene, changed):
        return None
    return words, with_things(scene, [*things[:i], changed, *things[i + 1:]])


def edit(r: Stream, scene: Scene, settings: float = 0.5) -> tuple[str, Scene]:
    """One wish and the scene it leads to; `settings`: how often place, hour or weather is tried."""
    while True:
        made = setting_edit(r, scene) if r.chance(settings) else thing_edit(r, scene)
        if made is not None:
            return made[0][0].upper() + made[0][1:], made[1]


def chain(seed: int, turns: int, request: str, first: Scene | None = None, settings: float = 0.5) -> list[Turn]:
    """A first picture (the seed's, unless given) and `turns` edits; a quarter of the later ones go back to an earlier picture by its number."""
    r = Stream(seed, "chain")
    out = [Turn(request, first or draw_scene(seed), -1)]
    for n in range(1, turns + 1):
        back = r.below(n - 1) if n > 1 and r.chance(0.25) else n - 1
        words, scene = edit(r, out[back].scene, settings)
        if back != n - 1:
            words = choose(r, BACK, False).format(n=ORDINAL[back], x=words[0].lower() + words[1:])
        out.append(Turn(words, scene, back))
    return out
