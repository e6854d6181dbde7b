"""Turns that want a picture and turns that do not, in context, for the show-a-picture gate; hard negatives name things, pictures and drawing.

What is drawn here trains. `turns-gate.txt` was written by hand, is frozen, and is only ever measured.
"""

from functools import lru_cache
from typing import NamedTuple

from training.dialogues import CHAT, Dialogue, Writer, sentence, worded
from training.paths import TRAINING
from training.scenes.captions import written
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.kinds import KINDS
from training.scenes.phrases import article, noun, plural
from training.scenes.questions import rounds
from training.scenes.smalltalk import small_talk
from training.scenes.stories import story
from training.scenes.streams import Stream

WANTED = (
    "I would like a drawing of {k}", "May I have a picture with {k} in it?", "Will you draw {k} with me?", "{K}!", "We need {k} on this page",
    "Do {k}", "My little brother wants to see {k}", "Let us have {k} now", "I wish there was {k}", "Can we get {k} please",
    "The next picture has {k}", "Here comes {k}", "Draw whatever you like", "Show me something pretty", "Draw an animal for me",
    "Any picture will do", "Start with {k}", "Do you have a picture of {k}?", "I have never seen {k}, show me one", "And then {k} appeared",
    "{k} and {k2}", "Both {k} and {k2} please", "No words, just draw {k}", "Would a picture of {k} be possible?",
    "Your next drawing should be {k}", "Now {k}, if you do not mind", "Well, then let me see {k}", "Hi, please draw {k}",
    "Thank you, and now {k}", "Nice! Next {k}", "Sketch {k} quickly", "How does {k} look in the rain?",
    "{n}", "{n}", "{ks}", "{c} {n}", "{n} and {n2}", "Draw something", "Paint anything", "Draw", "A drawing please", "A picture", "Can you draw {k}?",
    "Can you draw me something?", "Could you paint {k}?", "Are you able to draw {k} for me?", "Try to draw {k}", "Paint me {k}",
)
AGAIN = (
    "Again", "One more", "Another", "Another picture please", "Do it again", "A different one", "Try something else", "Like before but bigger",
    "Another one in {c}", "Make another one, more {c}", "A bit more {c}", "I want to see it in {c}", "It should be {c}", "And a second one",
    "More of them", "Give it a friend", "Go back to the one before", "Show me the first picture again", "Could you redo it",
    "Draw that once more", "Can you make it brighter?", "With {k} next to it", "Instead of that, {k}", "Put {k} there too", "The same with {k}",
    "Now let it sleep", "It moved to another place", "Then night fell", "Suddenly it began to snow", "A while later {k} came by",
    "What would it look like in {c}?", "Let me see it from closer",
)
UNWANTED = (
    "Tell me more about {ks}", "What does {k} eat?", "I think {ks} are lovely", "Do {ks} sleep at night?", "Can {ks} swim?", "How heavy is {k}?",
    "Have you read a book about {ks}?", "We saw {ks} on our holiday", "My friend is afraid of {ks}", "How is {k} called in French?",
    "Where can I find {ks}?", "Who likes {ks} best?", "Is {k} bigger than {k2}?", "What rhymes with {n}?", "Please explain what {k} is",
    "Do not show me {ks}", "I am tired of {ks}", "Just tell me about {ks}, do not draw", "Talk to me about {ks}",
    "Give me three facts about {ks}", "Are there {ks} in Africa?", "I used to have {k}", "How do you draw {k}? Explain it in words",
    "I made a drawing of {k} at school", "My picture of {k} is better", "Why did you think of {ks}?", "How long do {ks} live?",
    "What is {k} made of?", "Are {ks} dangerous?", "When did people first see {ks}?", "Write me a story about {k}, words only",
    "Do you prefer {ks} or {ks2}?", "I am not in the mood for {ks}", "{K} is not what I meant", "My uncle works with {ks}",
    "I know a lot about {ks}",
)
TALK = (
    "How was your day?", "What are you doing?", "I am hungry", "I feel sad today", "That is enough", "Please stop drawing",
    "I want no more pictures", "Let us talk instead", "Only answer in words", "Pictures are boring", "Why do you draw?", "What are you made of?",
    "Are you a robot?", "Do you like me?", "What is the weather like?", "Tell me something interesting", "What is seven minus four?",
    "Can you help me with my homework?", "Do you know any songs?", "Which day is it?", "Help", "What did you say?", "I do not understand",
    "Say that again", "You said that before", "Be quiet please", "Not now", "Hey", "Hi!", "Good afternoon", "How do you do", "Nice to meet you",
    "Goodbye then", "I have to go", "Until tomorrow", "Yes please, tell me", "No thanks", "Fine", "Cool", "Hm", "Never", "Maybe", "Correct",
    "Wrong", "Who taught you that?", "What is a poem?", "What does lonely mean?", "How far away is the moon?", "Why does it rain?",
    "My mother is a teacher", "I live in a small town", "I have two sisters", "Today is Monday", "Can you sing?", "Can you hear me?",
    "Where are you from?", "Do you have a family?", "Tell me a riddle", "What is your favourite food?",
    "Can you draw?", "How do you draw?", "Are you able to draw?", "What can you draw?", "Which animals can you draw?", "Do you like drawing?",
    "Who taught you to draw?", "Do you draw every day?", "How does drawing work?", "Is drawing hard?", "I cannot draw well", "I like to paint too",
    "What colours do you know?", "How many pictures have you drawn?", "Can you paint as well as draw?", "Do your pictures cost anything?",
)
REACTIONS = (
    "Wonderful", "So pretty!", "I like this picture", "That looks good", "Thanks for the picture", "This is exactly what I wanted",
    "I do not like this picture", "That is not right", "Hm, not bad", "It made me laugh", "What is that?", "What can we see here?",
    "Who is that?", "What is it doing?", "Is it happy?", "Does it have a name?", "How many are there?", "What is behind it?", "Where are we?",
    "Why is it {c}?", "Is that {k}?", "Did you draw this yourself?", "How long did it take?", "Keep it like this", "Do not change anything",
    "That was the last one", "Enough drawing for now", "Can I keep it?", "I will print it", "My sister will love it", "It reminds me of {k}",
    "Describe the picture", "Tell me what is in the picture", "Tell me a story about it", "What happens next? Only tell me", "Is it cold there?",
    "Nice picture", "Good drawing!", "Lovely picture, thank you", "What a nice drawing", "The colours are beautiful", "You draw well", "Well drawn",
    "Could {k} live there?", "Was that hard to draw?", "Which one do you like more?", "It looks like {k}",
)
COLOUR_WORDS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white", "golden")


class HandTurn(NamedTuple):
    text: str
    wanted: bool
    before: str
    pictured: bool


def filled(r: Stream, forms: tuple[str, ...]) -> str:
    a, b = r.pick(KINDS), r.pick(KINDS)
    one = article(a.name)
    return r.pick(forms).format(k=one, K=one[0].upper() + one[1:], k2=article(b.name), ks=plural(a, a.name), ks2=plural(b, b.name), n=a.name,
                                n2=b.name, c=r.pick(COLOUR_WORDS))


def wish(r: Stream, scene: Scene | None) -> tuple[str, Scene]:
    """A turn that wants a picture, and some scene for it; with a scene before, half of them lean on it."""
    fresh = draw_scene(r.below(1 << 40))
    if scene is not None and r.chance(0.6):
        if r.chance(0.65):
            words, changed = edit(r, scene)
            return words, changed
        return filled(r, AGAIN), scene
    kind = r.unit()
    if kind < 0.5:
        return worded(r, fresh).text, fresh
    if kind < 0.7:
        return filled(r, WANTED), fresh
    if kind < 0.82:
        told = story(r.below(1 << 40))
        return told.sentences[0 if scene is None else r.below(5)], told.scenes[-1]
    return r.pick(("{x}", "{x}, please", "Draw {x}", "Show {x}", "I want {x}")).format(x=noun(r, fresh["things"][0])), fresh


def chat(r: Stream, scene: Scene | None) -> str:
    """A turn that wants none; with a scene before, half of them are about it."""
    if scene is not None and r.chance(0.55):
        return filled(r, REACTIONS) if r.chance(0.6) else r.pick(rounds(r.below(1 << 40), scene)).question
    kind = r.unit()
    if kind < 0.4:
        return filled(r, UNWANTED)
    return small_talk(r.below(1 << 40)) if kind < 0.7 else filled(r, TALK)


def labelled(seed: int) -> Dialogue:
    """One to four turns, half of them wanting a picture; each reply's opening is an example."""
    r = Stream(seed, "turns")
    out = Writer()
    scene: Scene | None = None
    for _ in range(r.weighted((1, 2, 3, 4), (0.3, 0.35, 0.2, 0.15))):
        wanted = r.chance(0.5)
        words, after = wish(r, scene) if wanted else (chat(r, scene), None)
        if plain(words) in kept_from_training():
            continue
        out.user(written(r, words))
        out.reply(r.pick(CHAT) if after is None else sentence(r, after, scene), after)
        scene = after or scene
    return out.done() if out.ids else labelled(seed + 1)


def plain(text: str) -> str:
    """Letters, figures and single spaces: what two wordings that differ in capitals and stops have in common."""
    return " ".join("".join(c for c in text.lower() if c.isalnum() or c == " ").split())


@lru_cache(maxsize=1)
def kept_from_training() -> frozenset[str]:
    return frozenset(plain(turn.text) for turn in by_hand())


def by_hand() -> list[HandTurn]:
    """The frozen turns of turns-gate.txt."""
    found: list[HandTurn] = []
    for line in (TRAINING / "turns-gate.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        label, text = line.split("\t")
        before, pictured = "", text.startswith("[")
        if text[0] in "[(":
            before, text = text[1:].split("] " if pictured else ") ", 1)
        found.append(HandTurn(text, label == "yes", before, pictured))
    return found


def hand_dialogue(turn: HandTurn, index: int) -> Dialogue:
    """A hand-written turn behind what came before it; the last opening is the one that is asked for."""
    r = Stream(index, "turns/hand")
    out = Writer()
    if turn.before:
        out.user(turn.before)
        out.reply("Here it is." if turn.pictured else r.pick(CHAT), draw_scene(index) if turn.pictured else None)
    out.user(turn.text)
    out.open_reply(turn.wanted)
    return out.done()


