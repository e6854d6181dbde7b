"""What is said over a dialogue, which of its pictures a turn means and how many it asks for: words alone, for the pointer.

Of half the dialogues some words are others than training's pictures know: whoever says "the walrus" means the picture that was asked for with one,
and the pointer should not have to know what a walrus is. `turns-pointer.txt` and `turns-several.txt` were written by hand, are frozen, and are only
ever measured.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from training.paths import TRAINING
from training.revisits import LONGEST, turns
from training.scenes.captions import written
from training.scenes.kinds import KINDS
from training.scenes.lexicon import COLOUR_WORDS, PLACE_WORDS
from training.scenes.phrases import article, plural
from training.scenes.several import OF_ALL, capital, mark, several, unmarked
from training.scenes.streams import Stream
from training.turns import WANTED, plain

POINTING, COUNTING = "turns-pointer.txt", "turns-several.txt"
OTHER = 0.55  # of dialogues with other words
FREE = 0.35  # of turns that lean on the newest picture, or begin anew, in words that no scene comes of
THINGS = (
    "walrus", "tiger", "wolf", "squirrel", "parrot", "spider", "hamster", "donkey", "ostrich", "peacock", "panda", "koala", "raccoon", "beaver",
    "moose", "eagle", "swan", "pigeon", "raven", "dolphin", "lobster", "jellyfish", "starfish", "worm", "ant", "fly", "goat", "calf", "puppy",
    "chick", "pirate", "princess", "knight", "wizard", "witch", "king", "queen", "giant", "dwarf", "mermaid", "ghost", "monster", "unicorn",
    "fairy", "clown", "baker", "farmer", "girl", "boy", "baby", "grandmother", "doctor", "teacher", "bridge", "tower", "church", "windmill",
    "lighthouse", "barn", "shed", "temple", "fountain", "statue", "bench", "table", "lamp", "bed", "piano", "violin", "guitar", "trumpet", "flute",
    "bell", "clock", "key", "book", "letter", "lantern", "candle", "basket", "bucket", "bottle", "cup", "spoon", "pot", "hat", "shoe", "coat",
    "scarf", "crown", "sword", "ladder", "rope", "wheel", "cart", "wagon", "scooter", "motorbike", "tram", "taxi", "ambulance", "helicopter",
    "submarine", "canoe", "raft", "ship", "spaceship", "satellite", "planet", "comet", "volcano", "island", "waterfall", "cave", "river", "lake",
    "pear", "lemon", "cherry", "strawberry", "melon", "carrot", "potato", "onion", "bread", "pie", "cookie", "rose", "tulip", "oak", "bush", "leaf",
    "acorn", "feather", "nest", "shell", "stone", "snowflake", "puddle", "fence", "gate", "door", "window", "chimney", "tent peg", "swing", "slide",
    "doll", "puppet", "marble", "dice", "yo-yo",
)
PLACES = (
    "in a cave", "on the moon", "under the sea", "in space", "in my room", "in a garden", "at school", "in the kitchen", "by a river",
    "on an island", "in a swamp", "at the station", "in the jungle", "on a bridge", "at the market", "in a castle", "on a roof", "in the attic",
    "at the zoo", "on the playground", "by the lake", "in a barn", "in the harbour", "on a ship", "in a museum", "in the library", "on a hill",
    "in a valley", "at the airport", "in an orchard", "in the vineyard", "behind the house", "in a tunnel", "under a bridge", "in the bathtub",
    "on Mars",
)
COLOURS = (
    "white", "grey", "brown", "silver", "turquoise", "beige", "cream", "striped", "spotted", "golden", "transparent", "rainbow coloured",
    "light grey", "dark brown", "snow white", "bronze",
)
ONWARD = (
    "bigger", "make it smaller", "a bit brighter", "less dark", "more of them", "three of them", "let it smile", "with a hat on",
    "give it a friend", "in the same style", "closer", "from further away", "let it sleep", "seen from behind", "put {k} next to it",
    "with {k} in the background", "with {k} beside it", "add some {ks}", "{k} would be nice too", "now with {k}", "and with {k} on top",
    "without the {n2}", "leave out the {n2}", "no {ks2} please", "but in {c}", "in {c} instead", "yes, now {c}", "could it be {c}er?",
    "change the colour to {c}", "try {c}", "maybe {c}?", "{p}", "somewhere {p}", "but {p}", "now {p}", "and {p}?", "move it {p}",
    "let it stand {p}", "what about {p}?", "put it {p}", "the same thing {p}", "same animal, but {p}", "this time {p}", "could we have this {p}?",
    "then it went {p}", "later it was {p}", "suddenly it was {p}", "in summer", "in autumn", "in spring", "early in the morning", "with fog",
    "with a rainbow", "with thunder and lightning", "in the wind", "with clouds", "in better weather", "more snow", "more rain", "no rain",
    "darker", "lighter", "warmer colours", "as a drawing in pencil", "one more time", "again", "another one", "another try", "a different version",
    "not quite, try again", "can you fix the colour", "same again", "I like it. Now {c}", "nice, and {p}?", "good. With {k} too",
    "lovely! And now {p}", "hm, rather {c}", "not {c2}, {c}", "wrong colour, I said {c}", "make them {c}", "make him {c}", "make her {c}",
    "turn it into {k}", "replace it with {k}", "it should hold {k}", "let it ride on {k}", "put a hat on it", "what if it was {c}?",
    "what if there was {k}?", "how would it look {p}?", "and then {k} came by", "and a {c} one next to it",
)
ANEW = (
    "{k}", "{K}!", "a {c} {n}", "now {k}", "next {k}", "next, {k} {p}", "draw {k}", "draw me {k} {p}", "{k} {p}", "how about {k}?",
    "something else: {k}", "something new: {k} {p}", "a different picture: {k}", "let us draw {k}", "I want {k} now", "ok, {k}", "thanks. now {k}",
    "Great! Draw {k} next", "a picture of {k}", "a picture of {k} {p}", "can you do {k}?", "and now for something else, {k}",
    "new picture: {k} {p}", "one with {k} and {k2}", "{k} and {k2}", "two {ks} {p}", "three {ks}", "some {ks}", "enough of that. {K}",
    "no more {ks2}, draw {k}", "forget that, show me {k}", "what does {k} look like?", "show me {k}", "could I see {k} {p}?",
    "please draw {k} with {k2}", "my {n} {p}", "{k} in the rain", "{k} at night", "{k} at sunset", "{k} in the snow", "I also like {ks}. Draw one",
    "There was {k} {p}.", "Once there was {k}", "do {k} now please", "one picture with {k} and {k2}", "{k}, {k2} and {k3}, all in one picture",
    "{k} and {k2} together", "both {k} and {k2} in the same picture", "{k} next to {k2}, in a single picture", "{k}, and beside it {k2}",
    "{k} with {k2} on top", "{k} and two {ks2}", "first of all, hello! Draw {k}", "one picture: {k}, {k2}, {k3}", "{k} {p}, and {k2} is there too",
    "two {c} {ks} and {k2} {p}", "{k} {p}. It is {c}. It is night.", "There is {k} on the left. There is {k2} on the right.",
    "a couple of {ks} {p}", "{k}, {k2} and {k3} {p}", "{k} and {k2} and {k3}", "the {n} met {k2} {p}. Draw that", "{k} that holds {k2}",
    "Then {k} came, and {k2} with it", "three {c} {ks} {p}",
)
BACKWARD = (
    "the {n} one again", "I liked the {n} more", "what about the {n}?", "the {n}, but {w}", "the {n} should be {w}", "make the {n} {w}",
    "let the {n} be {w}", "can the {n} be {w}?", "I meant the {n}. {w} please", "not that, the {n}: {w}", "the picture of the {n}, {w}",
    "the {n} please, {w}", "with the {n}, {w}", "now the {n} {w}", "back to the {n}, {w}", "the {n} was better, {w}", "about the {n}: {w}",
    "I would like the {n} {w}", "paint the {n} {w}", "the {n} from earlier, {w}", "let's continue with the {n}: {w}", "keep the {n}, {w}",
    "one more of the {n}, {w}", "the {n} again but {w}", "what if the {n} was {w}", "could you put the {n} {w}", "go on with the {n} {w}",
    "the one of the {n} {w}",
)
SEVERAL = (  # {1 …} and so on: what is said of one picture, {0 …} of all of them
    *((form, 2) for form in (
        "two pictures of {0 {k}}", "draw two pictures of {0 {k} {p}}", "{0 {k}}, two different drawings", "two versions of {0 {k} {p}}",
        "{1 {k} {p}}, then {2 {k2} {p2}}, one picture each", "{1 {k}} and {2 {k2}}, one picture each", "{1 {k}}, then {2 {k2}}, a picture each",
        "two pictures: {1 {k}} and {2 {k2}}", "first {1 {k}}, then {2 {k2}}", "{1 {k}} and, separately, {2 {k2}}",
        "one of {1 {k}} and one of {2 {k2}}",
        "{1 {k}}. And in another picture {2 {k2}}", "picture one: {1 {k}}. picture two: {2 {k2}}",
        "{0 {k}} {1 {p}} and the same {n} {2 {p2}}, two pictures",
        "{0 {k}} in {1 {c}} and in {2 {c2}}, a picture each", "draw {1 {k}}. draw {2 {k2}} too, but not in the same picture",
        "{0 {k}} {1 {p}}. Then {k} {2 {p2}}, as a second picture", "I need {1 {k} {p}}, and I also need a picture of {2 {k2}}",
        "show me {1 {k}} and after that show me {2 {k2} {p2}}", "two drawings, {1 {k}} and {2 {k2}}",
        "a picture of {1 {k}} and another picture of {2 {k2}}",
        "{1 {k}} on one page and {2 {k2}} on the next", "make {1 {k} {p}}, then make {2 {k2} {p2}}", "draw {1 {k}}. Next, draw {2 {k2}}",
        "one picture has {1 {k}}, the other {2 {k2}}", "both of them, one after the other: {1 {k}}, {2 {k2}}",
        "{1 a {c} {n}} in one picture and {2 a {c2} {n2}} in the other", "{0 {k}} {1 by day} and, in another picture, {2 by night}",
        "two versions of {0 {k}}, {1 {c}} and {2 {c2}}", "{1 {k} {p}}; separately {2 {k2} {p2}}",
        "what does {1 {k}} look like? and, in another picture, {2 {k2}}?", "compare {0 {k}} {1 {p}} and {k} {2 {p2}}",
        "begin with {1 {k}} and go on with {2 {k2}}", "page 1: {0 the {n}} {1 sleeps {p}}. page 2: the {n} {2 wakes up {p2}}.",
        "illustrate both: {1 {k} {p}}. {2 {k2} {p2}}.", "{1 {k}}. Now {2 {k2}}. One picture each.", "Draw {1 {k}}. Then draw {2 {k2} with {k}}.",
        "{0 {k}} {1 in the sun}, and a second picture {2 in the rain}", "{1 two {c} {ks}} in a picture and {2 three {ks2}} in another",
        "{0 {k}}, one {1 {c}} and one {2 {c2}}, in two pictures", "show {0 {k}} {1 before} and {2 at night}, in two pictures",
    )),
    *((form, 3) for form in (
        "three pictures of {0 {k}}", "make three drawings of {0 {k} {p}}", "{1 {k}}, {2 {k2}} and {3 {k3}}, one picture each",
        "three pictures: {1 {k}}, {2 {k2}} and {3 {k3}}", "first {1 {k}}, then {2 {k2}}, then {3 {k3}}",
        "{1 {k}}, {2 {k2}} and {3 {k3}}, each in its own picture", "one of {1 {k}}, one of {2 {k2}}, one of {3 {k3}}",
        "draw {1 {k}}. draw {2 {k2}}. draw {3 {k3}}.", "a series of three: {1 {k}}, {2 {k2}}, {3 {k3}}",
        "{1 {k} {p}}; {2 {k2} {p2}}; {3 {k3} at night}. Three drawings.", "show {1 {k}}, after that {2 {k2}}, and at last {3 {k3}}",
        "3 separate pictures of {1 {k}}, {2 {k2}}, {3 {k3}}", "three times {0 {k}}: {1 {c}}, {2 {c2}} and {3 {p}}",
        "{0 {k}} {1 in the sun}, {2 in the rain} and {3 in the snow}. Three pictures.", "three pictures please, {1 {k}}, {2 {k2}} and {3 {k3}}",
    )),
    *((form, 4) for form in (
        "four pictures: {1 {k}}, {2 {k2}}, {3 {k3}} and {4 {ks}}",
        "{0 {k}} {1 in spring}, {2 in summer}, {3 in autumn} and {4 in winter}, a picture each",
        "four drawings, {1 {k}}; {2 {k2}}; {3 {k3}}; {4 {k} with {k2}}",
    )),
)
TWICE = (
    "once {1 {p}} and once {2 {p2}}", "{1 in {c}} and {2 in {c2}}, two pictures", "{1 at night} and, in another one, {2 {p}}",
    "one version {1 {p}}, one {2 {p2}}", "{1 {p}}, and a second one {2 {p2}}", "two others: {1 {c}} and {2 {c2}}",
    "both {1 {c}} and {2 {c2}}, a picture each", "first {1 {p}}, then {2 {p2}}", "one {1 {c}}, one {2 {c2}}, separately",
    "now {1 at night}, and once more {2 {p}}",
)
HOW = (
    "{c}", "{p}", "at night", "at sunset", "in the rain", "in the snow", "by day", "in the evening", "bigger", "with {k}", "in winter", "in {c}",
)


class Reference(NamedTuple):
    """`asked`: for every picture the words that it was asked for with, and its place among those of one reply; `meant`: 0 none, else its number;
    `count`: pictures that are wanted; `of`: for each character of the words which of several it is said of (0: none, OF_ALL: all).
    """

    asked: list[tuple[str, int]]
    words: str
    meant: int
    count: int
    of: list[int]


class Told(NamedTuple):
    """A picture: the words that it was asked for with, its place among those of its reply, and the first picture of those it was made from."""

    words: str
    place: int
    root: int


def references(seed: int, held: bool = False) -> list[Reference]:
    """Of every turn of one dialogue that wants a picture."""
    r = Stream(seed, "references")
    swap = swapped(r) if r.chance(OTHER) and not held else str
    told: list[Told] = []
    out: list[Reference] = []

    def refer(said: str, which: int, count: int) -> None:
        low = max(0, len(told) - LONGEST)
        words, of = unmarked(said)
        if plain(words) not in kept_from_training() and (which < 0 or which >= low):
            out.append(Reference([(t.words, t.place) for t in told[low:]], words, which - low + 1 if which >= 0 else 0, count, of))

    for turn in turns(r, held):
        if not held and r.chance(FREE):
            refer(*aside(r, told, swap))
        words = swap(turn.words)
        refer(words, turn.which, len(turn.scenes))
        first = len(told)
        told += [Told(unmarked(words)[0], n, told[turn.which].root if turn.which >= 0 else first + n) for n in range(len(turn.scenes))]
    return out


def many_wanted(seed: int) -> Reference:
    """A first message that asks for several pictures, which in dialogues few do."""
    r = Stream(seed, "references/several")
    swap = swapped(r) if r.chance(OTHER) else str
    if r.chance(0.5):
        wished = several(r)
        said, count = written(r, wished.words), len(wished.scenes)
    else:
        form, count = r.pick(SEVERAL)
        said = written(r, capital(filled(r, with_marks(form))))
    words, of = unmarked(swap(said))
    return many_wanted(seed + 1) if plain(words) in kept_from_training() else Reference([], words, 0, count, of)


def aside(r: Stream, told: list[Told], swap: Callable[[str], str]) -> tuple[str, int, int]:
    """A turn in words that no scene comes of, so that no later one can be about its picture; which is meant, and how many are wanted."""
    way = r.weighted(("onward", "anew", "wanted", "backward", "several"), (0.27, 0.2, 0.05, 0.35, 0.13) if told else (0.0, 0.5, 0.15, 0.0, 0.35))
    newest = len(told) - 1
    if way == "several":
        form, count = r.pick(SEVERAL)
        return swap(written(r, capital(filled(r, with_marks(form))))), -1, count
    found = known(r, told) if way == "backward" else None
    if found:
        noun, which = found
        return written(r, capital(r.pick(BACKWARD).format(n=noun, w=filled(r, r.pick(HOW))))), which, 1
    if way == "onward" and r.chance(0.1):
        return swap(written(r, capital(filled(r, with_marks(r.pick(TWICE)))))), newest, 2
    forms = ANEW if way == "anew" else WANTED if way == "wanted" else ONWARD
    return swap(written(r, capital(filled(r, r.pick(forms))))), -1 if way in ("anew", "wanted") else newest, 1


def known(r: Stream, told: list[Told]) -> tuple[str, int] | None:
    """A noun that was said of one picture and of those made from it alone, and the newest of them."""
    said: dict[str, set[int]] = {}
    for t in told:
        for noun in nouns() & set(re.findall(r"[a-z-]+", t.words.lower())):
            said.setdefault(noun, set()).add(t.root)
    lone = [i for i, t in enumerate(told) if t.place == 0 and (i + 1 == len(told) or told[i + 1].place == 0)]
    newest = {told[i].root: i for i in lone}
    alone = sorted((noun, *roots) for noun, roots in said.items() if len(roots) == 1)
    found = [(noun, newest[root]) for noun, root in alone if root in newest]
    return r.pick(found) if found else None


@lru_cache(maxsize=1)
def nouns() -> frozenset[str]:
    return frozenset(word for kind in KINDS for word in kind.words) | frozenset(THINGS)


def with_marks(form: str) -> str:
    """A form of SEVERAL with marks in the place of {1 …}."""
    return re.sub(r"\{(\d) ((?:[^{}]|\{\w+\})*)\}", lambda m: mark(int(m[1]) or OF_ALL, m[2]), form)


def filled(r: Stream, form: str) -> str:
    a, b = (r.pick(THINGS) if r.chance(0.5) else r.pick(KINDS).name for _ in range(2))
    places = PLACES if r.chance(0.5) else PLACE_WORDS[r.pick(sorted(PLACE_WORDS))][:-1]
    c, c2 = (r.pick(COLOURS) if r.chance(0.4) else r.pick(sorted(COLOUR_WORDS)) for _ in range(2))
    p, p2 = r.pick(places), r.pick(places)
    d = r.pick(THINGS)
    return form.format(k=article(a), K=capital(article(a)), k2=article(b), k3=article(d), n=a, n2=b, ks=many(a), ks2=many(b), c=c, c2=c2, p=p, p2=p2)


def many(noun: str) -> str:
    kind = next((k for k in KINDS if k.name == noun), None)
    return plural(kind, noun) if kind else noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def swapped(r: Stream) -> Callable[[str], str]:
    """Puts other things, places and colours into what is said, the same for the same throughout a dialogue."""
    new: dict[str, str] = {}
    for kind in KINDS:
        if r.chance(0.6):
            other = r.pick(THINGS)
            new |= {form: word for name in kind.words for form, word in ((name, other), (plural(kind, name), many(other)))}
    for phrases in PLACE_WORDS.values():
        if r.chance(0.5):
            other = r.pick(PLACES)
            new |= dict.fromkeys(phrases, other)
    for words in COLOUR_WORDS.values():
        if r.chance(0.4):
            other = r.pick(COLOURS)
            new |= dict.fromkeys(words, other)
    if not new:
        return str
    find = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, new), key=len, reverse=True)) + r")\b", re.IGNORECASE)

    def put(match: re.Match[str]) -> str:
        was = match.group()
        word = new.get(was.lower(), was)
        return word.upper() if was.isupper() and len(was) > 1 else capital(word) if was[0].isupper() else word
    return lambda text: find.sub(put, text)


@lru_cache(maxsize=2)
def by_hand(file: str = POINTING) -> tuple[Reference, ...]:
    """The frozen dialogues of a file: of the one it is known which picture is meant, of the other how many are wanted."""
    out: list[Reference] = []
    for line in (TRAINING / file).read_text().splitlines():
        if line.startswith("#"):
            continue
        label, text = line.split("\t")
        asked: list[tuple[str, int]] = []
        while text[0] in "[(":
            pictured = text[0] == "["
            words, text = text[1:].split("] " if pictured else ") ", 1)
            asked += [(words, 0)] if pictured else []
        out.append(Reference(asked, text, *((int(label), 1) if file == POINTING else (0, int(label))), []))
    return tuple(out)


@lru_cache(maxsize=1)
def kept_from_training() -> frozenset[str]:
    return frozenset(plain(each.words) for file in (POINTING, COUNTING) for each in by_hand(file))
