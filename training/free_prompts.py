"""The 200 prompts written by hand outside the grammar, and what each must show. Frozen: never trained on, never edited to fit.

A line is the prompt, a tab, then the things (kind, and a slot, a colour or xN where the prompt says so), and after a bar
the place, hour and weather. "snow" is met by a snowy place or by falling snow.
"""

from typing import NamedTuple

from training.paths import TRAINING
from training.scenes.backdrops import PLACES, TIMES
from training.scenes.graph import COUNTED, SLOTS
from training.scenes.kinds import KIND, KINDS
from training.scenes.sprites import COLOURS
from training.scenes.weather import WEATHERS


class Wanted(NamedTuple):
    kind: str
    slot: str | None
    colour: str | None
    number: int | None


class Prompt(NamedTuple):
    text: str
    things: tuple[Wanted, ...]
    settings: tuple[str, ...]


def wanted(words: str) -> Wanted:
    kind = max((k.name for k in KINDS if words == k.name or words.startswith(k.name + " ")), key=len, default="")
    if not kind:
        raise ValueError(f"no kind in {words!r}")
    slot = colour = count = None
    for word in words[len(kind):].split():
        if word in SLOTS:
            slot = word
        elif word in COLOURS:
            colour = word
        elif word[0] == "x" and word[1:].isdigit():
            count = int(word[1:])
        else:
            raise ValueError(f"{word!r} in {words!r} is neither slot, colour nor count")
    return Wanted(kind, slot, colour, count)


def load() -> list[Prompt]:
    prompts = []
    for line in (TRAINING / "prompts-free.txt").read_text().splitlines():
        text, meaning = line.split("\t")
        things, _, settings = meaning.partition(" | ")
        words = tuple(settings.split())
        if unknown := set(words) - {*PLACES, *TIMES, *WEATHERS}:
            raise ValueError(f"{unknown} in {line!r}")
        prompts.append(Prompt(text, tuple(wanted(t.strip()) for t in things.split(",")), words))
    return prompts


def understood(answer: list[int]) -> tuple[dict[str, str], dict[str, Wanted]]:
    """Class indices in the order of HEADS, as words: settings and the thing in each slot that has one."""
    settings = {"place": PLACES[answer[0]], "time": TIMES[answer[1]], "weather": WEATHERS[answer[2]]}
    things, i = {}, 3
    for slot in SLOTS:
        kind, colour = answer[i], answer[i + 1]
        count = answer[i + 2] if slot in COUNTED else 1
        i += 3 if slot in COUNTED else 2
        if kind < len(KINDS):
            things[slot] = Wanted(KINDS[kind].name, slot, COLOURS[colour] if colour < len(COLOURS) else None, count)
    return settings, things


def met(prompt: Prompt, answer: list[int]) -> bool:
    """Whether every named thing, colour, count, side, place, hour and weather is there; more than that may be there too."""
    settings, things = understood(answer)
    for word in prompt.settings:
        if word == "snow" and "snow" not in (settings["place"], settings["weather"]):
            return False
        if word != "snow" and word not in settings.values():
            return False
    free = dict(things)
    for want in prompt.things:
        slot = next((s for s, t in free.items() if fits(want, t)), None)
        if slot is None:
            return False
        del free[slot]
    return True


def fits(want: Wanted, got: Wanted) -> bool:
    own = got.colour is None and KIND[want.kind].own == want.colour
    return (want.kind == got.kind and want.slot in (None, got.slot) and (want.colour in (None, got.colour) or own)
            and want.number in (None, got.number))
