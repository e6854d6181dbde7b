"""Noun phrases and what stands where, in varied words. Everything is drawn from one stream, so a seed fixes the wording."""

from collections.abc import Sequence

from training.scenes.graph import Scene, Thing
from training.scenes.kinds import KIND, Kind
from training.scenes.lexicon import ADJECTIVES, COLOUR_WORDS, NUMBERS
from training.scenes.sprites import COLOURS
from training.scenes.streams import Stream


def choose(r: Stream, items: Sequence[str], held: bool) -> str:
    """One of the items but the last, which only tests may use."""
    if held and len(items) > 3:
        return items[-1] if r.chance(0.5) else r.pick(items)
    return r.pick(items[:-1] if len(items) > 3 else items)


def plural(kind: Kind, word: str) -> str:
    if word == kind.name and kind.plural:
        return kind.plural
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def colour_word(r: Stream, t: Thing) -> str:
    """The colour as said: nothing for art in its own colours, except sometimes the colour it happens to have."""
    kind, colour = KIND[t["kind"]], t["colour"]
    if colour is not None:
        return colour if r.chance(0.7) else r.pick(COLOUR_WORDS[colour])
    if kind.own is not None and r.chance(0.4):
        return kind.own
    if kind.tint is None and r.chance(0.12):
        return r.pick(COLOURS)  # such art cannot take a colour, whatever is asked
    return ""


def noun(r: Stream, t: Thing, plain: bool = False, coloured: bool = True) -> str:
    """'a little red fox', 'two blue cats', 'the bunny'; no colour is said where it is not `coloured`."""
    kind = KIND[t["kind"]]
    word = kind.name if plain or r.chance(0.65) else r.pick(kind.words)
    adjective = "" if plain or not r.chance(0.2) else r.pick(ADJECTIVES)
    colour = "" if not coloured else (t["colour"] or "") if plain else colour_word(r, t)
    head = word if t["count"] == 1 else plural(kind, word)
    words = " ".join(w for w in (adjective, colour, head) if w)
    if t["count"] > 1:
        number = NUMBERS[t["count"]][0] if plain else r.pick(NUMBERS[t["count"]])
        return f"{number} {words}"
    return article(words) if plain or r.chance(0.85) else f"{r.pick(('the', 'my', 'one'))} {words}"


PAIRS = (
    "{a} to the left of {b}", "{a} and {b}", "{b} to the right of {a}", "{a} next to {b}", "{b} on the right and {a} on the left",
    "{a} on the left and {b} on the right", "{a} beside {b}", "{a} near {b}", "{a} by {b}", "{a} with {b}", "{a} left of {b}",
    "{b} right of {a}", "on the left {a}, on the right {b}", "{a} looking at {b}", "{a} together with {b}", "{a} in front of {b}",
    "{a} close to {b}", "{a} meets {b}", "{a} and also {b}", "{b} at the right of {a}", "left {a}, right {b}", "{a} as well as {b}",
    "{a} plus {b}", "{a} facing {b}", "{a} that has {b} on its right", "left: {a}, right: {b}", "both {a} and {b}", "{a} at the left side of {b}",
)
TRIPLES = (
    "{a}, {b} and {c}", "{a} on the left, {b} in the middle and {c} on the right", "{b} between {a} and {c}", "{a} and {b} and {c}",
    "{a} next to {b} next to {c}", "{a}, {b}, and {c}", "from left to right {a}, {b} and {c}", "{a} with {b} and {c}",
    "{a}, then {b}, then {c}", "left {a}, middle {b}, right {c}", "{a} beside {b} beside {c}", "{a} and {c} with {b} between them",
    "in the middle {b}, with {a} on the left and {c} on the right",
)
ON = (
    "{u} on {b}", "{u} on top of {b}", "{u} sitting on {b}", "{u} standing on {b}", "{b} with {u} on top", "{u} riding {b}",
    "{b} carrying {u}", "{u} on the top of {b}", "{u} that sits on {b}", "{u} up on {b}", "{u} lying on {b}", "{b} and on it {u}",
    "{u} climbing on {b}",
    "{u} is on {b}", "on {b} there is {u}", "{b} below {u}", "{u} atop {b}",
)
UNDER = (
    "{u} under {b}", "{u} below {b}", "{u} sitting under {b}", "{u} beneath {b}", "{b} above {u}", "{u} hiding under {b}",
    "{u} sheltering under {b}", "{b} over {u}", "{u} resting below {b}", "under {b} there is {u}", "{u} is under {b}", "{u} standing under {b}",
    "{u} underneath {b}", "{u} in the shade of {b}", "{u} that sits under {b}",
)
SKY = (
    "{g} with {s} in the sky", "{g} and {s} in the sky", "{g} with {s} above", "{g} under {s}", "{g} and {s}", "{g} and {s} in the air",
    "{s} above {g}", "{s} flying over {g}", "{g} with {s} overhead", "{g} and above it {s}", "{g} while {s} is in the sky",
    "{g} looking up at {s}", "{s} over {g}", "in the sky {s}, below {g}",
    "{g} and {s} up there", "{g} below {s}",
)
LEFT = (" on the left", " at the left", " on the left side", " to the left", " in the left corner", " standing left", " at the left edge")
RIGHT = (" on the right", " at the right", " on the right side", " to the right", " in the right corner", " standing right", " at the right edge")


def objects(r: Stream, scene: Scene, held: bool = False, plain: bool = False) -> str:
    """All things of a scene and how they stand to one another, as one noun phrase."""
    by_slot = {t["slot"]: t for t in scene["things"]}
    say = lambda slot: noun(r, by_slot[slot], plain)
    form = lambda forms: forms[0] if plain else choose(r, forms, held)
    ground = [s for s in ("left", "middle", "right") if s in by_slot]
    if "on" in by_slot:
        words = form(ON).format(u=say("on"), b=say("middle"))
    elif "under" in by_slot:
        words = form(UNDER).format(u=say("under"), b=say("middle"))
    elif len(ground) == 3:
        words = form(TRIPLES).format(a=say("left"), b=say("middle"), c=say("right"))
    elif len(ground) == 2:
        words = form(PAIRS).format(a=say(ground[0]), b=say(ground[1]))
    elif ground:
        words = say(ground[0])
        if ground[0] != "middle":
            words += form(LEFT if ground[0] == "left" else RIGHT)
    else:
        return say("sky") + ("" if not plain and r.chance(0.4) else form((" in the sky", " in the air", " high above", " up in the sky")))
    if "sky" in by_slot:
        words = form(SKY).format(g=words, s=say("sky"))
    return words
