"""Writes the served package from what is trained: python -m training.package --out models/storybook

What describes the language model (`lm`, name, licence) is kept as the tracked package has it; everything trained here is written anew, and
every file named with its sha256. The test suite's recordings (test/golden/record-*.py) follow.
"""

import argparse
import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from training.package import choices, gallery, language, picture
from training.paths import SERVED, WORK
from training.stages.states import PRODUCT

PARTS = ("picture", "gill")
Writer = Callable[[Path, Path], tuple[dict[str, Any], list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the package's folder; made where it is not there")
    parser.add_argument("--from", dest="base", type=Path, default=WORK, help="the folder with each stage's weights")
    parser.add_argument("--only", choices=PARTS, help="write this half and keep the other as the tracked package has it")
    parser.add_argument("--adapter", choices=tuple(language.TRAINED_ON), default=PRODUCT, help="whose mapper; names the package")
    arguments = parser.parse_args()
    out, base = arguments.out, arguments.base
    # choices and what a gallery is searched with were learned behind the product's rows; the other adapter has rows of its own
    behind_rows = (choices.write, gallery.write) if arguments.adapter == PRODUCT else ()
    language_half = (partial(language.write, adapter=arguments.adapter), *behind_rows)
    writers: dict[str, tuple[Writer, ...]] = {"picture": (picture.write,), "gill": language_half}
    out.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((SERVED / "model.json").read_text()) | {"name": arguments.adapter}
    made: list[str] = []
    for name in [arguments.only] if arguments.only else PARTS:
        manifest[name] = {}
        for write in writers[name]:
            section, files = write(base, out)
            manifest[name] |= section
            made += files
    named = {v for section in ("lm", *PARTS) for v in manifest.get(section, {}).values() if isinstance(v, str)}
    # a file is named itself, or by its folder
    is_named = lambda name: name in named or name.split("/")[0] in named or name.startswith("LICENSE")
    kept = [name for name in manifest["files"] if name not in made and is_named(name)]
    if out.resolve() != SERVED.resolve():
        for name in kept:
            (out / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(SERVED / name, out / name)
    manifest["files"] = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in sorted([*kept, *made])}
    (out / "model.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    print(f"{out}: {sum((out / name).stat().st_size for name in made) / 1e6:.1f} MB of trained weights in {len(made)} files")


main()
