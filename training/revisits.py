"""Dialogues with up to twelve pictures in which turns go back to earlier ones, ask for several at once or for one to be found, with talk between.

As words alone they teach the pointer (training/references.py); read by the language model, the mapper beside `dialogues.conversation`, the gate of
further pictures and the finder.
"""

from collections.abc import Iterator
from typing import NamedTuple

from training.dialogues import CHAT, Dialogue, Writer, reply_to, sentence, shown, worded
from training.scenes.captions import written
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.pointing import finding, going_back, shown_again
from training.scenes.several import plainly, several, unmarked
from training.scenes.smalltalk import small_talk
from training.scenes.streams import Stream

LONGEST = 12
COUNTS = ((2, 3, 4, 5, 6, 8, 10, 12), (0.16, 0.2, 0.18, 0.16, 0.12, 0.09, 0.05, 0.04))
TALK = ((0, 1, 2), (0.8, 0.14, 0.06))
PASSED = 0.3  # of edits whose words name what one picture alone shows, and not which picture


class Turn(NamedTuple):
    """What is said behind some talk (marked, scenes/several.py), the pictures that answer it, and which earlier one it means (-1: none).

    `answer`: what may be said to several.
    """

    talk: list[str]
    words: str
    scenes: list[Scene]
    which: int
    found: bool
    answer: str


def turns(r: Stream, held: bool = False, pictures: int | None = None, settings: float = 0.4) -> Iterator[Turn]:
    """`pictures`: how many at least; `settings` as for `edits.edit`."""
    count = pictures or r.weighted(*COUNTS)
    scenes: list[Scene] = []
    while len(scenes) < count:
        talk = [written(r, small_talk(r.below(1 << 40))) for _ in range(r.weighted(*TALK))]
        way = r.weighted(("fresh", "newest", "back", "several"), (0.2, 0.38, 0.34, 0.08) if scenes else (0.85, 0.0, 0.0, 0.15))
        which, found, answer = -1, False, ""
        if way == "several":
            words, made, answer = several(r, held)
        elif way == "fresh":
            scene, found = draw_scene(r.below(1 << 40), held), r.chance(0.3)
            if found:
                words, scene = finding(r, scene, held), plainly(scene)
            else:
                words, placed = worded(r, scene, held)
                scene = shown(scene, placed)
            made = [scene]
        else:
            which = len(scenes) - 1 if way == "newest" else r.below(len(scenes))
            words, scene = edit(r, scenes[which], settings)
            if way == "back" and r.chance(0.25):
                words, scene = shown_again(r, which, scenes, held), {**scenes[which]}  # one object a picture: by it the picture is known
            elif way == "back" and not (r.chance(PASSED) and names_alone(words, which, scenes)):
                words = going_back(r, words, which, scenes, held)
            made = [scene]
        yield Turn(talk, written(r, words), made, which, found, answer)
        scenes += made


def revisited(seed: int, held: bool = False, pictures: int | None = None, settings: float = 0.4) -> Dialogue:
    """As the language model reads it, with answers."""
    r = Stream(seed, "revisits")
    out, said = Writer(), ""
    scenes: list[Scene] = []
    for turn in turns(r, held, pictures, settings):
        for words in turn.talk:
            out.user(words)
            out.reply(r.pick(CHAT))
        out.user(unmarked(turn.words)[0])
        before = scenes[turn.which] if turn.which >= 0 else None
        if turn.answer:
            said = turn.answer if r.chance(0.7) else sentence(r, turn.scenes[0], None)
        else:
            said = reply_to(r, turn.words, said, turn.scenes[0], before)
        out.open_reply(True)
        out.say(said)
        for n, scene in enumerate(turn.scenes):
            out.picture(scene, before, len(scenes) + n, more=n < len(turn.scenes) - 1, found=turn.found)
        out.end_reply()
        scenes += turn.scenes
    return out.done()


def names_alone(words: str, which: int, scenes: list[Scene]) -> bool:
    """The words name a thing of this picture that no other shows."""
    elsewhere = {t["kind"] for i, s in enumerate(scenes) if i != which for t in s["things"]}
    return any(t["kind"] in words and t["kind"] not in elsewhere for t in scenes[which]["things"])
