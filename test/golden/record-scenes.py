"""Records what the pixel oracle answers in words: python test/golden/record-scenes.py test/golden/fixtures

Writes scene-words.json: every field of a scene in the oracle's order, its slot (null: the whole scene), and its classes by name; "" is
what stands for nothing there and for a thing's own colours, and counts are numbers.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from training.scenes.backdrops import PLACES, TIMES  # noqa: E402
from training.scenes.graph import FIELDS, HEADS  # noqa: E402
from training.scenes.kinds import KINDS  # noqa: E402
from training.scenes.sprites import COLOURS  # noqa: E402
from training.scenes.weather import WEATHERS  # noqa: E402

NAMES = {"place": PLACES, "time": TIMES, "weather": WEATHERS, "kind": (*(k.name for k in KINDS), ""), "colour": (*COLOURS, "own", ""),
         "count": ("0", "1", "2", "3")}


def main(out: Path) -> None:
    fields = [{"field": f, "slot": slot or None, "classes": list(NAMES[f])} for f, slot in FIELDS]
    assert [len(f["classes"]) for f in fields] == list(HEADS)
    (out / "scene-words.json").write_text(json.dumps({"fields": fields}) + "\n")


main(Path(sys.argv[1]))
