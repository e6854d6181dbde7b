"""Records test/golden/fixtures/samplers.json: trajectories of diffusers' schedulers under a stand-in network.

    python -m pip install torch diffusers==0.42.1 && python test/golden/record-samplers.py
"""

import json
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    LCMScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

SIZE = 6
COUNTS = (3, 8, 20)
PUBLISHED = 50  # steps of GILL's pictures: PLMS in 51 calls, 981, 961, 961 … 1
SD = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "timestep_spacing": "leading",
    "steps_offset": 1,
}


def network(x: torch.Tensor, time: float) -> torch.Tensor:
    """Same formula in test/golden/samplers.test.ts."""
    return 0.5 * torch.sin(1.7 * x + 3 * time) + 0.2 * x


def record(scheduler, steps: int, training: str) -> dict:
    noise = torch.sin(torch.arange(SIZE, dtype=torch.float64) * 2.3 + 1)
    scheduler.set_timesteps(steps)
    if training == "flow":
        times = [1 - i / steps for i in range(steps)]
        scheduler.sigmas = torch.tensor([1 - 1e-6, *times[1:], 0], dtype=torch.float64)
    else:
        times = [int(t) for t in scheduler.timesteps]
    x, latents, fresh = noise.reshape(1, SIZE), [], []
    for i, (t, time) in enumerate(zip(scheduler.timesteps, times)):
        output = network(x, time if training == "flow" else time / 1000)
        kwargs = {}
        if isinstance(scheduler, LCMScheduler):
            kwargs["generator"] = torch.Generator().manual_seed(i)
            drawn = torch.randn(1, SIZE, generator=torch.Generator().manual_seed(i), dtype=torch.float64)
            fresh.append(drawn.flatten().tolist())
        x = scheduler.step(output, t, x, **kwargs).prev_sample
        latents.append(x.flatten().tolist())
    return {"training": training, "times": times, "noise": noise.tolist(), "latents": latents, "fresh": fresh}


def main() -> None:
    flow = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
    solver = {"solver_order": 2, "final_sigmas_type": "zero"}
    runs = []
    for steps in (*COUNTS, PUBLISHED):
        for name, training, scheduler in (
            ("ddim", "noise", DDIMScheduler(**SD, clip_sample=False, set_alpha_to_one=False)),
            ("plms", "noise", PNDMScheduler(**SD, skip_prk_steps=True, set_alpha_to_one=False)),
            ("dpm-solver++-2m", "noise", DPMSolverMultistepScheduler(**SD, **solver)),
            ("unipc", "noise", UniPCMultistepScheduler(**SD, **solver)),
            ("dpm-solver++-2m", "flow", DPMSolverMultistepScheduler(**flow, **solver)),
            ("unipc", "flow", UniPCMultistepScheduler(**flow, **solver)),
            ("lcm", "consistency", LCMScheduler(beta_start=0.00085, beta_end=0.012, clip_sample=False)),
        ):
            if steps == PUBLISHED and name not in ("plms", "ddim"):
                continue
            runs.append({"sampler": name, **record(scheduler, steps, training)})
    target = Path(__file__).parent / "fixtures" / "samplers.json"
    target.write_text(json.dumps(runs) + "\n")


main()
