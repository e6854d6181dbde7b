"""Words that mean an earlier picture, and words that ask for a picture to be found rather than drawn."""

from training.scenes.edits import ORDINAL
from training.scenes.graph import Scene, Thing
from training.scenes.lexicon import PLACE_WORDS
from training.scenes.phrases import choose, objects
from training.scenes.streams import Stream

NUMBER = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
SUFFIX = {0: "st", 1: "nd", 2: "rd"}
FINDING = (
    "Find me a picture of {x}", "find {x}", "Is there a picture of {x} in the gallery?", "search for {x}", "look for {x}", "Do you have {x} already?",
    "pick one with {x} from your collection", "show me one you already have of {x}", "Look up {x}", "get {x} from the gallery",
    "search the gallery for {x}", "which pictures of {x} are there? Show one", "find an existing picture with {x}", "from your album: {x}",
    "have you got {x} somewhere in your collection?", "choose a ready picture of {x}", "dig out {x}", "fetch {x} from the album",
    "is {x} among your pictures?",
)
POINTING = (
    "the {o} one", "the {o} picture", "the {k} one", "the picture with the {k}", "picture {n}", "number {n}", "the {d} one", "the {d} picture",
    "your {o} drawing", "that {o} picture of yours", "the {o} of them", "the {k}", "that {k}", "the {c} one", "the {c} {k}",
    "the one where it is {t}", "the {t} picture", "the {w} one", "the {o} you drew", "drawing number {n}", "the {k} you drew", "the {o} version",
    "version {n}", "the {k} {p}", "the one with the {k}", "the {k} picture", "the {k} from before", "the one {p}", "the picture {p}",
    "the picture that has the {k}",
)
NEWEST = ("the last one", "the last picture", "this one", "this picture", "the latest one", "the newest picture", "that one", "it",
          "the one you just drew", "what you drew last")
BEFORE = ("the one before", "the previous one", "the previous picture", "the picture before this", "one back", "the one before the last",
          "the second to last one", "what we had before")
FIRST = ("the very first one", "the first of all", "the one we began with", "the original", "the picture from the beginning", "the oldest one")
BACK = ("{b}, but {w}", "{b}, but: {w}", "{b}. {W}", "{b}: {w}", "{b}, {w}", "{b} and {w}", "{b}, and now {w}", "{b} please, {w}", "take {b}: {w}",
        "go back to {b}. {W}", "{W}, as in {b}", "{W}. I mean {b}", "use {b}: {w}", "from {b}: {w}", "I liked {b}. {W}", "{W}, in {b}",
        "let us go on with {b}: {w}", "back to {b}: {w}", "remember {b}? {W}", "show {b} again. {W}", "return to {b}: {w}")
AGAIN = ("{b}", "{b} again", "show {b} again", "back to {b}", "I want to see {b} again", "{b}, once more", "can I see {b}?", "go back to {b}",
         "draw {b} again", "remember {b}?", "take {b}", "return to {b}")
TIME_NAMES = {"day": ("day", "daytime"), "sunset": ("evening", "sunset"), "night": ("night", "dark")}
WEATHER_NAMES = {"clear": ("dry", "clear"), "rain": ("rainy", "wet"), "snow": ("snowy", "white")}


def finding(r: Stream, scene: Scene, held: bool = False) -> str:
    return choose(r, FINDING, held).format(x=objects(r, scene))


def pointed(r: Stream, index: int, scenes: list[Scene], held: bool = False) -> str:
    """Words for the picture `index` among `scenes` that fit no other."""
    scene, back = scenes[index], len(scenes) - 1 - index
    by_place = NEWEST if back == 0 else BEFORE if back == 1 else FIRST if index == 0 else ()
    if by_place and r.chance(0.2):
        return choose(r, by_place, held)
    while True:
        form = choose(r, POINTING, held)
        marks = named(scene, r.pick(scene["things"]))
        said = [mark for mark in marks if f"{{{mark}}}" in form]
        if any(marks[mark] is None for mark in said):
            continue
        if said and any(all(named(s, t)[mark] == marks[mark] for mark in said) for i, s in enumerate(scenes) if i != index for t in s["things"]):
            continue
        ordinal = "last" if back == 0 and r.chance(0.5) else ORDINAL[index]
        return form.format(
            o=ordinal, n=r.pick((str(index + 1), NUMBER[index])), d=f"{index + 1}{SUFFIX.get(index, 'th')}", k=marks["k"], c=marks["c"],
            p=choose(r, PLACE_WORDS[scene["place"]], held), t=r.pick(TIME_NAMES[scene["time"]]), w=r.pick(WEATHER_NAMES[scene["weather"]]))


def named(scene: Scene, t: Thing) -> dict[str, str | None]:
    """What a picture can be told from others by, by the marks of POINTING."""
    return {"k": t["kind"], "c": t["colour"], "p": scene["place"], "t": scene["time"], "w": scene["weather"]}


def going_back(r: Stream, words: str, index: int, scenes: list[Scene], held: bool = False) -> str:
    """An edit of the picture `index`, saying which."""
    back = pointed(r, index, scenes, held)
    lower, upper = words[0].lower() + words[1:].rstrip("?"), words[0].upper() + words[1:].rstrip("?")
    return choose(r, BACK, held).format(b=back, w=lower, W=upper)


def shown_again(r: Stream, index: int, scenes: list[Scene], held: bool = False) -> str:
    return choose(r, AGAIN, held).format(b=pointed(r, index, scenes, held))
