"""Which number format products are made in: bfloat16 where the processor multiplies it, fp32 elsewhere (it is emulated there, eight times slower)."""

import torch

PRODUCTS = torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32


def fast() -> torch.autocast:
    """The context every forward pass runs in."""
    return torch.autocast("cpu", torch.bfloat16, enabled=PRODUCTS == torch.bfloat16)
