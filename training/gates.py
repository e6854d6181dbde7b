"""Every gate on the present checkpoints: python -m training.gates. Draws its scenes from seeds no stage trains on; writes figures and sheets."""

import argparse
import json
from functools import lru_cache
from pathlib import Path

import torch

from training import free_prompts
from training.learn import checkpoint
from training.learn.precision import fast
from training.networks.autoencoder import CHANNELS, SIDE, Autoencoder
from training.networks.choices import Choices
from training.networks.denoiser import Denoiser, sample
from training.networks.gate import Gate
from training.networks.language_model import language_model
from training.networks.oracle import Oracle
from training.networks.pointer import Pointer
from training.networks.text_tower import TextTower
from training.networks.trunk import frozen_trunk
from training.package.choices import FIND_FLOOR
from training.paths import WORK
from training.references import COUNTING, by_hand, references
from training.revisits import revisited
from training.scenes.captions import canonical, caption
from training.scenes.edits import edit
from training.scenes.graph import Scene, draw_scene
from training.scenes.streams import Stream
from training.scores import read, score
from training.sheets import bytes_of, sheet
from training.stages import choices, finding, gallery, gate, image_side, latents, mapper, pointer, sent, states, text_tower
from training.stages.autoencoder import evaluator as picture_evaluator
from training.stages.autoencoder import pictures, reconstruct
from training.words import embedding_rows, tokenizer

STAGES = ("oracle", "autoencoder", "text_tower", "denoiser", "mapper", "gate", "pointer", "choices", "image_side", finding.NAME)
SEED = 5_000_000
Figures = dict[str, dict[str, float]]


def wording(scenes: list[Scene]) -> list[str]:
    return [caption(Stream(s["seed"], "gates"), s).text for s in scenes]


def decoded(model: Autoencoder, z: torch.Tensor) -> torch.Tensor:
    """(N, 16, 12, 12) to (N, 3, 192, 192)."""
    with torch.no_grad(), fast():
        return torch.cat([model.decode(p.to(memory_format=torch.channels_last))[1] for p in z.split(16)])


def noise(seed: int, count: int) -> torch.Tensor:
    return torch.randn(count, CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def autoencoder_gate(base: Path, folder: Path, oracle: Oracle | None) -> Figures:
    model = latents.frozen_autoencoder(base)
    scenes = [draw_scene(SEED + i, held=True) for i in range(128)]
    x = pictures(scenes)[0]
    small, large = reconstruct(model, x)
    rows = [row for i in range(0, 24, 8) for row in (x[i:i + 8], large[i:i + 8])]
    sheet(folder / "autoencoder.jpg", bytes_of(torch.cat(rows)), [], side=144)
    out: Figures = {"autoencoder": picture_evaluator(128)(model)}
    if oracle is not None:
        out |= {"oracle_real": score(read(oracle, x), scenes), "oracle_reconstructed_192": score(read(oracle, large), scenes),
                "oracle_reconstructed_96": score(read(oracle, small), scenes)}
    return out


def tower_gate(tower: TextTower, folder: Path) -> Figures:
    prompts = free_prompts.load()
    told = latents.tokens(tower, [p.text for p in prompts])
    answers = torch.stack([h.argmax(1) for h in tower.heads(told)], 1).tolist()
    wrong = [f"{p.text}\t{free_prompts.understood(a)}" for p, a in zip(prompts, answers) if not free_prompts.met(p, a)]
    (folder / "free-prompts-tower.txt").write_text("\n".join(wrong) + "\n")
    return {"text_tower": {**text_tower.evaluator(1024)(tower), "free_prompts": 1 - len(wrong) / len(prompts)}}


def drawn_gate(base: Path, folder: Path, tower: TextTower, oracle: Oracle, count: int, steps: int) -> Figures:
    """Pictures drawn from words: one, two and three things, held-out combinations, edits with the parent, free prompts."""
    model, picture = Denoiser(), latents.frozen_autoencoder(base)
    checkpoint.restore(base / "denoiser" / "weights.safetensors", model)
    model.eval().requires_grad_(False)
    sets = {f"drawn_{n}": [draw_scene(SEED + 10_000 * n + i, objects=n) for i in range(count)] for n in (1, 2, 3)}
    sets["drawn_held"] = text_tower.held_scenes(count)
    out: Figures = {}
    for name, scenes in sets.items():
        words = wording(scenes)
        z = torch.cat([sample(model, t, noise(i, len(t)), steps) for i, t in enumerate(latents.tokens(tower, words).split(32))])
        x = decoded(picture, z)
        sheet(folder / f"{name}.jpg", bytes_of(x[:32]), words[:32])
        out[name] = score(read(oracle, x), scenes)
    before = sets["drawn_2"]
    after = [edit(Stream(s["seed"], "gates/edit"), s)[1] for s in before]
    parents = latents.latents(picture, pictures(before)[0])
    z = torch.cat([sample(model, t, noise(i, len(t)), steps, parent=p)
                   for i, (t, p) in enumerate(zip(latents.tokens(tower, wording(after)).split(32), parents.split(32)))])
    x = decoded(picture, z)
    pairs = torch.stack([pictures(before[:16])[0], x[:16]], 1).flatten(0, 1)
    sheet(folder / "drawn_edits.jpg", bytes_of(pairs), [w for a in wording(after)[:16] for w in ("", a)])
    out["drawn_edits"] = score(read(oracle, x), after)
    prompts = free_prompts.load()
    told = latents.tokens(tower, [p.text for p in prompts])
    x = decoded(picture, torch.cat([sample(model, t, noise(i, len(t)), steps) for i, t in enumerate(told.split(32))]))
    hits = [free_prompts.met(p, a) for p, a in zip(prompts, read(oracle, x).tolist())]
    sheet(folder / "drawn_free.jpg", bytes_of(x[:32]), [("" if h else "(wrong) ") + p.text for h, p in zip(hits, prompts)][:32])
    out["drawn_free"] = {"free_prompts": sum(hits) / len(hits)}
    return out


def mapped_gate(base: Path, folder: Path, tower: TextTower, oracle: Oracle | None, count: int, steps: int) -> Figures:
    """Each adapter that has states: what the tower's heads read from mapped tokens; and of the product's, pictures from them beside those from the
    canonical caption, noise alike."""
    out: Figures = {}
    drawer: tuple[Denoiser, Autoencoder] | None = None
    if oracle is not None and (base / "denoiser" / "weights.safetensors").exists():
        drawer = Denoiser(), latents.frozen_autoencoder(base)
        checkpoint.restore(base / "denoiser" / "weights.safetensors", drawer[0])
        drawer[0].eval().requires_grad_(False)

    def drawn(tokens: torch.Tensor, name: str, scenes: list[Scene]) -> dict[str, float]:
        assert drawer is not None and oracle is not None
        z = torch.cat([sample(drawer[0], t, noise(i, len(t)), steps) for i, t in enumerate(tokens.split(32))])
        x = decoded(drawer[1], z)
        sheet(folder / f"{name}.jpg", bytes_of(x[:32]), [canonical(s) for s in scenes[:32]])
        return score(read(oracle, x), scenes)

    for adapter in mapper.ADAPTERS:
        path = base / f"mapper-{adapter}" / "weights.safetensors"
        if not path.exists() or not states.evaluation_file(states.cache(base / "states", adapter), adapter).exists():
            continue
        sets = mapper.evaluation_sets(base, adapter)
        told = {name: latents.tokens(tower, [canonical(s) for s in shard["scenes"]]) for name, shard in sets.items()}
        model = mapper.untrained(adapter)
        checkpoint.restore(path, model)
        found = mapper.evaluated(model.eval(), tower, sets, told)
        out |= {f"{adapter}_{name}": values for name, values in found.items()}
        for name in ("requests", "edits_1", "edits_4") if drawer and adapter == states.PRODUCT else ():
            scenes = sets[name]["scenes"][:count]
            alone = mapper.mapped(model, sets[name], mapper.parents(tower, sets[name], False)[:count])
            out[f"drawn_{name}"] = drawn(alone, f"drawn_{name}", scenes)
            out[f"drawn_{name}_text"] = drawn(told[name][:count], f"drawn_{name}_text", scenes)
    return out


def turns_gate(base: Path, folder: Path) -> Figures:
    cache = states.cache(base / "gate")
    turns = gate.hand_turns(cache)
    model = Gate(turns["states"].mean(0), turns["states"].std(0))
    checkpoint.restore(base / "gate" / "weights.safetensors", model)
    (folder / "turns-wrong.txt").write_text("\n".join(gate.wrong(model, cache)) + "\n")
    return {"show_a_picture": gate.scored(model, turns)}


def choices_gate(base: Path) -> Figures:
    """Dialogues from seeds and phrases never trained on."""
    model = Choices(language_model().width)
    checkpoint.restore(base / "choices" / "weights.safetensors", model)
    cache = states.cache(base / "choices")
    unseen = choices.cached(cache / "gates.pt", [revisited(SEED + i, held=True) for i in range(400)])
    return {"choices": choices.scored(model.eval(), unseen)}


def pointer_gate(base: Path, folder: Path) -> Figures:
    model = Pointer(embedding_rows())
    checkpoint.restore(base / "pointer" / "weights.safetensors", model)
    wrong = [*pointer.wrong(model.eval(), by_hand()), *pointer.wrong(model, by_hand(COUNTING))]
    (folder / "pointer-wrong.txt").write_text("\n".join(wrong) + "\n")
    unseen = [x for i in range(200) for x in references(SEED + i, held=True)]
    return {"pointer": pointer.scored(model, unseen), "pointer_by_hand": pointer.scored(model, by_hand()),
            "counts_by_hand": pointer.scored(model, by_hand(COUNTING))}


@lru_cache
def unseen_pictures() -> image_side.Shard:
    """1,000, half of them the others' twins with one field changed."""
    return image_side.shard([SEED + 40_000 + i for i in range(500)], frozen_trunk(), held=True)


def image_gate(base: Path, folder: Path, count: int) -> Figures:
    """What is read from the queries, and what the language model says is in `count` pictures."""
    model, unseen = sent.frozen_image_side(base), unseen_pictures()
    scenes = unseen["scenes"][:2 * count:2]
    with torch.no_grad():
        rows = model(unseen["patches"][:2 * count:2].float())
    answers = [tokenizer().decode(ids) for part in rows.split(32) for ids in image_side.said(part)]
    right = [image_side.names_right(a, s) for a, s in zip(answers, scenes)]
    lines = [f"{'right' if ok else 'wrong'}\t{image_side.answer(s)}\t{a}" for ok, s, a in zip(right, scenes, answers)]
    (folder / "answers.txt").write_text("\n".join(lines) + "\n")
    return {"image_side": {**image_side.recognised(model, unseen), "kind_and_colour_named": sum(right) / len(right)}}


def finding_gate(base: Path) -> Figures:
    """Recall among 1,000 pictures, and what wishes find in the gallery, where it is made."""
    unseen = unseen_pictures()
    seen = finding.seen_in(sent.frozen_image_side(base), unseen)
    searched = finding.searched_by(base, finding.wishes(unseen["scenes"], held=True))
    out: Figures = {finding.NAME: finding.retrieved(finding.trained(base), seen, searched)}
    made = (base / "gallery" / "embeddings.safetensors").exists()
    return out | ({"gallery": gallery.searched(base, FIND_FLOOR)} if made else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=96, help="pictures drawn for each figure")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=STAGES, choices=STAGES, help="stages to look at; default all that are trained")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    folder = WORK / "gates"
    folder.mkdir(parents=True, exist_ok=True)
    there = lambda stage: stage in arguments.only and (WORK / stage / "weights.safetensors").exists()
    figures: Figures = {}
    oracle = None
    if there("oracle"):
        oracle = Oracle()
        checkpoint.restore(WORK / "oracle" / "weights.safetensors", oracle)
        oracle.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    if there("autoencoder"):
        figures |= autoencoder_gate(WORK, folder, oracle)
    if there("text_tower"):
        tower = latents.frozen_tower(WORK)
        figures |= tower_gate(tower, folder)
        if there("denoiser") and oracle is not None:
            figures |= drawn_gate(WORK, folder, tower, oracle, arguments.count, arguments.steps)
        if "mapper" in arguments.only:
            figures |= mapped_gate(WORK, folder, tower, oracle, arguments.count, arguments.steps)
    if there("gate"):
        figures |= turns_gate(WORK, folder)
    if there("pointer"):
        figures |= pointer_gate(WORK, folder)
    if there("choices"):
        figures |= choices_gate(WORK)
    if there("image_side"):
        figures |= image_gate(WORK, folder, arguments.count)
    if there(finding.NAME):
        figures |= finding_gate(WORK)
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    for name, values in figures.items():
        print(name, " ".join(f"{k} {v:.3f}" for k, v in values.items()), flush=True)


if __name__ == "__main__":
    main()
