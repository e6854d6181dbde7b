"""Runs one stage for some minutes: python -m training.run --stage autoencoder --minutes 45 --steps 6000 --resume."""

import argparse

import torch

from training.learn.loop import Options
from training.paths import WORK
from training.stages import autoencoder, text_tower

STEPS = {"autoencoder": 5000, "text_tower": 4000}
STAGES = {"autoencoder": autoencoder.run, "text_tower": text_tower.run}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", required=True, choices=tuple(STAGES))
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--steps", type=int, help="the whole plan; the learning rate falls over its last quarter")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--overfit", type=int, default=0, help="train on this many fixed examples, as a check")
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder = WORK / (arguments.stage + ("-overfit" if arguments.overfit else ""))
    options = Options(folder, arguments.minutes, arguments.steps or STEPS[arguments.stage], arguments.resume)
    STAGES[arguments.stage](options, overfit=arguments.overfit)


if __name__ == "__main__":
    main()
