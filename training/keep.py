"""Copies what was trained here into training/checkpoints and records what it is: python -m training.keep. Stages not trained here stay."""

import hashlib
import json
import shutil

from training.paths import CHECKPOINTS, WORK

STAGES = ("autoencoder", "text_tower", "oracle", "denoiser", "mapper-storybook", "mapper-storybook-captions", "gate", "pointer", "choices",
          "image_side", "finding", "metric", "long_tower", "pixels_base", "pixels_up")


def main() -> None:
    CHECKPOINTS.mkdir(exist_ok=True)
    kept = CHECKPOINTS / "record.json"
    before = json.loads(kept.read_text()) if kept.exists() else {"stages": {}, "gates": {}}
    record: dict[str, dict[str, object]] = before["stages"]
    for stage in STAGES:
        source = WORK / stage / "weights.safetensors"
        if not source.exists() or not (WORK / stage / "curve.jsonl").exists():
            continue  # not there, or copied from the checkpoints to be read
        shutil.copyfile(source, CHECKPOINTS / f"{stage}.safetensors")
        last = json.loads((WORK / stage / "curve.jsonl").read_text().splitlines()[-1])
        record[stage] = {"sha256": hashlib.sha256(source.read_bytes()).hexdigest(), "bytes": source.stat().st_size, **last}
        shutil.copyfile(WORK / stage / "curve.jsonl", CHECKPOINTS / f"{stage}.curve.jsonl")
    figures = WORK / "gates" / "figures.json"
    gates = json.loads(figures.read_text()) if figures.exists() else {}
    kept.write_text(json.dumps({"stages": record, "gates": before["gates"] | gates}, indent=1) + "\n")


if __name__ == "__main__":
    main()
