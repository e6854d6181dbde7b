"""Which number format products are made in: bfloat16 where the processor multiplies it faster, fp32 elsewhere.

Measured once a process, since what a processor says of itself does not tell: with a matrix unit bfloat16 is several times faster, with vector
instructions alone half as fast (Sapphire Rapids without AMX: 81 against 151 GFLOPS), emulated an eighth. GILL_TRAINING_PRODUCTS=float32 or
bfloat16 decides it instead: a run that is to be repeated elsewhere names it.
"""

import os
import time

import torch

CLEARLY = 1.2  # so much faster it must be, so that no chance decides
chosen: torch.dtype | None = None


def seconds(dtype: torch.dtype) -> float:
    """Of the fastest of three products as the language model has them."""
    a, b = torch.ones(1024, 576, dtype=dtype), torch.ones(1536, 576, dtype=dtype)
    taken = []
    for _ in range(4):
        begin = time.perf_counter()
        torch.nn.functional.linear(a, b)
        taken.append(time.perf_counter() - begin)
    return min(taken[1:])  # the first one prepares


def measured() -> torch.dtype:
    named = os.environ.get("GILL_TRAINING_PRODUCTS")
    if named is not None:
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[named]
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.float32
    return torch.bfloat16 if seconds(torch.bfloat16) * CLEARLY < seconds(torch.float32) else torch.float32


def choose(dtype: torch.dtype) -> None:
    """Decides for this process."""
    global chosen
    chosen = dtype


def products() -> torch.dtype:
    if chosen is None:
        choose(measured())
        print(f"products in {chosen}", flush=True)
    assert chosen is not None
    return chosen


def fast() -> torch.autocast:
    """The context every forward pass runs in."""
    return torch.autocast("cpu", torch.bfloat16, enabled=products() == torch.bfloat16)
