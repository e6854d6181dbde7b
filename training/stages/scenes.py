"""Stage 0: scenes to look at, with their words, as sheets and JSON lines. Training draws its own scenes; nothing here is needed later."""

import json
from pathlib import Path

import numpy as np

from training.scenes.captions import caption
from training.scenes.edits import chain
from training.scenes.graph import Scene, draw_scene, thing
from training.scenes.kinds import KINDS
from training.scenes.questions import rounds, visdial
from training.scenes.render import render
from training.scenes.stories import story, vist
from training.scenes.streams import Stream
from training.sheets import sheet


def kinds_sheet(path: Path) -> None:
    """Every kind alone, in its own colours, on the meadow by day."""
    scenes: list[Scene] = [{"place": "meadow", "time": "day", "weather": "clear", "seed": 1,
                            "things": [thing("sky" if k.role == "sky" else "middle", k, None)]} for k in KINDS]
    sheet(path, np.stack([render(s) for s in scenes]), [k.name for k in KINDS], columns=16, side=96)


def scenes_sheet(path: Path, seed: int, count: int) -> None:
    scenes = [draw_scene(seed + i) for i in range(count)]
    sheet(path, np.stack([render(s) for s in scenes]), [caption(Stream(seed + i, "sheet"), s).text for i, s in enumerate(scenes)])


def edits_sheet(path: Path, seed: int, rows: int) -> None:
    """One conversation a row: a picture and five wishes."""
    turns = [t for i in range(rows) for t in chain(seed + i, 5, caption(Stream(seed + i, "sheet"), draw_scene(seed + i)).text)]
    sheet(path, np.stack([render(t.scene) for t in turns]), [t.words for t in turns], columns=6)


def examples(path: Path, seed: int, count: int) -> None:
    """Scene graphs with two wordings each, one JSON object a line."""
    with path.open("w") as out:
        for i in range(count):
            scene, r = draw_scene(seed + i), Stream(seed + i, "examples")
            out.write(json.dumps({"scene": scene, "captions": [caption(r, scene).text, caption(r, scene).text]}) + "\n")


def stories_sheet(path: Path, seed: int, rows: int) -> None:
    told = [story(seed + i) for i in range(rows)]
    sheet(path, np.stack([render(s) for t in told for s in t.scenes]), [w for t in told for w in t.sentences], columns=5)


def test_sets(folder: Path, seed: int, count: int) -> None:
    """Stories shaped as VIST's SIS and question dialogues shaped as VisDial v1.0, each with the scenes that are right."""
    told = [story(seed + i, held=True) for i in range(count)]
    annotations = [line for i, t in enumerate(told) for line in vist(t, seed + i)]
    (folder / "stories.json").write_text(json.dumps({"annotations": annotations, "scenes": [t.scenes for t in told]}))
    scenes = [draw_scene(seed + i, held=True) for i in range(count)]
    dialogs = [(seed + i, caption(Stream(seed + i, "dialog"), s).text, rounds(seed + i, s)) for i, s in enumerate(scenes)]
    (folder / "dialogs.json").write_text(json.dumps({**visdial(dialogs), "scenes": scenes}))


def run(folder: Path, count: int = 40) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kinds_sheet(folder / "kinds.jpg")
    scenes_sheet(folder / "scenes.jpg", 4_000_000, count)
    edits_sheet(folder / "edits.jpg", 4_100_000, max(1, count // 8))
    stories_sheet(folder / "stories.jpg", 4_300_000, max(1, count // 10))
    test_sets(folder, 4_400_000, count)
    examples(folder / "examples.jsonl", 4_200_000, count)
    print(f"scenes: sheets in {folder}", flush=True)
