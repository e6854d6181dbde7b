"""Turns that want no picture: greetings, thanks, questions about things, and requests to stop. Some name things on purpose."""

from training.scenes.kinds import KINDS
from training.scenes.phrases import article, plural
from training.scenes.streams import Stream

PLAIN = (
    "Hello!", "Hi there", "Good morning", "How are you?", "Thank you", "Thanks, that was lovely", "What is your name?", "Who made you?",
    "What can you do?", "Can you help me?", "That is funny", "I like it", "I do not like it much", "Why is the sky blue?", "What time is it?",
    "Tell me a joke", "I am tired", "I am bored", "Good night", "See you tomorrow", "Where do you live?", "How old are you?", "You are nice",
    "What did I ask before?", "Let us just talk", "No more pictures, please", "Stop showing pictures", "Do not draw anything now",
    "Wait a moment", "Never mind", "My name is Ada", "I had soup for lunch", "It is my birthday today", "Can you count to ten?", "Say something nice",
    "What does friendly mean?", "Spell rainbow", "Is it late?", "Do you dream?", "Okay", "Sure", "Great", "Really?", "I see", "Goodbye",
)
ABOUT = (
    "Tell me about {ks}", "What do {ks} eat?", "Do you like {ks}?", "Where do {ks} live?", "How big is {k}?", "Have you ever seen {k}?",
    "My sister has {k}", "What sound does {k} make?", "Why are {ks} so funny?", "How do you spell {n}?", "Is {k} heavy?", "I am afraid of {ks}",
    "Tell me a fact about {ks}, no picture", "What is the difference between {k} and {k2}?", "Are {ks} faster than {ks2}?", "I once drew {k} myself",
    "Write a poem about {k}", "Which is your favourite, {k} or {k2}?", "Yesterday I saw {k}", "What is another word for {n}?",
)


def small_talk(seed: int) -> str:
    """One turn; about half of them name a kind of thing without asking to see it."""
    r = Stream(seed, "small talk")
    if r.chance(0.5):
        return r.pick(PLAIN)
    a, b = r.pick(KINDS), r.pick(KINDS)
    return r.pick(ABOUT).format(k=article(a.name), ks=plural(a, a.name), k2=article(b.name), ks2=plural(b, b.name), n=a.name)
