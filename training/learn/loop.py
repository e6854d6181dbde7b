"""The loop of every stage: steps whose randomness depends on the step alone, saved every five minutes, stopped at any time.

Batches and noise come from (stage, step), so a run that was killed and resumed repeats the loss curve of one that was not.
"""

import copy
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from training.learn import checkpoint
from training.learn.muon import Muon
from training.scenes.streams import Stream

SAVE_EVERY_SECONDS = 300.0
LOG_EVERY_STEPS = 20


@dataclass
class Options:
    """`minutes` bounds this piece; `steps` is the whole plan, whose last `decay` share lowers the learning rate.

    `start` names exported weights to begin from when there is nothing to resume; `stop_at` ends this piece at a step;
    `lr_scale` multiplies the stage's learning rates, for weights that have already learned most.
    """

    folder: Path
    minutes: float
    steps: int
    resume: bool = False
    start: Path | None = None
    stop_at: int | None = None
    decay: float = 0.25
    lr_scale: float = 1.0
    warmup: int = 50
    ema: float = 0.998
    evaluate_every: int = 500
    clip: float = 0.0


@dataclass
class Stage:
    """What differs between stages. `loss(step)` draws its own batch; `evaluate(model)` gets the averaged weights.

    `faster`: parameters that learn at a multiple of `adam_lr`.
    """

    name: str
    model: nn.Module
    loss: Callable[[int], tuple[torch.Tensor, dict[str, float]]]
    evaluate: Callable[[nn.Module], dict[str, float]]
    is_matrix: Callable[[str, nn.Parameter], bool]
    adam_lr: float
    muon_lr: float
    faster: dict[str, float] = field(default_factory=dict)
    averaged: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)


def seeded(name: str, step: int) -> int:
    """The seed of everything random in one step."""
    return Stream(step, name).bits() >> 1


def rate(step: int, options: Options) -> float:
    """Warm-up, a flat stretch, then a straight line down to 2 %."""
    warm = min(1.0, (step + 1) / options.warmup)
    left = (options.steps - step) / max(1.0, options.decay * options.steps)
    return warm * min(1.0, 0.02 + 0.98 * max(0.0, left))


def optimisers(stage: Stage) -> list[torch.optim.Optimizer]:
    """Muon for matrices and AdamW for the rest; each group remembers its full rate as `base`."""
    named = [(n, p) for n, p in stage.model.named_parameters() if p.requires_grad]
    matrices = [p for n, p in named if stage.is_matrix(n, p)]
    rest = [{"params": [p for n, p in named if not stage.is_matrix(n, p) and n not in stage.faster]},
            *({"params": [p], "lr": stage.adam_lr * stage.faster[n]} for n, p in named if n in stage.faster)]
    both: list[torch.optim.Optimizer] = [torch.optim.AdamW(rest, stage.adam_lr, betas=(0.9, 0.99), weight_decay=0.01)]
    if matrices:
        both.append(Muon(matrices, stage.muon_lr))
    for optimiser in both:
        for group in optimiser.param_groups:
            group["base"] = group["lr"]
    return both


def average(stage: Stage, step: int, options: Options) -> None:
    """Weights by exponential average, buffers by copy."""
    weight = 1 - min(options.ema, (1 + step) / (10 + step))
    with torch.no_grad():
        torch._foreach_lerp_(list(stage.averaged.parameters()), list(stage.model.parameters()), weight)
        for mean, live in zip(stage.averaged.buffers(), stage.model.buffers()):
            mean.copy_(live)


def train(stage: Stage, options: Options) -> dict[str, float]:
    """Runs until the plan is done, the minutes are up or SIGTERM comes; returns the last evaluation."""
    options.folder.mkdir(parents=True, exist_ok=True)
    path, curve = options.folder / "state.pt", options.folder / "curve.jsonl"
    opts = optimisers(stage)
    step, spent = 0, 0.0
    if options.resume and path.exists():
        state = checkpoint.load(path)
        stage.model.load_state_dict(state["model"])
        stage.averaged.load_state_dict(state["averaged"])
        for optimiser, saved in zip(opts, state["optimisers"]):
            optimiser.load_state_dict(saved)
        step, spent = state["step"], state["seconds"]
    elif options.start is not None:
        checkpoint.restore(options.start, stage.model)
        stage.averaged.load_state_dict(stage.model.state_dict())
    if step == 0:
        curve.unlink(missing_ok=True)
    stopping: list[bool] = []
    previous = signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    begin = saved_at = time.monotonic()
    first = step

    def write() -> None:
        checkpoint.save(path, {"model": stage.model.state_dict(), "averaged": stage.averaged.state_dict(), "step": step,
                               "optimisers": [o.state_dict() for o in opts], "seconds": spent + time.monotonic() - begin})
        checkpoint.export(options.folder / "weights.safetensors", stage.averaged)

    def note(line: dict[str, float]) -> None:
        with curve.open("a") as out:
            out.write(json.dumps({k: round(v, 5) if isinstance(v, float) else v for k, v in line.items()}) + "\n")
        print(stage.name, " ".join(f"{k} {v:.4g}" for k, v in line.items()), flush=True)

    last = min(options.steps, options.stop_at or options.steps)
    while step < last and not stopping and time.monotonic() - begin < options.minutes * 60:
        torch.manual_seed(seeded(stage.name, step))
        for optimiser in opts:
            for group in optimiser.param_groups:
                group["lr"] = group["base"] * options.lr_scale * rate(step, options)
        loss, parts = stage.loss(step)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"{stage.name}: loss is {loss.item()} at step {step}")
        for optimiser in opts:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if options.clip:
            nn.utils.clip_grad_norm_([p for g in opts[0].param_groups for p in g["params"]], options.clip)
        for optimiser in opts:
            optimiser.step()
        average(stage, step, options)
        step += 1
        elapsed = time.monotonic() - begin
        if step % LOG_EVERY_STEPS == 0:
            line = {"step": step, "seconds": spent + elapsed, "per_second": (step - first) / elapsed, "loss": loss.item(), **parts}
            if step % options.evaluate_every == 0:
                line |= stage.evaluate(stage.averaged)
            note(line)
        if time.monotonic() - saved_at > SAVE_EVERY_SECONDS:
            write()
            saved_at = time.monotonic()
    write()
    signal.signal(signal.SIGTERM, previous)
    result = {"step": step, "seconds": spent + time.monotonic() - begin, **stage.evaluate(stage.averaged)}
    note(result)
    return result
