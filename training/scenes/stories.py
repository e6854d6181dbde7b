"""Five-sentence stories about one small animal: each sentence changes one thing, later ones say 'it' and 'they'. Also as VIST's SIS records."""

from typing import NamedTuple

from training.scenes.backdrops import PLACES, TIMES
from training.scenes.graph import FIELDS, GROUND_KINDS, HEADS, SKY_KINDS, Scene, Thing, draw_colour, held_colour, labels, thing
from training.scenes.lexicon import PLACE_WORDS, TIME_SENTENCES, WEATHER_SENTENCES
from training.scenes.phrases import choose, noun
from training.scenes.streams import Stream
from training.scenes.weather import WEATHERS

FIRST = ("Once upon a time there was {x} {p}.", "{x} lived {p}.", "This is a story about {x} {p}.", "One day {x} went for a walk {p}.")
FIRST_SILENT = ("Once upon a time there was {x}.", "This is a story about {x}.", "One day {x} went for a walk.", "Here comes {x}.")
MEET = ("It met {y}.", "There it found {y}.", "Soon {y} came along.", "It made friends with {y}.")
SKY = ("They saw {s} in the sky.", "Above them was {s}.", "Look, {s} flew over them!", "High up they spotted {s}.")
MOVE = ("Together they went on until they were {p}.", "Then they found themselves {p}.", "They walked on and rested {p}.", "Later they stood {p}.")
COLOUR = ("By magic it turned {c}!", "It fell into a pot of paint and became {c}.", "Suddenly it was {c}.")


class Story(NamedTuple):
    """Five sentences and the scene after each; the last sentence never names the hero."""

    sentences: tuple[str, ...]
    scenes: tuple[Scene, ...]


def story(seed: int, held: bool = False, silent: bool = False) -> Story:
    """Two fixed openings, then three changes in an order of the seed's choosing. Silent openings say neither colours nor the place: pictures
    show them, and no sentence does until one changes.
    """
    r = Stream(seed, "story")
    heroes = [k for k in GROUND_KINDS if k.rider and k.tint is not None]
    hero = r.pick(heroes)
    scene: Scene = {"place": r.pick(PLACES), "time": "day", "weather": "clear", "seed": r.below(1 << 30),
                    "things": [thing("left", hero, draw_colour(r, hero, held))]}
    said = noun(r, scene["things"][0], coloured=not silent)
    sentences = [choose(r, FIRST_SILENT if silent else FIRST, held).format(x=said, p=choose(r, PLACE_WORDS[scene["place"]], held))]
    scenes = [scene]
    friend = r.pick([k for k in GROUND_KINDS if k.name != hero.name])
    other = thing("right", friend, draw_colour(r, friend, held))
    scene = {**scene, "things": [*scene["things"], other]}
    sentences.append(choose(r, MEET, held).format(y=noun(r, other, coloured=not silent)))
    scenes.append(scene)
    changes = ["time", "weather", "place", "sky", "colour"]
    for _ in range(3):
        change = changes.pop(r.below(len(changes)))
        words, scene = turn(r, scene, change, held)
        sentences.append(words)
        scenes.append(scene)
    return Story(tuple(s[0].upper() + s[1:] for s in sentences), tuple(scenes))


def facts(told: Story, silent: bool) -> list[str | None]:
    """Where each field of the last scene stands: 'last' or 'before', by the sentence that says it; 'shown': pictures alone say it; None: nothing
    has to, since nothing is there, or all is as it is where nothing is said.
    """
    steps = [labels(scene) for scene in told.scenes]
    where: list[str | None] = []
    for i, ((field, _), head) in enumerate(zip(FIELDS, HEADS)):
        value = steps[-1][i]
        since = max((n for n in range(1, len(steps)) if steps[n][i] != steps[n - 1][i]), default=0)
        unsaid = {"place": [], "kind": [head - 1], "colour": [head - 1, head - 2]}.get(field, [0] if field != "count" else list(range(head)))
        if value in unsaid:
            where.append(None)
        elif silent and since < 2 and field in ("place", "colour"):
            where.append("shown")
        else:
            where.append("last" if since == len(steps) - 1 else "before")
    return where


def turn(r: Stream, scene: Scene, change: str, held: bool) -> tuple[str, Scene]:
    """One sentence of the later story and the scene it leads to."""
    if change == "time":
        time = r.pick(TIMES[1:])
        return r.pick(TIME_SENTENCES[time]) + ".", {**scene, "time": time}
    if change == "weather":
        weather = "rain" if scene["place"] == "desert" else r.pick(WEATHERS[1:])
        return r.pick(WEATHER_SENTENCES[weather]) + ".", {**scene, "weather": weather}
    if change == "place":
        place = r.pick([p for p in PLACES if p != scene["place"] and not (p == "desert" and scene["weather"] == "snow")])
        return choose(r, MOVE, held).format(p=choose(r, PLACE_WORDS[place], held)), {**scene, "place": place}
    if change == "sky":
        kind = r.pick(SKY_KINDS)
        flyer = thing("sky", kind, draw_colour(r, kind, held))
        return choose(r, SKY, held).format(s=noun(r, flyer)), {**scene, "things": [*scene["things"], flyer]}
    hero = scene["things"][0]
    while True:
        colour = r.pick(("red", "orange", "yellow", "green", "blue", "purple", "pink", "black"))
        if colour != hero["colour"] and (held or not held_colour(hero["kind"], colour)):
            changed: Thing = {**hero, "colour": colour}
            return choose(r, COLOUR, held).format(c=colour), {**scene, "things": [changed, *scene["things"][1:]]}


def vist(told: Story, seed: int) -> list[list[dict[str, str | int]]]:
    """The story as the five annotations of one VIST story-in-sequence (field names of its SIS files)."""
    return [[{"original_text": text, "text": text.lower(), "album_id": str(seed), "photo_flickr_id": f"{seed}-{i}", "story_id": str(seed),
              "storylet_id": f"{seed}-{i}", "worker_arranged_photo_order": i, "tier": "story-in-sequence"}]
            for i, text in enumerate(told.sentences)]
