"""Copies the exported weights of each stage into training/checkpoints and records what they are: python -m training.keep."""

import hashlib
import json
import shutil

from training.paths import CHECKPOINTS, WORK

STAGES = ("autoencoder", "text_tower", "oracle", "denoiser", "mapper-storybook", "mapper-storybook-captions", "gate", "choices",
          "image_side", "metric")


def main() -> None:
    CHECKPOINTS.mkdir(exist_ok=True)
    record: dict[str, dict[str, object]] = {}
    for stage in STAGES:
        source = WORK / stage / "weights.safetensors"
        if not source.exists():
            continue
        shutil.copyfile(source, CHECKPOINTS / f"{stage}.safetensors")
        last = json.loads((WORK / stage / "curve.jsonl").read_text().splitlines()[-1])
        record[stage] = {"sha256": hashlib.sha256(source.read_bytes()).hexdigest(), "bytes": source.stat().st_size, **last}
        shutil.copyfile(WORK / stage / "curve.jsonl", CHECKPOINTS / f"{stage}.curve.jsonl")
    figures = WORK / "gates" / "figures.json"
    gates = json.loads(figures.read_text()) if figures.exists() else {}
    (CHECKPOINTS / "record.json").write_text(json.dumps({"stages": record, "gates": gates}, indent=1) + "\n")


if __name__ == "__main__":
    main()
