"""The pixel oracle: trained on fresh renders of many seeds, softened and noised a little, never on generated pictures."""

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.oracle import Oracle, is_matrix
from training.scenes.graph import draw_scene, labels
from training.scenes.streams import Stream
from training.scores import read, score
from training.stages.autoencoder import pictures

EVALUATION_SEED = 6_000_000


def evaluator(count: int):  # noqa: ANN201 - the type is Stage.evaluate's
    scenes = [draw_scene(EVALUATION_SEED + i, held=True) for i in range(count)]
    x = F.avg_pool2d(pictures(scenes)[0], 2)

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        assert isinstance(model, Oracle)
        return score(read(model.eval(), x), scenes)

    return evaluate


def run(options: Options, size: int = 64, checks: int = 512, overfit: int = 0) -> dict[str, float]:
    torch.manual_seed(seeded("oracle", -1))
    model = Oracle().to(memory_format=torch.channels_last)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        r = Stream(0 if overfit else step, "oracle/batch")
        scenes = [draw_scene(r.below(1 << 40), held=True) for _ in range(overfit or size)]
        x = F.avg_pool2d(pictures(scenes)[0], 2)
        if r.chance(0.3):
            x = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
        x = x + torch.rand(len(x), 1, 1, 1) * 0.1 * torch.randn_like(x)
        y = torch.tensor([labels(s) for s in scenes])
        with fast():
            answers = model(x.to(memory_format=torch.channels_last))
        return torch.stack([F.cross_entropy(a.float(), y[:, i]) for i, a in enumerate(answers)]).mean(), {}

    return train(Stage("oracle", model, loss, evaluator(checks), is_matrix, adam_lr=1.5e-3, muon_lr=0.01), options)
