"""Whitening of the language model's states: a third of their variance lies along one direction and nearly all along a hundred, and Adam hardly
moves along the others. It serves training; what is served has it folded into the linear layer behind it.
"""

import torch

# Of the mean variance: directions of less are left as small as they are in comparison, so that what int8 rounds off is not blown up.
FLOOR = 0.05


def whitening(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of examples (N, F): their mean (F,) and the symmetric matrix (F, F) that (x - mean) is multiplied by."""
    values, vectors = torch.linalg.eigh(torch.cov(x.double().T))
    return x.double().mean(0).float(), (vectors * (values + FLOOR * values.mean()).rsqrt() @ vectors.T).float()


def folded(weight: torch.Tensor, bias: torch.Tensor, mean: torch.Tensor, matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of a linear layer behind the whitening: weight and bias of the same layer without it, fp32."""
    plain = weight.float() @ matrix.float().T
    return plain, bias.float() - plain @ mean.float()
