"""Stage 5b: the mapper, trained on cached states towards the frozen tower's tokens of the canonical caption.

Two adapters: all dialogues in the served layout, their turns read beside the rows; or captions only, as the paper trains, from the states at the rows
and by the distance of tokens alone.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from training.learn import checkpoint
from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.language_model import language_model
from training.networks.mapper import Mapper, Turn, Turns, is_matrix
from training.networks.text_tower import TOKENS, WIDTH, TextTower
from training.scenes.captions import canonical
from training.scenes.graph import labels
from training.scores import score
from training.stages import illustrated, latents, sent, states
from training.stages.states import Shard

ADAPTERS = {states.PRODUCT: (states.DIALOGUES, states.TALES, sent.NAME, illustrated.NAME), states.PAPER: (states.CAPTIONS,)}
TURN = {states.PRODUCT: states.TURN, states.PAPER: 0}  # positions of the turn that are read at most; the paper reads the rows alone
READ = {states.PRODUCT: 0.3, states.PAPER: 0.0}  # weight of the tower's heads in the loss; the paper has none
NOISE = 0.02
DROPPED = 0.1
PARENT = {states.DIALOGUES: 0.7, states.TALES: 0.35, sent.NAME: 0.35}  # how often a parent's tokens are given
CHANGED = 6.0  # what an edit changes weighs so much more where the parent is given: whoever copies is right nearly everywhere
LEAST_VARIANCE = 0.01  # the spare token's is less, and says nothing
DIFFERS = 0.1  # mean squared difference of two tokens that say different things; the tower's have variance 1
PARENT_NOISE = 0.15  # what a picture was drawn from is another mapping, not the canonical caption's tokens
PARENT_MIXED = 0.45  # at most so much of half its tokens is another picture's: words outside the tower's grammar leave such ghosts
SIZES = {states.PRODUCT: 64, states.PAPER: 128}  # of a batch
DELAYED = 0.15  # of the batches have their turns further from the rows than they are
NEAR = 8  # of so many batches of neighbours in length each batch is drawn
OWN = 0.6  # how often a parent that was mapped itself is given as the mapper last mapped it: its errors are what it will be served


def fields(tower: TextTower, tokens: torch.Tensor) -> torch.Tensor:
    """What the tower's own heads read from tokens (N, 16, 256): class indices (N, fields)."""
    return torch.stack([h.argmax(1) for h in tower.heads(tokens)], 1)


def targets(tower: TextTower, sha: str, path: Path, shard: Shard) -> tuple[torch.Tensor, torch.Tensor]:
    """The tower's tokens of the canonical captions and the parents' (N, 16, 256), kept beside the stage for as long as tower and captions are
    the same."""
    captions = "\n".join(canonical(s) for s in (*shard["scenes"], *filter(None, shard["before"])))
    kept = path.with_name(f"{path.stem}-{hashlib.sha256((sha + captions).encode()).hexdigest()[:12]}.pt")
    if not kept.exists():
        for old in path.parent.glob(f"{path.stem}-*.pt"):
            old.unlink()
        told = latents.tokens(tower, [canonical(s) for s in shard["scenes"]])
        before = parents(tower, shard, True)
        checkpoint.save(kept, {"tokens": told.bfloat16(), "parents": before.bfloat16()})
    found = checkpoint.load(kept)
    return found["tokens"], found["parents"]


def parents(tower: TextTower, shard: Shard, from_parent: bool) -> torch.Tensor:
    """The tokens of the pictures that each is made from (N, 16, 256), zeros where there is none."""
    found = torch.zeros(len(shard["before"]), TOKENS, WIDTH)
    at = [i for i, before in enumerate(shard["before"]) if before is not None] if from_parent else []
    if at:
        found[at] = latents.tokens(tower, [canonical(before) for i in at if (before := shard["before"][i]) is not None])
    return found


def places(shards: list[Shard]) -> torch.Tensor:
    """Where the picture that each is made from stands among all of them, -1 where it is not there: a scene is one object in a file."""
    found: list[int] = []
    for shard in shards:
        at = {id(scene): len(found) + n for n, scene in enumerate(shard["scenes"])}
        found += [at.get(id(before), -1) for before in shard["before"]]
    return torch.tensor(found)


def mapped(model: Mapper, shard: Shard, before: torch.Tensor) -> torch.Tensor:
    """Of the first pictures of a shard, as many as there are parents (N, 16, 256)."""
    turns = Turns(shard["turns"], shard["lengths"]) if model.reads_turn else None
    with torch.no_grad(), fast():
        parts = [model(shard["states"][i].float(), before[i], turns and turns.padded(i)).float() for i in torch.arange(len(before)).split(64)]
    return torch.cat(parts)


def changed_and_kept(answers: torch.Tensor, shard: Shard) -> dict[str, float]:
    """After an edit: the share of fields right among those that it changed, and among those of things and settings that it left."""
    changed, kept = [], []
    for answer, scene, before in zip(answers.tolist(), shard["scenes"], shard["before"]):
        if before is None:
            continue
        for a, now, then in zip(answer, labels(scene), labels(before)):
            (changed if now != then else kept).append(a == now)
    return {"changed": sum(changed) / len(changed), "kept": sum(kept) / len(kept)} if changed and kept else {}


def evaluated(model: Mapper, tower: TextTower, sets: dict[str, Shard], told: dict[str, torch.Tensor]) -> dict[str, dict[str, float]]:
    """For every set: fields, whole scenes, kinds with their colours, changed and kept; `text` is the same of the canonical caption's own tokens.

    Edits three times: read from the states alone, from the parent's tokens too, and from what was mapped for the parent itself, back to the first
    picture's words.
    """
    out: dict[str, dict[str, float]] = {}
    own: dict[int, torch.Tensor] = {id(scene): t for scene, t in zip(sets["requests"]["scenes"], told["requests"])} if "requests" in sets else {}
    for name, shard in sets.items():
        ways = ("", "_from_parent", "_rolled") if name.startswith("edits") else ("",)
        for way in ways:
            rolled = [own.get(id(before), torch.zeros(TOKENS, WIDTH)) for before in shard["before"]] if way == "_rolled" else []
            given = torch.stack(rolled) if rolled else parents(tower, shard, way == "_from_parent")
            tokens = mapped(model, shard, given)
            if rolled:
                own |= {id(scene): t for scene, t in zip(shard["scenes"], tokens)}
            answers = fields(tower, tokens)
            right = answers == torch.tensor([labels(s) for s in shard["scenes"]])
            out[name + way] = {
                "mse": F.mse_loss(tokens, told[name]).item(), "fields": right.float().mean().item(), **score(answers, shard["scenes"]),
                **changed_and_kept(answers, shard), "text_all": score(fields(tower, told[name]), shard["scenes"])["all"]}
    return out


def evaluation_sets(base: Path, adapter: str = states.PRODUCT) -> dict[str, Shard]:
    """Those of the stage `states`, and behind pictures that were sent where there are such states."""
    folder = states.cache(base / "states", adapter)
    sets: dict[str, Shard] = checkpoint.load(states.evaluation_file(folder, adapter))  # type: ignore[assignment]
    behind_pictures = {name: states.load(base / "states", f"evaluation-{name}", 1, adapter) for name in (sent.NAME, illustrated.NAME)}
    return sets | {name: found[0][1] for name, found in behind_pictures.items() if found}


def evaluator(base: Path, tower: TextTower, adapter: str) -> Callable[[torch.nn.Module], dict[str, float]]:
    sets = evaluation_sets(base, adapter)
    told = {name: latents.tokens(tower, [canonical(s) for s in shard["scenes"]]) for name, shard in sets.items()}
    short = ("mse", "place", "kind_and_colour", "all", "changed", "kept")

    def evaluate(model: torch.nn.Module) -> dict[str, float]:
        assert isinstance(model, Mapper)
        found = evaluated(model.eval(), tower, sets, told)
        return {f"{name}_{key}": values[key] for name, values in found.items() for key in short if key in values}

    return evaluate


def untrained(adapter: str = states.PRODUCT) -> Mapper:
    return Mapper(states.image_rows(adapter), language_model().rows.std().item(), TURN[adapter])


def scales(adapter: str, told: torch.Tensor) -> torch.Tensor:
    """What the squared distance of each token is divided by (16,), from tokens (N, 16, 256): its variance, where the distance alone must tell what
    matters; where the tower's own heads are part of the loss they do, and it stays as it is.
    """
    return torch.ones(told.shape[1]) if READ[adapter] else told.float().var(0).mean(-1).clamp(min=LEAST_VARIANCE)


def neighbours(order: torch.Tensor, size: int) -> torch.Tensor:
    """A batch (size,) of neighbours in an order (N,) of indices by the length of their turns, so that little of it is padding. The window hangs over
    both ends, so that the shortest and the longest are met as often as others."""
    near = NEAR * size
    first = int(torch.randint(1 - near, len(order), ()))
    window = order[max(0, first):first + near]
    return window[torch.randint(0, len(window), (size,))]


def delayed(turn: Turn) -> Turn:
    """A turn as if up to so many positions stood behind it that are not there: messages are longer than the stories and rounds of training."""
    said, present = turn
    left = states.TURN - said.shape[1]
    if left == 0 or torch.rand(()) > DELAYED:
        return turn
    places = int(torch.randint(1, left + 1, ()))
    return F.pad(said, (0, 0, 0, places)), F.pad(present, (0, places))


def gathered_turns(shards: list[Shard]) -> Turns:
    """All shards' turns in one, each shard's own given up as it is copied: together they are gigabytes."""
    lengths = torch.cat([shard["lengths"] for shard in shards])
    found = torch.empty(int(lengths.sum()), shards[0]["turns"].shape[1], dtype=torch.bfloat16)
    at = 0
    for shard in shards:
        found[at:at + len(shard["turns"])] = shard["turns"]
        at += len(shard["turns"])
        shard["turns"] = found[:0].clone()  # a view would keep them all
    return Turns(found, lengths)


def apart(tokens: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean squared distance of each token (N, 16)."""
    return (tokens - wanted).square().mean(-1)


def run(options: Options, adapter: str, shards: int, size: int | None = None, overfit: int = 0) -> dict[str, float]:
    """Mean squared error to the tower's tokens, and (all dialogues only) cross-entropy through the tower's frozen heads."""
    size = size or SIZES[adapter]
    torch.manual_seed(seeded("mapper", -1))
    base = options.folder.parent
    model, tower = untrained(adapter), latents.frozen_tower(base)
    if options.resume and (options.folder / "state.pt").exists():
        begun = checkpoint.load(options.folder / "state.pt")["model"]["rows"]
        if not torch.allclose(begun, model.rows):
            raise ValueError(f"{options.folder} was begun with other [IMG] rows than the states are behind: begin anew, --from its weights")
    sha = hashlib.sha256((base / "text_tower" / "weights.safetensors").read_bytes()).hexdigest()
    found = [entry for kind in ADAPTERS[adapter] for entry in states.load(base / "states", kind, shards, adapter)]
    if not found:
        raise FileNotFoundError(f"{base / 'states'} holds no {ADAPTERS[adapter][0]}: run the stage `states` first")
    x = torch.cat([shard["states"] for _, shard in found])
    told, before = (torch.cat(parts) for parts in zip(*(targets(tower, sha, base / "targets" / path.name, shard) for path, shard in found)))
    y = torch.tensor([labels(s) for _, shard in found for s in shard["scenes"]])
    then = torch.tensor([labels(b or s) for _, shard in found for s, b in zip(shard["scenes"], shard["before"])])
    often = torch.cat([torch.full((len(shard["scenes"]),), PARENT.get(path.stem.split("-")[0], 0.0)) for path, shard in found])
    link = places([shard for _, shard in found])  # (N,)
    own, is_own = told.clone(), torch.zeros(len(told), dtype=torch.bool)  # first pictures are drawn from words: the tower's tokens stay
    spread = x[:2000].float().std().item()
    count = overfit or len(x)
    turns = gathered_turns([shard for _, shard in found]) if model.reads_turn else None
    order = turns.lengths[:count].argsort() if turns else torch.arange(count)
    said = turns.states[torch.randint(0, len(turns.states), (40_000,))] if turns else x[:0, 0]
    model.fit_whitening(x[:4000].float(), said.float())
    scale = scales(adapter, told[:8000])
    print(f"mapper: {adapter}, {len(x)} examples, tower {sha[:12]}", flush=True)

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        i = neighbours(order, size) if turns else torch.randint(0, count, (size,))
        noisy = lambda held: F.dropout(held + NOISE * spread * torch.randn_like(held), DROPPED)
        held = noisy(x[i].float())
        turn = None
        if turns:
            told_so, present = turns.padded(i)
            turn = delayed((noisy(told_so), present))
        parent = before[i].float()
        given = parent.flatten(1).any(1) & (torch.rand(size) < often[i])
        mixed = PARENT_MIXED * torch.rand(size, TOKENS, 1) * (torch.rand(size, TOKENS, 1) < 0.5)
        parent = parent.lerp(told[torch.randint(0, count, (size,))].float(), mixed)
        parent = parent + PARENT_NOISE * torch.randn_like(parent)
        mine = (link[i] >= 0) & is_own[link[i]] & (torch.rand(size) < OWN)
        parent = torch.where(mine[:, None, None], own[link[i]].float(), parent) * given[:, None, None]
        with fast():
            tokens = model(held, parent, turn).float()
            answers = tower.heads(tokens)
        edits = before[i].flatten(1).any(1)
        own[i[edits]], is_own[i[edits]] = tokens.detach()[edits].to(own.dtype), True
        wanted = told[i].float()
        edited = (apart(wanted, before[i].float()) > DIFFERS) & given[:, None]  # (B, 16)
        weight = 1 + (CHANGED - 1) * edited
        error = (apart(tokens, wanted) / scale * weight).sum() / weight.sum()
        weight = 1 + (CHANGED - 1) * ((y[i] != then[i]) & given[:, None])  # (B, fields)
        crosses = torch.stack([F.cross_entropy(a.float(), y[i, n], reduction="none") for n, a in enumerate(answers)], 1)  # (B, fields)
        read = (crosses * weight).sum() / weight.sum()
        return error + READ[adapter] * read, {"error": error.item(), "read": read.item()}

    return train(Stage("mapper", model, loss, evaluator(base, tower, adapter), is_matrix, adam_lr=1e-3, muon_lr=0.01), options)
