"""The metric encoder: two renders of a scene with different seeds belong together; a scene with one field changed is another. For evaluation only."""

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.metric import MetricEncoder, is_matrix
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.streams import Stream
from training.stages.autoencoder import pictures

EVALUATION_SEED = 1_000_000


def families(r: Stream, count: int, held: bool) -> list[Scene]:
    """`count` scenes followed by as many renders of the same with other seeds; every second scene is the one before it with one field changed."""
    scenes: list[Scene] = []
    for _ in range(count // 2):
        scene = draw_scene(r.below(1 << 40), held)
        scenes += [scene, edit(r, scene)[1]]
    return scenes + [{**s, "seed": r.below(1 << 30)} for s in scenes]


def shown(scenes: list[Scene]) -> torch.Tensor:
    return F.avg_pool2d(pictures(scenes)[0], 2)


def evaluator(count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    """Recall at 1 of the other render among all, twins included, and how often it is nearer than the twin's."""
    x = shown(families(Stream(EVALUATION_SEED, "metric/evaluation"), count, held=True))

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        model.eval()
        with torch.no_grad(), fast():
            a, b = torch.cat([model(part) for part in x.split(64)]).chunk(2)
        alike, n = a @ b.T, torch.arange(count)
        return {"recall_1": (alike.argmax(1) == n).float().mean().item(), "twin": (alike[n, n] > alike[n, n ^ 1]).float().mean().item()}

    return evaluate


def run(options: Options, size: int = 64, checks: int = 256) -> dict[str, float]:
    torch.manual_seed(seeded("metric", -1))
    model = MetricEncoder()

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        x = shown(families(Stream(step, "metric/batch"), size, held=True))
        x = x + torch.rand(len(x), 1, 1, 1) * 0.1 * torch.randn_like(x)
        with fast():
            a, b = model(x).chunk(2)
        alike, n = a @ b.T * model.temperature.exp().clamp(max=100), torch.arange(size)
        return (F.cross_entropy(alike, n) + F.cross_entropy(alike.T, n)) / 2, {}

    return train(Stage("metric", model, loss, evaluator(checks), is_matrix, adam_lr=1e-3, muon_lr=0.01), options)
