"""Muon (Jordan 2024): momentum, then an orthogonalised step, for matrices and convolution kernels. Not for vectors."""

import torch

from training.learn.precision import products


def orthogonalised(g: torch.Tensor, steps: int = 4) -> torch.Tensor:
    """Newton-Schulz: (N, R, C) to nearly orthogonal (N, R, C)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.to(products())
    tall = x.size(-2) > x.size(-1)
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Matrices of one shape are orthogonalised in one batched call."""

    def __init__(self, params: list[torch.nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.01) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = {}
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(p)
                state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(state["momentum"], group["momentum"]).reshape(p.size(0), -1)
                by_shape.setdefault(tuple(update.shape), []).append((p, update))
            for (rows, columns), entries in by_shape.items():
                updates = orthogonalised(torch.stack([u for _, u in entries])).float()
                scale = max(1.0, rows / columns) ** 0.5
                for (p, _), update in zip(entries, updates):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(update.reshape(p.shape), alpha=-group["lr"] * scale)
