"""Writes the storybook's VIST- and VisDial-shaped test sets for the evaluation, and refinements: python -m training.test_sets --out FOLDER.

Of stories and dialogues, only items whose right picture shows a combination that training keeps out (a kind with a colour, a kind on or
under another); refinements are of seeds that training never meets. Files as the published sets have them: FOLDER/vist/val.story-in-sequence.json,
FOLDER/visdial/visdial_1.0_val.json; of our own making FOLDER/refine/refinements.json. images/ beside each, and labels.json with what
every picture shows, field by field, for the pixel oracle, and what the classes are called, for sentences about a picture.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from training import art
from training.scenes.backdrops import PLACES, TIMES
from training.scenes.captions import caption
from training.scenes.edits import chain
from training.scenes.graph import FIELDS, HEADS, Scene, draw_scene, is_held, labels
from training.scenes.kinds import KINDS
from training.scenes.lexicon import COLOUR_WORDS, PLACE_WORDS, TIME_SENTENCES, TIME_WORDS, WEATHER_SENTENCES, WEATHER_WORDS
from training.scenes.phrases import plural
from training.scenes.questions import PLACE_NAME, TIME_NAME, WEATHER_NAME, rounds, visdial
from training.scenes.render import halved, render
from training.scenes.sprites import COLOURS
from training.scenes.stories import Story, facts, story, vist
from training.scenes.streams import Stream
from training.scenes.weather import WEATHERS

# Words for every class that has some: no weather is said of a clear day, and no colour of what keeps its art's own. A bare "snow" may be both a
# place and a weather, so it is neither.
NAMES: dict[str, list[list[str]]] = {
    "place": [[PLACE_NAME[p], *PLACE_WORDS[p], *([] if p == "snow" else [p])] for p in PLACES],
    "time": [[TIME_NAME[t], *TIME_WORDS[t], *TIME_SENTENCES[t]] for t in TIMES],
    "weather": [[] if w == "clear" else [WEATHER_NAME[w], *WEATHER_WORDS[w], *WEATHER_SENTENCES[w]] for w in WEATHERS],
    "kind": [[form for word in kind.words for form in (word, plural(kind, word))] for kind in KINDS],
    "colour": [list(COLOUR_WORDS[c]) for c in COLOURS],
}
STORY_SEED, DIALOG_SEED, REFINE_SEED, SILENT_SEED = 7_000_000, 8_000_000, 9_000_000, 10_000_000


def held_stories(count: int, silent: bool) -> Iterator[tuple[int, Story]]:
    """Seeds from STORY_SEED, or SILENT_SEED, on whose last scene shows something held out; what pictures alone show is said of nothing else."""
    seed = SILENT_SEED if silent else STORY_SEED
    while count > 0:
        told = story(seed, held=True, silent=silent)
        if is_held(told.scenes[-1]) and not (silent and said(told)):
            yield seed, told
            count -= 1
        seed += 1


def said(told: Story) -> list[str]:
    """Words of the sentences that tell a colour or a place that pictures alone should show, of whatever they are said."""
    words = set(re.findall(r"[a-z]+", " ".join(told.sentences).lower()))
    shown = {field for field, stands in zip(FIELDS, facts(told, True)) if stands == "shown"}
    scene = told.scenes[-1]
    colours = [w for t in scene["things"] if ("colour", t["slot"]) in shown and t["colour"] for w in (t["colour"], *COLOUR_WORDS[t["colour"]])]
    places = [scene["place"], *PLACE_WORDS[scene["place"]]] if ("place", "") in shown else []
    text = " ".join(told.sentences).lower()
    return [w for w in colours if set(w.split()) <= words] + [p for p in places if p in text]


def held_scenes(count: int) -> Iterator[tuple[int, Scene]]:
    """Seeds from DIALOG_SEED on whose scene shows something held out."""
    seed = DIALOG_SEED
    while count > 0:
        scene = draw_scene(seed, held=True)
        if is_held(scene):
            yield seed, scene
            count -= 1
        seed += 1


def write_set(folder: Path, name: str, data: dict[str, object], scenes: dict[str, Scene], told: dict[str, list[str | None]] | None = None) -> None:
    """The set's file, a picture of 96 pixels for every scene, and its labels; `told`: where each of them stands."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(data) + "\n")
    for image, scene in scenes.items():
        Image.fromarray(halved(render(scene))).save(folder / "images" / f"{image}.png")
    fields = [{"field": f, "slot": slot or None, "classes": n, "names": NAMES.get(f, [])} for (f, slot), n in zip(FIELDS, HEADS)]
    right = {image: labels(scene) for image, scene in scenes.items()}
    (folder / "labels.json").write_text(json.dumps({"fields": fields, "labels": right, **({"told": told} if told else {})}) + "\n")


def write_stories(folder: Path, count: int, silent: bool) -> None:
    annotations, scenes, images, where = [], {}, [], {}
    for seed, told in held_stories(count, silent):
        where[f"{seed}-{len(told.scenes) - 1}"] = facts(told, silent)
        annotations += vist(told, seed)
        for i, scene in enumerate(told.scenes):
            scenes[f"{seed}-{i}"] = scene
            images.append({"id": f"{seed}-{i}", "album_id": str(seed)})
    write_set(folder, "val.story-in-sequence.json", {"images": images, "albums": [], "annotations": annotations}, scenes, where)


def write_dialogs(folder: Path, count: int) -> None:
    found = list(held_scenes(count))
    told = [(seed, caption(Stream(seed, "dialog"), s).text, rounds(seed, s)) for seed, s in found]
    write_set(folder, "visdial_1.0_val.json", visdial(told, "val"), {f"VisualDialog_val2018_{seed:012d}": s for seed, s in found})


def write_refinements(folder: Path, count: int) -> None:
    """A wish and one to eleven edits, a quarter of the later ones of an earlier picture by its number."""
    dialogues, scenes = [], {}
    for seed in range(REFINE_SEED, REFINE_SEED + count):
        r = Stream(seed, "refinements")
        first = draw_scene(seed)
        turns = chain(seed, 1 + r.below(11), placed_caption(r, first), first)
        scenes |= {f"{seed}-{n}": turn.scene for n, turn in enumerate(turns)}
        said = [{"words": turn.words, "parent": turn.parent, "picture": f"{seed}-{n}"} for n, turn in enumerate(turns)]
        dialogues.append({"id": str(seed), "turns": said})
    write_set(folder, "refinements.json", {"dialogues": dialogues}, scenes)


def placed_caption(r: Stream, scene: Scene) -> str:
    """A wish that says the place."""
    while True:
        found = caption(r, scene)
        if found.placed:
            return found.text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--dialogs", type=int, default=1000)
    parser.add_argument("--refinements", type=int, default=50)
    arguments = parser.parse_args()
    art.fetch()
    write_stories(arguments.out / "vist", arguments.stories, silent=False)
    write_stories(arguments.out / "vist-shown", arguments.stories, silent=True)
    write_dialogs(arguments.out / "visdial", arguments.dialogs)
    write_refinements(arguments.out / "refine", arguments.refinements)
    print(f"{arguments.stories} stories from seed {STORY_SEED}, as many with silent openings from seed {SILENT_SEED}, "
          f"{arguments.dialogs} dialogues from seed {DIALOG_SEED}, {arguments.refinements} refinements from seed {REFINE_SEED} in {arguments.out}")


if __name__ == "__main__":
    main()
