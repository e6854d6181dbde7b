"""Sentences about a scene: captions, requests and short tellings, written as people write them. Draws words, never scenes."""

from typing import NamedTuple

from training.scenes.graph import Scene
from training.scenes.kinds import KIND
from training.scenes.lexicon import DOING, FILLERS, PLACE_WORDS, TIME_SENTENCES, TIME_WORDS, WEATHER_SENTENCES, WEATHER_WORDS
from training.scenes.phrases import choose, objects
from training.scenes.streams import Stream

REQUESTS = (
    "{x}", "Draw me {x}", "Draw {x}", "Show me {x}", "Can you draw {x}?", "Please paint {x}", "I would like to see {x}", "Could you show me {x}?",
    "Make a picture of {x}", "A picture of {x}", "A drawing of {x}", "I want {x}", "{x}, please", "Paint {x} for me", "Let us see {x}",
    "Please draw a picture with {x}", "Imagine {x}", "Create an image of {x}", "How about {x}?", "Now I want to see {x}", "What about {x}?",
    "Can I have {x}?", "{x}, can you do that?",
    "Try {x}", "Next, {x}", "I dream of {x}", "Do you know how to draw {x}?", "What does {x} look like?", "Something with {x}", "Give me {x}",
    "Would you sketch {x} for me?",
)
TELLINGS = (
    "{x}", "{x}", "{x}", "There is {x}", "We see {x}", "Here is {x}", "Once upon a time there was {x}", "I see {x}", "Look, {x}",
    "You can see {x}", "It was {x}",
    "Once there was {x}", "Long ago there was {x}", "This is {x}", "A story about {x}", "One day we saw {x}", "I found {x}", "What a view: {x}",
    "Just {x}",
    "In this picture there is {x}",
)


class Caption(NamedTuple):
    """`placed` is False when the words leave the place open: then any place is right."""

    text: str
    placed: bool


def settings(r: Stream, scene: Scene, held: bool, placed: bool) -> list[str]:
    """Place, weather and hour phrases; day and clear weather are usually left unsaid."""
    parts = [choose(r, PLACE_WORDS[scene["place"]], held)] if placed else []
    if scene["weather"] != "clear" or r.chance(0.08):
        parts.append(choose(r, WEATHER_WORDS[scene["weather"]], held))
    if scene["time"] != "day" or r.chance(0.25):
        parts.append(choose(r, TIME_WORDS[scene["time"]], held))
    if r.chance(0.3):
        parts.reverse()
    return parts


def one_sentence(r: Stream, scene: Scene, held: bool, placed: bool, forms: tuple[str, ...]) -> str:
    words, parts = objects(r, scene, held), settings(r, scene, held, placed)
    doing = r.pick(DOING) if not any(t["slot"] in ("on", "under", "sky") for t in scene["things"]) else ""
    if parts and forms is TELLINGS and r.chance(0.2):
        return " ".join(parts) + (", " if r.chance(0.6) else " ") + r.pick(("there is ", "we see ", "")) + words
    return choose(r, forms, held).format(x=" ".join(w for w in (words, doing, *parts) if w))


def several_sentences(r: Stream, scene: Scene, held: bool, placed: bool) -> str:
    """Things first, then the hour and the weather in sentences of their own; a lone thing's colour may come as 'It is red.'"""
    things = scene["things"]
    lines: list[str] = []
    lone = things[0]
    if len(things) == 1 and lone["colour"] and lone["count"] == 1 and KIND[lone["kind"]].own is None and r.chance(0.5):
        plain: Scene = {**scene, "things": [{**lone, "colour": None}]}
        place = " " + choose(r, PLACE_WORDS[scene["place"]], held) if placed else ""
        opening = r.pick(("There is {x}", "There was {x}", "Once there was {x}", "Draw {x}"))
        words = objects(r, plain, held)
        lines = [opening.format(x=words) + place, r.pick(("It is {c}", "It was {c}", "Its colour is {c}",
        "Make it {c}")).format(c=lone["colour"])]
    else:
        place = " " + choose(r, PLACE_WORDS[scene["place"]], held) if placed else ""
        lines = [choose(r, TELLINGS, held).format(x=objects(r, scene, held)) + place]
    extra = []
    if scene["time"] != "day" or r.chance(0.2):
        extra.append(r.pick(TIME_SENTENCES[scene["time"]]))
    if scene["weather"] != "clear" or r.chance(0.1):
        extra.append(r.pick(WEATHER_SENTENCES[scene["weather"]]))
    if r.chance(0.12):
        extra.append(r.pick(FILLERS))
    return ". ".join(extra + lines if r.chance(0.25) else lines + extra) + "."


def written(r: Stream, text: str) -> str:
    """As people type: a capital and a full stop, or neither, or (rarely) capitals throughout."""
    style = r.unit()
    text = text[0].upper() + text[1:]
    if style < 0.45:
        return text if text[-1] in ".?!" else text + r.weighted((".", "", "!"), (0.7, 0.2, 0.1))
    if style < 0.92:
        return (text.lower() if r.chance(0.8) else text.lower().replace(",", "")).rstrip("." if r.chance(0.6) else "")
    return text.upper()


def caption(r: Stream, scene: Scene, held: bool = False) -> Caption:
    """One wording of a scene. `held` allows the phrases that training never uses."""
    placed = not r.chance(0.06)
    kind = r.unit()
    if kind < 0.5:
        text = one_sentence(r, scene, held, placed, TELLINGS)
    elif kind < 0.75:
        text = one_sentence(r, scene, held, placed, REQUESTS)
    else:
        text = several_sentences(r, scene, held, placed)
    return Caption(written(r, text), placed)


def canonical(scene: Scene) -> str:
    """The one plain caption of a scene, the mapper's target: fixed order, first wordings, everything said."""
    r = Stream(0, "canonical")
    words = objects(r, scene, plain=True)
    text = f"{words} {PLACE_WORDS[scene['place']][0]} {TIME_WORDS[scene['time']][0]} {WEATHER_WORDS[scene['weather']][0]}."
    return text[0].upper() + text[1:]
