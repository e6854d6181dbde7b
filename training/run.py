"""Runs one stage for some minutes: python -m training.run --stage autoencoder --minutes 45 --resume. `--tier tiny` runs them all."""

import argparse
from pathlib import Path

import torch

from training import art, tiny
from training.learn.loop import Options
from training.paths import WORK
from training.stages import (
    autoencoder,
    choices,
    denoiser,
    finding,
    gallery,
    gate,
    illustrated,
    image_side,
    latents,
    long_tower,
    mapper,
    metric,
    oracle,
    pixels,
    pointer,
    rows,
    scenes,
    sent,
    states,
    text_tower,
)

SHARDS = 12
STEPS = {"autoencoder": 2600, "text_tower": 2000, "oracle": 1200, "denoiser": 3000, "mapper": 3000, "rows": 1200, "gate": 1500,
         "choices": 3000, "pointer": 4000, "image_side": 3000, finding.NAME: 3000, "metric": 2000, "long_tower": 3000,
         pixels.BASE: 4000, pixels.UP: 2500}
STAGES = ("scenes", "autoencoder", "text_tower", "oracle", "latents", "denoiser", "states", "sent", "illustrated", "mapper", "rows", "gate",
          "pointer", "choices", "image_side", finding.NAME, "metric", "long_tower", pixels.BASE, pixels.UP, "gallery")


def run(stage: str, options: Options, shards: int, first: int, overfit: int, decoder_only: bool, adapter: str, dialogues: str) -> None:
    match stage:
        case "scenes":
            scenes.run(options.folder)
        case "autoencoder":
            autoencoder.run(options, overfit=overfit, decoder_only=decoder_only)
        case "text_tower":
            text_tower.run(options, overfit=overfit)
        case "oracle":
            oracle.run(options, overfit=overfit)
        case "latents":
            latents.run(options.folder.parent, shards)
        case "denoiser":
            denoiser.run(options, shards, overfit=overfit)
        case "states":
            states.run(options.folder, dialogues, shards, options.minutes, adapter, first=first)
        case "sent":
            sent.run(options.folder.parent, shards, first)
        case "illustrated":
            illustrated.run(options.folder.parent, shards, first=first)
        case "mapper":
            mapper.run(options, adapter, shards, overfit=overfit)
        case "rows":
            rows.run(options, adapter)
        case "gate":
            gate.run(options, shards)
        case "pointer":
            pointer.run(options)
        case "choices":
            choices.run(options, shards)
        case "image_side":
            image_side.run(options, shards)
        case finding.NAME:
            finding.run(options, shards)
        case "metric":
            metric.run(options)
        case "long_tower":
            long_tower.run(options)
        case pixels.BASE | pixels.UP:
            pixels.run(options, stage)
        case "gallery":
            gallery.run(options.folder.parent)
        case _:
            raise ValueError(f"no stage {stage}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("--tier", choices=("full", "tiny", "checks"), default="full")
    parser.add_argument("--minutes", type=float, default=120, help="the length of this piece")
    parser.add_argument("--steps", type=int, help="the whole plan, in batches")
    parser.add_argument("--decay", type=float, default=0.25, help="the share of the plan over which the learning rate falls")
    parser.add_argument("--lr-scale", type=float, default=1.0, help="multiplies the stage's learning rates")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shards", type=int, default=SHARDS, help="how much of what is cached (latents, states, turns) to write or to use")
    parser.add_argument("--first", type=int, default=0,
                        help="states, sent, illustrated: the shard to begin at, where those before it were learned; --shards is where to end")
    parser.add_argument("--adapter", choices=tuple(mapper.ADAPTERS), default=states.PRODUCT,
                        help="states, rows, mapper: all dialogues in the served layout, or captions only, as the paper trains")
    parser.add_argument("--dialogues", choices=tuple(states.MAKERS), default=states.DIALOGUES,
                        help="states: wishes and edits, stories and rounds of questions, or captions as the paper trains")
    parser.add_argument("--overfit", type=int, default=0, help="train on this many fixed examples, as a check")
    parser.add_argument("--resume", action="store_true", help="go on from the stage's last save, if there is one")
    parser.add_argument("--from", dest="start", type=Path, help="begin from exported weights")
    parser.add_argument("--decoder-only", action="store_true", help="autoencoder: leave the encoder, so that latents stay valid")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    art.fetch()
    if arguments.tier == "tiny":
        tiny.run()
        return
    if arguments.tier == "checks":
        tiny.checks()
        return
    if arguments.stage is None:
        parser.error("--stage is needed")
    if arguments.stage == "states" and (arguments.adapter == states.PAPER) != (arguments.dialogues == states.CAPTIONS):
        parser.error(f"--adapter {states.PAPER} learns from captions alone, and no other does: --dialogues {states.CAPTIONS} goes with it")
    if arguments.first and (arguments.stage not in ("states", "sent", "illustrated") or not 0 <= arguments.first < arguments.shards):
        parser.error(f"--first {arguments.first}: states, sent and illustrated begin at a shard from 0 to --shards, {arguments.shards}")
    name = f"{arguments.stage}-{arguments.adapter}" if arguments.stage in ("mapper", "rows") else arguments.stage
    folder = WORK / (name + ("-overfit" if arguments.overfit else ""))
    options = Options(folder, arguments.minutes, arguments.steps or STEPS.get(arguments.stage, 0), arguments.resume, arguments.start,
                      decay=arguments.decay, lr_scale=arguments.lr_scale)
    run(arguments.stage, options, arguments.shards, arguments.first, arguments.overfit, arguments.decoder_only, arguments.adapter,
        arguments.dialogues)


if __name__ == "__main__":
    main()
