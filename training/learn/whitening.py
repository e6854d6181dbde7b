"""Whitening of the language model's states: a third of their variance lies along one direction and nearly all along a hundred, and Adam hardly
moves along the others. It serves training; what is served has it folded into the linear layer behind it.
"""

import torch

FLOOR = 0.01  # directions of less variance than this are left as small as they are in comparison


def whitening(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of examples (N, F): their mean (F,) and the symmetric matrix (F, F) that (x - mean) is multiplied by."""
    values, vectors = torch.linalg.eigh(torch.cov(x.double().T))
    return x.double().mean(0).float(), (vectors * (values + FLOOR).rsqrt() @ vectors.T).float()


def folded(weight: torch.Tensor, bias: torch.Tensor, mean: torch.Tensor, matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of a linear layer behind the whitening: weight and bias of the same layer without it, fp32."""
    plain = weight.float() @ matrix.float().T
    return plain, bias.float() - plain @ mean.float()
