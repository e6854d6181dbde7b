"""What the pixel oracle says of pictures, against the scenes they should show. Shares between 0 and 1."""

import torch
import torch.nn.functional as F

from training.learn.precision import fast
from training.networks.oracle import Oracle
from training.scenes.graph import FIELDS, Scene, labels


@torch.no_grad()
def read(oracle: Oracle, x: torch.Tensor) -> torch.Tensor:
    """(N, 3, 96, 96) or 192 pixels, -1..1, to the oracle's answers (N, fields)."""
    x = F.avg_pool2d(x, 2) if x.shape[-1] == 192 else x
    with fast():
        return torch.cat([torch.stack([h.float().argmax(1) for h in oracle(p.to(memory_format=torch.channels_last))], 1) for p in x.split(64)])


def score(answers: torch.Tensor, scenes: list[Scene]) -> dict[str, float]:
    """Per field over what is there; `side`: the kinds of a left-right pair are not swapped; `all`: every field of a scene right."""
    y = torch.tensor([labels(s) for s in scenes])
    ok = answers == y
    hits: dict[str, list[bool]] = {}
    for (field, slot), column in zip(FIELDS, range(ok.shape[1])):
        for n, scene in enumerate(scenes):
            if not slot or any(t["slot"] == slot for t in scene["things"]):
                hits.setdefault(field, []).append(bool(ok[n, column]))
    for n, scene in enumerate(scenes):
        for t in scene["things"]:
            both = [ok[n, FIELDS.index(("kind", t["slot"]))], ok[n, FIELDS.index(("colour", t["slot"]))]]
            hits.setdefault("kind_and_colour", []).append(all(map(bool, both)))
        slots = {t["slot"]: t["kind"] for t in scene["things"]}
        if "left" in slots and "right" in slots and slots["left"] != slots["right"]:
            left, right = FIELDS.index(("kind", "left")), FIELDS.index(("kind", "right"))
            swapped = bool(answers[n, left] == y[n, right] and answers[n, right] == y[n, left])
            hits.setdefault("side", []).append(not swapped and bool(ok[n, left] or ok[n, right]))
    out = {field: sum(h) / len(h) for field, h in hits.items()}
    return {**out, "all": ok.all(1).float().mean().item()}
