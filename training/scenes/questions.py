"""Ten rounds of question and answer about one scene, from broad to particular, a third of them answered no. Also as VisDial v1.0 data."""

from typing import NamedTuple, TypedDict

from training.scenes.graph import Scene, Thing
from training.scenes.kinds import KIND, KINDS
from training.scenes.lexicon import PLACE_WORDS
from training.scenes.phrases import article, plural
from training.scenes.sprites import COLOURS
from training.scenes.streams import Stream

PLACE_NAME = {"meadow": "in a meadow", "beach": "at the beach", "snow": "in the snow", "city": "in a city", "forest": "in a forest",
              "desert": "in the desert", "mountains": "in the mountains", "farm": "on a farm"}
TIME_NAME = {"day": "day", "sunset": "evening", "night": "night"}
WEATHER_NAME = {"clear": "dry", "rain": "raining", "snow": "snowing"}
WHERE = {"left": "on the left", "middle": "in the middle", "right": "on the right", "sky": "in the sky", "on": "on top", "under": "underneath"}


class Round(NamedTuple):
    question: str
    answer: str


class Dialog(TypedDict):
    image_id: int
    caption: str
    dialog: list[dict[str, int]]


def counted(t: Thing) -> str:
    kind = KIND[t["kind"]]
    return article(kind.name) if t["count"] == 1 else f"{('two', 'three')[t['count'] - 2]} {plural(kind, kind.name)}"


def yes(r: Stream, truth: bool, otherwise: str) -> str:
    return r.pick(("yes", "yes it is")) if truth else r.pick((f"no, {otherwise}", "no"))


def setting_rounds(r: Stream, scene: Scene) -> list[Round]:
    place = scene["place"] if r.chance(0.5) else r.pick(tuple(PLACE_WORDS))
    time = scene["time"] if r.chance(0.5) else r.pick(tuple(TIME_NAME))
    weather = scene["weather"] if r.chance(0.5) else r.pick(tuple(WEATHER_NAME))
    return [
        Round("where is this", PLACE_NAME[scene["place"]]) if r.chance(0.6)
        else Round(f"is it {PLACE_NAME[place]}", yes(r, place == scene["place"], f"it is {PLACE_NAME[scene['place']]}")),
        Round("is it day or night", TIME_NAME[scene["time"]]) if r.chance(0.4)
        else Round(f"is it {TIME_NAME[time]}", yes(r, time == scene["time"], f"it is {TIME_NAME[scene['time']]}")),
        Round("how is the weather", f"it is {WEATHER_NAME[scene['weather']]}") if r.chance(0.4)
        else Round(f"is it {WEATHER_NAME[weather]}", yes(r, weather == scene["weather"], f"it is {WEATHER_NAME[scene['weather']]}")),
    ]


def thing_rounds(r: Stream, t: Thing) -> list[Round]:
    name = t["kind"] if t["count"] == 1 else plural(KIND[t["kind"]], t["kind"])
    verb = "is" if t["count"] == 1 else "are"
    rounds = [Round(f"what is {WHERE[t['slot']]}", counted(t))]
    if t["colour"]:
        asked = t["colour"] if r.chance(0.4) else r.pick(COLOURS)
        rounds.append(Round(f"what colour {verb} the {name}", t["colour"]) if r.chance(0.5)
                      else Round(f"{verb} the {name} {asked}", yes(r, asked == t["colour"], t["colour"])))
    rounds.append(Round(f"where {verb} the {name}", WHERE[t["slot"]]))
    return rounds


def absent_round(r: Stream, scene: Scene) -> Round:
    kind = r.pick([k for k in KINDS if all(t["kind"] != k.name for t in scene["things"])])
    return Round(f"is there {article(kind.name)}", r.pick(("no", "no there is not", "i do not see one")))


def rounds(seed: int, scene: Scene) -> list[Round]:
    """Exactly ten, the settings first and the things after; what is left over asks for things that are not there."""
    r = Stream(seed, "questions")
    total = sum(t["count"] for t in scene["things"])
    out = [Round("how many things are there", str(total)), *setting_rounds(r, scene)]
    for t in scene["things"]:
        out += thing_rounds(r, t)
    out = out[:9]
    while len(out) < 10:
        out.append(absent_round(r, scene))
    return out


def visdial(dialogs: list[tuple[int, str, list[Round]]], split: str = "test") -> dict[str, object]:
    """(image id, caption, rounds) of each dialogue as one VisDial v1.0 file: texts in two lists, dialogues pointing into them."""
    questions = sorted({x.question for _, _, d in dialogs for x in d})
    answers = sorted({x.answer for _, _, d in dialogs for x in d})
    at = {q: i for i, q in enumerate(questions)}, {a: i for i, a in enumerate(answers)}
    data: list[Dialog] = [{"image_id": n, "caption": c, "dialog": [{"question": at[0][x.question], "answer": at[1][x.answer]} for x in d]}
                          for n, c, d in dialogs]
    return {"version": "1.0", "split": split, "data": {"dialogs": data, "questions": questions, "answers": answers}}
