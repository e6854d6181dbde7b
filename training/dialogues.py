"""Dialogues as the server lays them out: prefix, turns by the chat template, a picture as `[IMG0]`…`[IMG7]` behind the reply's sentence.

Ids from VOCABULARY on stand for the learned rows. A dialogue ends with its last picture's rows; the prefix is not part of it, its keys are shared.
"""

import json
from functools import lru_cache
from typing import NamedTuple

import jinja2

from training.paths import SERVED
from training.scenes.captions import Caption, canonical, caption, written
from training.scenes.edits import Turn, chain
from training.scenes.graph import Scene, draw_scene
from training.scenes.kinds import KINDS
from training.scenes.phrases import objects
from training.scenes.questions import Round, rounds
from training.scenes.smalltalk import small_talk
from training.scenes.sprites import COLOURS
from training.scenes.stories import story
from training.scenes.streams import Stream
from training.words import tokenizer

IMAGE_ROWS = 8
VOCABULARY = 49152
UNSAID_PLACE = "meadow"  # where no place was said, the picture is set there, and stays there
STAND_IN = "\ue000"
START = "<|im_start|>"
EDITS = ((0, 1, 2, 3, 4, 5), (0.28, 0.2, 0.17, 0.15, 0.1, 0.1))
UNSAID_SHARE = 0.15
SHORT = ("Here it is.", "Of course.", "Here you go.", "Sure, here it is.", "There you are.", "I hope you like it.", "All done!", "Look!", "Gladly.")
OPENERS = ("Here is {x}.", "Here is {x}.", "Here is {x}.", "Of course, here is {x}.", "Look, {x}!", "This is {x}.", "I drew {x}.", "Here are {x}.",
           "Here you go: {x}.")
ECHOES = ("{W}.", "Here is {w}.", "Here is a picture of {w}.", "Here is the picture: {w}.", "I can {w}.")
LISTENING = ("Oh!", "And then?", "How nice.", "Go on.", "I see.", "Really?", "I like it.", "Tell me more.")
WISHES = ("Draw it.", "Show me.", "Can you draw that?", "Please draw it for me", "Now show me the picture", "What did it look like?", "")
CHAT = ("That is nice!", "I am a small picture-book companion who likes to draw.", "Hello! Shall we make a picture together?", "I do not know.",
        "Thank you!", "You are welcome.", "I like that too.", "Let us draw something.", "It is fun to talk with you.")


class Picture(NamedTuple):
    """`at` is the position of `[IMG0]`; `scene` what it should show; `before` the scene it was made from, if any; `edits` how many came before it;
    `more`: another one follows in the same reply; `found`: one was to be found, not drawn; `turn`: where the message that it answers begins and
    where the reply's first picture stands (equal: nobody asked).
    """

    at: int
    scene: Scene
    before: Scene | None
    edits: int
    more: bool = False
    found: bool = False
    turn: tuple[int, int] = (0, 0)


class Dialogue(NamedTuple):
    """`served`: follows the prefix. `openings`: positions of the last token of each reply's opening, and whether a picture was wanted there."""

    ids: list[int]
    pictures: list[Picture]
    openings: list[tuple[int, bool]]
    served: bool


class Layout(NamedTuple):
    """The ids around each role's content, and the prefix every served dialogue begins with."""

    around: dict[str, tuple[list[int], list[int]]]
    prefix: list[int]


def encode_text(text: str) -> list[int]:
    return tokenizer().encode(text, add_special_tokens=False).ids


@lru_cache(maxsize=1)
def layout() -> Layout:
    """Read off the package's own template, with a stand-in for the content, as the server does it."""
    lm = json.loads((SERVED / "model.json").read_text())["lm"]
    template = jinja2.Environment().from_string((SERVED / lm["chatTemplate"]).read_text())
    render = lambda roles: template.render(messages=[{"role": role, "content": STAND_IN} for role in roles], add_generation_prompt=False)
    head = render(["system"])
    around: dict[str, tuple[list[int], list[int]]] = {}
    for role in ("system", "user", "assistant"):
        before, after = render(["system", role])[len(head):].split(STAND_IN) if role != "system" else head.split(STAND_IN)
        around[role] = (encode_text(before), encode_text(after))
    turns = [("system", lm["system"]), *((role, example[role]) for example in lm["examples"] for role in ("user", "assistant"))]
    prefix = [i for role, text in turns for i in (*around[role][0], *encode_text(text), *around[role][1])]
    return Layout(around, prefix)


class Writer:
    """Grows one dialogue turn by turn."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.pictures: list[Picture] = []
        self.openings: list[tuple[int, bool]] = []
        self.asked: int | None = None  # where the last message begins
        self.first: int | None = None  # where the reply's first picture stands

    def user(self, text: str) -> None:
        self.message(encode_text(text))

    def message(self, ids: list[int]) -> None:
        before, after = layout().around["user"]
        self.asked = len(self.ids) + len(before)
        self.ids += [*before, *ids, *after]

    def open_reply(self, wanted: bool) -> None:
        self.ids += layout().around["assistant"][0]
        self.openings.append((len(self.ids) - 1, wanted))
        self.first = None

    def picture(self, scene: Scene, before: Scene | None = None, edits: int = 0, more: bool = False, found: bool = False) -> None:
        at = len(self.ids)
        self.first = at if self.first is None else self.first
        turn = (at, at) if self.asked is None else (self.asked, self.first)
        self.pictures.append(Picture(at, scene, before, edits, more, found, turn))
        self.ids += range(VOCABULARY, VOCABULARY + IMAGE_ROWS)

    def say(self, text: str) -> None:
        self.ids += encode_text(text)

    def reply(self, text: str, scene: Scene | None = None, before: Scene | None = None, edits: int = 0) -> None:
        self.open_reply(scene is not None)
        self.say(text)
        if scene is not None:
            self.picture(scene, before, edits)
        self.end_reply()

    def end_reply(self) -> None:
        self.ids += layout().around["assistant"][1]

    def done(self) -> Dialogue:
        end = self.pictures[-1].at + IMAGE_ROWS if self.pictures else len(self.ids)
        last = self.openings[-1][0] + 1 if self.openings else 0
        return Dialogue(self.ids[:max(end, last)], self.pictures, self.openings, True)


def shown(scene: Scene, placed: bool) -> Scene:
    return scene if placed else {**scene, "place": UNSAID_PLACE}


def worded(r: Stream, scene: Scene, held: bool = False) -> Caption:
    """A caption that says the place, or (one in seven) does not."""
    placed = not r.chance(UNSAID_SHARE)
    while True:
        found = caption(r, scene, held)
        if found.placed == placed:
            return found


def misremembered(r: Stream, scene: Scene) -> Scene:
    """The scene with one thing's kind or colour wrong: what a small model says when it drifts."""
    things = list(scene["things"])
    i = r.below(len(things))
    things[i] = {**things[i], "colour": r.pick(COLOURS)} if r.chance(0.6) else {**things[i], "kind": r.pick(KINDS).name}
    return {**scene, "things": things}


def told(r: Stream, scene: Scene) -> str:
    """A sentence about a scene: its plain caption, or its things alone."""
    plain = canonical(scene).rstrip(".")
    words = plain[0].lower() + plain[1:] if r.chance(0.3) else objects(r, scene)
    return r.pick(OPENERS).format(x=words)


def sentence(r: Stream, scene: Scene, before: Scene | None) -> str:
    """What the assistant says before its picture: right, empty, wrong in one thing, or about the picture before."""
    kind = r.unit()
    if kind < 0.45:
        return told(r, scene)
    if kind < 0.75:
        return r.pick(SHORT)
    return told(r, misremembered(r, scene) if before is None or r.chance(0.5) else before)


def reply_to(r: Stream, words: str, last: str, scene: Scene, before: Scene | None) -> str:
    """What the served model says to an edit is often what it said the turn before, or the person's own words."""
    way = r.unit()
    if before is not None and last and way < 0.3:
        return last
    if before is not None and way < 0.45:
        plain = words.rstrip(".?! ")
        return r.pick(ECHOES).format(W=plain, w=plain[:1].lower() + plain[1:])
    return sentence(r, scene, before)


def captioned(seed: int, held: bool = False, pair: bool = True) -> Dialogue:
    """As the paper trains: a caption and the rows, nothing else; half of them, when `pair`, follow another caption with its rows."""
    r = Stream(seed, "dialogues/caption")
    out = Writer()
    out.ids += encode_text(START)
    for n in range(2 if pair and r.chance(0.5) else 1):
        scene = draw_scene(seed if n == 0 else r.below(1 << 40), held)
        text, placed = worded(r, scene, held)
        out.ids += encode_text(text)
        out.picture(shown(scene, placed))
    return out.done()._replace(served=False)


def conversation(seed: int, edits: int | None = None, held: bool = False, first: Scene | None = None, settings: float = 0.5) -> Dialogue:
    """A request and a chain of edits with the assistant's sentences; now and then a turn that wants no picture. `first` replaces the seed's scene,
    `settings` says how often an edit tries place, hour or weather."""
    r = Stream(seed, "dialogues/conversation")
    count = r.weighted(*EDITS) if edits is None else edits
    scene = first or draw_scene(seed, held)
    text, placed = worded(r, scene, held)
    turns: list[Turn] = chain(seed, count, text, shown(scene, placed), settings)
    out, said = Writer(), ""
    for n, turn in enumerate(turns):
        if r.chance(0.06):
            out.user(small_talk(r.below(1 << 40)))
            out.reply(r.pick(CHAT))
        before = turns[turn.parent].scene if turn.parent >= 0 else None
        out.user(turn.words if n == 0 else written(r, turn.words))
        said = reply_to(r, turn.words, said, turn.scene, before)
        out.reply(said, turn.scene, before, n)
    return out.done()


def storied(seed: int, held: bool = False) -> Dialogue:
    """A story: told at once and shown at the end; or a sentence a turn, every one of them shown, or the last alone."""
    r = Stream(seed, "dialogues/storied")
    told_story = story(seed, held)
    written_so = (lambda text: text.lower()) if r.chance(0.4) else (lambda text: text)
    sentences, scenes = [written_so(text) for text in told_story.sentences], told_story.scenes
    out = Writer()
    way = r.weighted(("at once", "every", "last"), (0.4, 0.35, 0.25))
    if way == "at once":
        count = r.pick((2, 3, 4, 5, 5))
        out.user(" ".join([*sentences[:count], *filter(None, [r.pick(WISHES)])]))
        out.reply(sentence(r, scenes[count - 1], None), scenes[count - 1])
        return out.done()
    for n, (text, scene) in enumerate(zip(sentences, scenes)):
        last = n == len(sentences) - 1
        out.user(f"{text} {r.pick(WISHES)}".strip() if last else text)
        if last or way == "every":
            before = scenes[n - 1] if n > 0 else None
            out.reply(sentence(r, scene, before), scene, before, n)
        else:
            out.reply(r.pick(LISTENING))
    return out.done()


def asked(seed: int, held: bool = False, scene: Scene | None = None) -> Dialogue:
    """What somebody else's questions and answers tell of a picture, given in one message or a few; then the picture."""
    r = Stream(seed, "dialogues/asked")
    scene = scene or draw_scene(seed, held)
    plain = r.chance(0.25)
    lines = [answered(each, plain) for each in rounds(seed, scene)]
    parts = r.pick((1, 1, 2, 3))
    out = Writer()
    for n in range(parts):
        piece = lines[n * 10 // parts:(n + 1) * 10 // parts]
        last = n == parts - 1
        out.user("\n".join([*piece, *filter(None, [r.pick(WISHES) if last else ""])]))
        if last:
            out.reply(sentence(r, scene, None), scene)
        else:
            out.reply(r.pick(LISTENING))
    return out.done()


def answered(each: Round, plain: bool) -> str:
    """One round: in plain words, or as VisDial's prompts have it (Das et al. 2017)."""
    if plain:
        return f"{each.question[0].upper()}{each.question[1:]}? {each.answer[0].upper()}{each.answer[1:]}."
    return f"Q: {each.question}?\nA: {each.answer}"
