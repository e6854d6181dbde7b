"""Stage 7b: which earlier picture a turn means, and draw or find, on cached states of dialogues with up to four pictures."""

from pathlib import Path
from typing import NamedTuple, TypedDict

import torch
import torch.nn.functional as F

from training.dialogues import CHAT, IMAGE_ROWS, Dialogue, Writer, reply_to, worded
from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.networks.choices import MOST, Choices, is_matrix
from training.networks.language_model import language_model
from training.scenes.captions import written
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.pointing import finding, pointed
from training.scenes.smalltalk import small_talk
from training.scenes.streams import Stream
from training.stages.states import cache, last_states

SHARD = 150
EVALUATION_SEED = 2_000_000
FINDS = 0.06  # weight of a wish to find: who only names a thing wants it drawn, and a picture found instead disappoints more


class Asked(NamedTuple):
    """`meant`: for each opening after a picture, how many pictures there are and which is meant (0: none, from 1 on the oldest first)."""

    dialogue: Dialogue
    meant: list[tuple[int, int, int]]
    finds: list[bool]


class Shard(TypedDict):
    """opening (N, 576), rows (N, 4, 576), count (N,), meant (N,); begin (M, 576) at `[IMG0]`, finds (M,) of 0 and 1."""

    opening: torch.Tensor
    rows: torch.Tensor
    count: torch.Tensor
    meant: torch.Tensor
    begin: torch.Tensor
    finds: torch.Tensor


def dialogue(seed: int, held: bool = False, pictures: int | None = None) -> Asked:
    """Fresh wishes, edits of the newest picture and turns that go back, each answered with a picture; a little small talk between."""
    r = Stream(seed, "choices")
    out, said = Writer(), ""
    scenes: list[Scene] = []
    meant: list[tuple[int, int, int]] = []
    finds: list[bool] = []
    for n in range(pictures or r.weighted((2, 3, 4, 5), (0.2, 0.25, 0.3, 0.25))):
        if r.chance(0.1):
            out.user(small_talk(r.below(1 << 40)))
            out.reply(r.pick(CHAT))
        kind = r.unit() if n else 0.0
        which, before, found = -1, None, False
        if kind < 0.3:
            scene = draw_scene(r.below(1 << 40), held)
            found = r.chance(0.4)
            words = written(r, finding(r, scene, held)) if found else worded(r, scene, held).text
        else:
            which = len(scenes) - 1 if kind < 0.55 else r.below(len(scenes))
            before = scenes[which]
            words, scene = edit(r, before)
            if kind >= 0.55:
                back = pointed(r, which, scenes, held)
                if r.chance(0.35):
                    words, scene = back, before
                else:
                    words = r.pick(("{b}, but: {w}", "{b}. {w}", "{b}: {w}")).format(b=back, w=words)
                words = written(r, words)
        out.user(words)
        if scenes:
            meant.append((len(out.openings), len(scenes), which + 1))
        said = reply_to(r, words, said, scene, before)
        out.reply(said, scene)
        scenes.append(scene)
        finds.append(found)
        if len(scenes) > MOST:
            break
    return Asked(out.done(), meant, finds)


def gathered(asked: list[Asked]) -> Shard:
    opening, rows, count, meant, begin, finds = [], [], [], [], [], []
    for a, states in zip(asked, last_states(language_model(), [a.dialogue for a in asked])):
        means = [states[p.at:p.at + IMAGE_ROWS].mean(0) for p in a.dialogue.pictures]
        for which, n, target in a.meant:
            opening.append(states[a.dialogue.openings[which][0]])
            rows.append(torch.stack((means[:n] + [torch.zeros_like(means[0])] * MOST)[:MOST]))
            count.append(n)
            meant.append(target)
        begin += [states[p.at] for p in a.dialogue.pictures]
        finds += map(float, a.finds)
    return {"opening": torch.stack(opening).half(), "rows": torch.stack(rows).half(), "count": torch.tensor(count), "meant": torch.tensor(meant),
            "begin": torch.stack(begin).half(), "finds": torch.tensor(finds)}


def cached(path: Path, asked: list[Asked]) -> Shard:
    if not path.exists():
        checkpoint.save(path, dict(gathered(asked)))
        print(f"choices: {path.name}", flush=True)
    return checkpoint.load(path)  # type: ignore[return-value]


@torch.no_grad()
def scored(model: Choices, unseen: Shard) -> dict[str, float]:
    """Shares right: which picture (or none), the same where there are four, where an older one than the newest is meant, and draw or find."""
    right = model(unseen["opening"].float(), unseen["rows"].float(), unseen["count"]).argmax(1) == unseen["meant"]
    older = (unseen["meant"] > 0) & (unseen["meant"] < unseen["count"])
    finds = (model.found(unseen["begin"].float()) > 0) == (unseen["finds"] > 0.5)
    share = lambda ok: ok.float().mean().item() if len(ok) else 0.0
    asked = unseen["finds"] > 0.5
    found = model.found(unseen["begin"].float()) > 0
    of_4 = right[unseen["count"] == MOST]
    return {"meant": share(right), "meant_of_4": share(of_4), "meant_older": share(right[older]), "draw_or_find": share(finds),
            "drawn_of_drawn": share(~found[~asked]), "found_of_found": share(found[asked])}


def run(options: Options, shards: int, count: int = SHARD, checks: int = 60, size: int = 128) -> dict[str, float]:
    torch.manual_seed(seeded("choices", -1))
    folder = cache(options.folder)
    parts = []
    for index in range(shards):
        r = Stream(index, "choices/shard")
        parts.append(cached(folder / f"{index:03d}.pt", [dialogue(r.below(1 << 40)) for _ in range(count)]))
    data = {k: torch.cat([p[k] for p in parts]) for k in Shard.__annotations__}  # type: ignore[literal-required]
    unseen = cached(folder / f"unseen-{checks}.pt", [dialogue(EVALUATION_SEED + i, held=True, pictures=MOST + 1) for i in range(checks)])
    model = Choices(language_model().width)
    there = torch.arange(MOST)[None] < data["count"][:, None]  # (N, 4)
    model.fit_whitening(data["opening"].float(), data["rows"][there].float(), data["begin"].float())
    print(f"choices: {len(data['meant'])} turns after a picture, {len(data['finds'])} pictures", flush=True)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i, j = torch.randint(0, len(data["meant"]), (size,)), torch.randint(0, len(data["finds"]), (size,))
        drop = lambda x: F.dropout(x.float(), 0.1)
        meant = F.cross_entropy(model(drop(data["opening"][i]), drop(data["rows"][i]), data["count"][i]), data["meant"][i])
        finds = F.binary_cross_entropy_with_logits(model.found(data["begin"][j].float()), data["finds"][j], pos_weight=torch.tensor(FINDS))
        return meant + finds, {"meant": meant.item(), "finds": finds.item()}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, Choices)
        return scored(averaged.eval(), unseen)

    return train(Stage("choices", model, loss, evaluate, is_matrix, adam_lr=1e-3, muon_lr=0.0), options)
