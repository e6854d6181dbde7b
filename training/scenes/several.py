"""Wishes for several pictures at once, one scene each: other things, or the same things in other settings or colours.

What is said of one picture, or of all, stands between marks that nobody writes; `unmarked` takes them off and tells where it stands.
"""

import re
from typing import NamedTuple

from training.scenes.backdrops import TIMES
from training.scenes.captions import settings
from training.scenes.edits import edit
from training.scenes.graph import Scene, colours_of, draw_scene, held_colour
from training.scenes.kinds import KIND
from training.scenes.lexicon import TIME_WORDS
from training.scenes.phrases import noun, objects
from training.scenes.streams import Stream

MOST = 4  # pictures of one reply
NUMBER = {2: ("two", "2", "two", "a couple of"), 3: ("three", "3"), 4: ("four", "4")}
LISTS = (
    "{n} pictures: {list}", "Draw {n} pictures, {list}", "{n} pictures please: {list}", "Make {n} drawings: {list}",
    "I would like {n} pictures. {List}", "{list}, each in its own picture", "{list}, one picture each", "Show me {list} in {n} pictures",
    "Paint {list} separately", "{n} separate pictures, {list}", "In {n} pictures: {list}", "Draw {list}, {n} pictures in all",
    "Please make a picture of each: {list}", "{list} ({n} pictures)", "A series of {n} pictures: {list}", "{list}. {N} pictures, not one",
    "I need {list} on {n} pages",
)
CHAINS = (
    ("First {x}", ", then {x}"), ("Draw {x}", " and then {x}"), ("Show me {x}", ", then {x}"), ("One picture of {x}", " and another one of {x}"),
    ("Draw {x}", ". In the next picture, {x}"), ("A picture of {x}", " and a picture of {x}"), ("Paint {x}", ", and in another picture {x}"),
    ("{x}", "; and in a separate picture {x}"), ("First draw {x}", ". After that, draw {x}"), ("Page one: {x}", ". Next page: {x}"),
    ("A drawing of {x}", ", another of {x}"), ("Can you draw {x}", ", and after that {x}"), ("Picture: {x}", ". Picture: {x}"),
    ("On the first page {x}", ", on the next page {x}"), ("Begin with {x}", ", go on with {x}"), ("Draw {x}", ". Then draw {x}"),
    ("I want to see {x}", ", and also a picture of {x}"), ("Let me see {x}", " first, and {x} after that"),
)
SAME = ("{x}, {a} and {b} in two pictures", "{x}, once {a} and once {b}", "Two versions of {x}: one {a}, one {b}", "{x} {a}. Then the same {b}",
        "Draw {x} {a} and again {b}", "{x} {a} and, in a second picture, {b}", "First {x} {a}, then {b}", "Compare {x} {a} with the same {b}")
CHANGED = (
    "{x}. Then the same again: {e}", "First {x}, then: {e}", "{x}, and a second picture of it: {e}", "Draw {x}. In the next picture: {e}",
    "Two pictures: {x}; and the same, but {e}",
)
COPIES = (
    "{n} pictures of {x}", "Draw {n} pictures of {x}", "{N} drawings of {x}, please", "Make {n} pictures of {x}", "Show me {n} pictures with {x}",
    "{x}, {n} different pictures of it", "I would like {n} pictures of {x}", "Paint {x} in {n} pictures", "{x}. {N} versions, please",
)
ANSWERS = ("Here are {l}.", "Here is {l}.", "Here are {n} pictures of {l}.", "Here are {n} pictures.", "Here are the pictures.", "Here they are.",
           "Of course, here are {l}.", "Here is {f}.")


OF_ALL = MOST + 1
FIRST_MARK, END = 0xE010, "\ue01f"  # of private use: 0xE011 is of the first picture
MARKS = re.compile(f"([{chr(FIRST_MARK)}-{chr(FIRST_MARK + OF_ALL)}{END}])")


class Wished(NamedTuple):
    """`words` are marked; `said`: what a small model may answer."""

    words: str
    scenes: list[Scene]
    said: str


def several(r: Stream, held: bool = False) -> Wished:
    """Two to four pictures and the words that ask for them."""
    way = r.weighted(("chain", "list", "times", "colours", "edit", "copies"), (0.38, 0.24, 0.12, 0.1, 0.1, 0.06))
    first = draw_scene(r.below(1 << 40), held)
    if way == "copies":
        count = r.pick((2, 2, 3, 4))
        n = r.pick(NUMBER[count])
        words = r.pick(COPIES).format(x=mark(OF_ALL, placed(r, first)), n=n, N=capital(n))
        return done(r, words, [{**first} for _ in range(count)])
    if way == "times":
        a, b = r.pick(TIMES), r.pick(TIMES)
        if a == b:
            return several(r, held)
        told = [mark(n + 1, r.pick(TIME_WORDS[t][:-1])) for n, t in enumerate((a, b))]
        words = r.pick(SAME).format(x=mark(OF_ALL, objects(r, first)), a=told[0], b=told[1])
        return done(r, words, [{**plainly(first), "time": a}, {**plainly(first), "time": b}])
    if way == "colours":
        lone = first["things"][0]
        colours = [c for c in colours_of(KIND[lone["kind"]])[1:] if c is not None and not held_colour(lone["kind"], c)]
        if len(first["things"]) > 1 or len(colours) < 3:
            return several(r, held)
        start = r.below(len(colours))
        chosen = [colours[(start + 2 * n) % len(colours)] for n in range(r.pick((2, 2, 3)))]
        if len(set(chosen)) < len(chosen):
            return several(r, held)
        plain = {**plainly(first), "things": [{**lone, "colour": None}]}
        words = r.pick(("{x} in {c}, {n} pictures", "{n} pictures of {x}: in {c}", "{x}, one in {c}")).format(
            x=mark(OF_ALL, noun(r, plain["things"][0], plain=True)), c=joined(r, marked(list(chosen))), n=r.pick(NUMBER[len(chosen)]))
        return done(r, words, [{**plain, "things": [{**lone, "colour": c}]} for c in chosen])
    if way == "edit":
        words, second = edit(r, first, 0.6)
        told = mark(OF_ALL, placed(r, first)), mark(2, words[0].lower() + words[1:].rstrip("?"))
        return done(r, r.pick(CHANGED).format(x=told[0], e=told[1]), [first, second])
    scenes = [first, *(draw_scene(r.below(1 << 40), held) for _ in range(r.weighted((1, 2, 3), (0.62, 0.28, 0.1))))]
    bare = r.chance(0.45)  # things alone, as such lists mostly are
    scenes = [plainly(s) if bare else s for s in scenes]
    told = marked([objects(r, s) if bare else placed(r, s) for s in scenes])
    if way == "list":
        listed, n = joined(r, told), r.pick(NUMBER[len(scenes)])
        words = r.pick(LISTS).format(list=listed, List=capital(listed), n=n, N=capital(n))
        return done(r, words, scenes)
    begin, more = r.pick(CHAINS)
    return done(r, begin.format(x=told[0]) + "".join(more.format(x=each) for each in told[1:]), scenes)


def plainly(scene: Scene) -> Scene:
    """Set where a wish that names no place is set."""
    return {**scene, "place": "meadow", "time": "day", "weather": "clear"}


def placed(r: Stream, scene: Scene) -> str:
    return " ".join([objects(r, scene), *settings(r, scene, False, True)])


def joined(r: Stream, parts: list[str]) -> str:
    mark = r.pick((", ", ", ", "; "))
    return mark.join(parts[:-1]) + r.pick((" and ", mark + "and ", mark)) + parts[-1]


def done(r: Stream, words: str, scenes: list[Scene]) -> Wished:
    things = [objects(r, s, plain=True) for s in scenes]
    said = r.pick(ANSWERS).format(l=" and ".join(things), f=things[0], n=r.pick(NUMBER[len(scenes)]))
    return Wished(capital(words), scenes, said)


def capital(text: str) -> str:
    at = 1 if MARKS.match(text) else 0
    return text[:at] + text[at].upper() + text[at + 1:]


def mark(of: int, text: str) -> str:
    """`of`: the number of a picture, or OF_ALL."""
    return chr(FIRST_MARK + of) + text + END


def marked(parts: list[str]) -> list[str]:
    return [mark(n + 1, part) for n, part in enumerate(parts)]


def unmarked(text: str) -> tuple[str, list[int]]:
    """The text without marks, and for each of its characters which picture it is of (0: none)."""
    plain, of, now = "", [], 0
    for piece in MARKS.split(text):
        if MARKS.fullmatch(piece):
            now = 0 if piece == END else ord(piece) - FIRST_MARK
        else:
            plain += piece
            of += [now] * len(piece)
    return plain, of
