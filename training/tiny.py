"""The tiny tier: every stage in a few minutes, with small gates, so that training code cannot rot. Needs no network once art is fetched."""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from training import dialogues, free_prompts, references, test_sets, turns
from training.learn.loop import Options
from training.networks.finding import Finding
from training.networks.image_side import ImageSide
from training.networks.language_model import LanguageModel, language_model
from training.networks.text_tower import TOKENS, WIDTH
from training.networks.trunk import Trunk
from training.package import vision
from training.paths import ROOT, WORK
from training.scenes.graph import Scene, colours_of, draw_scene, is_held
from training.scenes.kinds import KIND
from training.scenes.render import SIZE, render
from training.scenes.stories import facts, story
from training.stages import (
    autoencoder,
    choices,
    denoiser,
    finding,
    gallery,
    illustrated,
    image_side,
    latents,
    long_tower,
    mapper,
    metric,
    oracle,
    pixels,
    pointer,
    rows,
    scenes,
    sent,
    states,
    text_tower,
)
from training.stages import gate as picture_gate
from training.words import tokenizer

BASE = WORK / "tiny"


def gate(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise SystemExit(f"tiny tier: {name} is {value:.3f}, should be at least {least}")
    print(f"tiny tier: {name} {value:.3f} (at least {least})", flush=True)


def scenes_hold() -> None:
    """Drawn scenes show nothing held out, a seed gives one picture, and a colour changed moves nothing else."""
    drawn = [draw_scene(i) for i in range(400)]
    gate("scenes without held-out pairs", -sum(map(is_held, drawn)), 0)
    gate("scenes drawn twice alike", -float(sum(np.abs(render(s).astype(int) - render(s)).sum() for s in drawn[:20])), 0)
    outside = 0
    for scene in drawn[:60]:
        first = scene["things"][0]
        other = next((c for c in colours_of(KIND[first["kind"]])[1:] if c != first["colour"]), None)
        if other is None:
            continue
        mask = np.zeros((SIZE, SIZE), np.float32)
        before = render(scene, mask).astype(int)
        changed: Scene = {**scene, "things": [{**first, "colour": other}, *scene["things"][1:]]}
        outside = max(outside, int(np.abs(before - render(changed))[mask == 0].max()))
    gate("largest change outside a thing whose colour changed", -outside, 0)


def test_sets_hold() -> None:
    """The evaluation's sets show held-out pairs only, every picture has its file and its labels, and what is only shown is in no sentence."""
    for folder, silent in (("vist", False), ("vist-shown", True)):
        test_sets.write_stories(BASE / folder, 3, silent)
    test_sets.write_dialogs(BASE / "visdial", 3)
    shown = [told.scenes[-1] for _, told in test_sets.held_stories(3, False)] + [scene for _, scene in test_sets.held_scenes(3)]
    gate("test sets: scenes with held-out pairs", sum(map(is_held, shown)), len(shown))
    told = [story for _, story in test_sets.held_stories(60, True)]
    gate("test sets: facts that pictures alone show", sum(facts(each, True).count("shown") for each in told), 60)
    gate("test sets: such facts in some sentence", -sum(len(test_sets.said(each)) for each in told), 0)
    gate("test sets: the same openings aloud, such facts found", sum(len(test_sets.said(story(seed))) > 0 for seed in range(60)), 50)
    for folder, pictures in ((BASE / "vist", 15), (BASE / "vist-shown", 15), (BASE / "visdial", 3)):
        named = json.loads((folder / "labels.json").read_text())["labels"]
        gate(f"test sets: labelled pictures of {folder.name}", len({p.stem for p in (folder / "images").iterdir()} & set(named)), pictures)


def losses(folder: Path) -> dict[int, float]:
    """Loss by step, as the curve has it; a step that was run twice keeps the later value."""
    lines = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def resumed_alike() -> None:
    """A text tower stopped halfway and resumed has the loss curve of one that was not."""
    whole, pieces = BASE / "whole", BASE / "pieces"
    text_tower.run(Options(whole, 10, 40, evaluate_every=10_000), size=8, checks=8)
    first = Options(pieces, 10, 40, evaluate_every=10_000, stop_at=20)
    text_tower.run(first, size=8, checks=8)
    text_tower.run(Options(pieces, 10, 40, resume=True, evaluate_every=10_000), size=8, checks=8)
    gate("resumed loss close to the unbroken one", -abs(losses(whole)[40] - losses(pieces)[40]), -1e-3)


@torch.no_grad()
def language_model_holds() -> None:
    """Logits as the golden record has them, which shares no code with this; a shared prefix changes no state, nor does reading rows apart."""
    record = json.loads((ROOT / "test" / "golden" / "fixtures" / "language.json").read_text())
    exact = LanguageModel(torch.float32)
    logits = exact.logits(exact(exact.rows[torch.tensor(record["ids"])][None]))[0]
    away = max((logits[i, p["ids"]] - torch.tensor(p["logits"])).abs().max().item() for i, p in enumerate(record["positions"]))
    gate("language model: largest logit away from the record", -away, -1e-3)
    told = dialogues.conversation(3, 1)
    table = torch.cat([exact.rows, states.image_rows()])
    begun = exact.run(table[torch.tensor(dialogues.layout().prefix)][None])[1]
    apart = exact(table[torch.tensor(told.ids)][None], begun)[0]
    whole = exact(table[torch.tensor(dialogues.layout().prefix + told.ids)][None])[0, begun.length:]
    gate("language model: a shared prefix changes states by", -(apart - whole).abs().max().item(), -1e-3)
    past = exact.run(table[torch.tensor(told.ids)][None], begun)[1]  # of all positions: those from the picture on must not be looked at
    for picture in told.pictures:
        alone = exact.behind(states.image_rows()[None], begun, past, torch.tensor([picture.at]))[0]
        away = (alone - apart[picture.at:picture.at + dialogues.IMAGE_ROWS]).abs().max().item()
        gate("language model: rows read by themselves differ by", -away, -1e-3)
    served = states.last_states(language_model(), [told])[0]
    gate("language model: cosine of the states trained on", torch.cosine_similarity(served, whole, dim=1).min().item(), 0.995)


def users(told: dialogues.Dialogue) -> list[str]:
    """What the person says in a dialogue, plain."""
    text = tokenizer().decode([i for i in told.ids if i < dialogues.VOCABULARY], skip_special_tokens=False)
    return [turns.plain(part.split("<|im_end|>")[0]) for part in text.split("<|im_start|>user\n")[1:]]


def dialogues_hold() -> None:
    """Rows stand where a dialogue says, nothing held out is shown, and no turn of the gate's test is ever drawn."""
    drawn = [dialogues.conversation(i) for i in range(300)]
    rows = list(range(dialogues.VOCABULARY, dialogues.VOCABULARY + dialogues.IMAGE_ROWS))
    gate("dialogues: rows out of place", -sum(d.ids[p.at:p.at + 8] != rows for d in drawn for p in d.pictures), 0)
    gate("dialogues without held-out pairs", -sum(is_held(p.scene) for d in drawn for p in d.pictures), 0)
    hand = {turns.plain(t.text) for t in turns.by_hand()}
    gate("gate: hand-written turns", len(turns.by_hand()), 200)
    met = hand & {text for seed in range(4000) for text in users(turns.labelled(seed))}
    gate("gate: hand-written turns among drawn ones", -len(met), 0)


def mapper_learns() -> None:
    for kind in (states.DIALOGUES, states.TALES):
        states.run(BASE / "states", kind, 1, 3, count=8, checks=4)
    states.run(BASE / "states", states.CAPTIONS, 1, 3, states.PAPER, count=8, checks=4)
    for adapter in mapper.ADAPTERS:
        mapper.run(Options(BASE / f"mapper-{adapter}", 3, 40, evaluate_every=10_000), adapter, 1, size=16)
        curve = losses(BASE / f"mapper-{adapter}")
        gate(f"mapper {adapter}: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.05)


def rows_learn() -> None:
    """Gradients pass through the frozen language model: every row moves, and what is exported is what the states are then made with."""
    small = {"tokens": 400, "reads": 3, "each": 2, "scenes_told": 16, "checks": 4}
    rows.run(Options(BASE / "rows", 3, 6, stop_at=3, evaluate_every=10_000), **small)
    rows.run(Options(BASE / "rows", 3, 6, resume=True, evaluate_every=10_000), **small)
    rows.run(Options(BASE / "rows-captions", 3, 2, evaluate_every=10_000), states.PAPER, **small)
    before, after = (load_file(BASE / stage)["rows"].float() for stage in ("mapper-storybook/weights.safetensors", "rows/mapper.safetensors"))
    gate("rows: least change of a row", (after - before).norm(dim=1).min().item(), 1e-4)


def gate_learns() -> None:
    found = picture_gate.run(Options(BASE / "gate", 3, 300, evaluate_every=10_000), shards=1, count=40, checks=10, size=64)
    gate("gate: hand-written turns right", found["hand_right"], 0.6)


def metric_learns() -> None:
    found = metric.run(Options(BASE / "metric", 3, 20, evaluate_every=10_000), size=8, checks=16)
    gate("metric encoder: the same scene found among 16", found["recall_1"], 0.3)


def long_tower_learns() -> None:
    long_tower.run(Options(BASE / "long_tower", 3, 80, evaluate_every=10_000), size=8, checks=8)
    curve = losses(BASE / "long_tower")
    gate("long tower: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.05)


def pixels_learn() -> None:
    """Base and upsampler, and a picture of both."""
    for name in (pixels.BASE, pixels.UP):
        pixels.run(Options(BASE / name, 3, 40, evaluate_every=10_000), name, size=4, checks=4)
        curve = losses(BASE / name)
        gate(f"{name}: fall of the loss", curve[min(curve)] - curve[max(curve)], -0.2)
    models = [pixels.denoiser(name).eval() for name in (pixels.BASE, pixels.UP)]
    picture = pixels.sampled(*models, torch.zeros(1, TOKENS, WIDTH), steps=2)
    gate("pixels: side of a picture", picture.shape[-1], 96)


def choices_learn() -> None:
    """Reads the states that the mapper learns from."""
    choices.run(Options(BASE / "choices", 3, 200, evaluate_every=10_000), shards=1, checks=2, size=32)
    curve = losses(BASE / "choices")
    gate("choices: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.1)


def pointer_learns() -> None:
    hand = references.by_hand()
    gate("pointer: hand-written dialogues", len(hand), 100)
    met = {turns.plain(x.words) for x in hand} & {turns.plain(x.words) for seed in range(400) for x in references.references(seed)}
    gate("pointer: hand-written messages among drawn ones", -len(met), 0)
    pointer.run(Options(BASE / "pointer", 3, 60, evaluate_every=10_000), checks=4, size=4)
    curve = losses(BASE / "pointer")
    gate("pointer: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.1)


def image_side_learns() -> None:
    """Rows move towards their words and captions towards their pictures; a loss read by the language model reaches the rows."""
    options = Options(BASE / "image_side", 3, 40, evaluate_every=10_000)
    found = image_side.run(options, shards=1, count=12, checks=4, size=16, reader=1, read_from=0.95)
    finding.run(Options(BASE / "finding", 3, 60, evaluate_every=10_000), shards=1, count=12, checks=4, size=16)
    curve = losses(BASE / "finding")
    gate("finding: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.1)
    sent.run(BASE, shards=1)
    illustrated.run(BASE, shards=1, count=8, checks=4)
    gate("mapper: sets of states, behind pictures that were sent too", len(mapper.evaluation_sets(BASE)), 13)
    gate("image side: rows towards their words", found["words"], 0.2)
    last = [json.loads(line) for line in (BASE / "image_side" / "curve.jsonl").read_text().splitlines() if '"answer"' in line]
    gate("image side: losses read by the language model", len(last), 1)


@torch.no_grad()
def folding_holds() -> None:
    """The served trunk, whose norms are folded, sees what the trained one sees; weights and statistics by chance."""
    torch.manual_seed(0)
    trunk, side, heads = Trunk().eval(), ImageSide(8, 0.1), Finding()
    again, other, others = Trunk().eval(), ImageSide(8, 1.0), Finding()
    for name, value in trunk.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            value.normal_(0, 0.1)
        elif "_bn" in name and value.is_floating_point():
            value.uniform_(0.5, 1.5)
    vision.unfolded(vision.served(trunk, side.state_dict(), heads.state_dict()), again, other, others)
    picture = torch.rand(1, 3, SIZE, SIZE) * 2 - 1
    seen, found = side.seen(trunk(picture)), other.seen(again(picture))
    for what, wanted, made in (("rows", side.rows(seen), other.rows(found)), ("vectors", heads.pictures(seen), others.pictures(found))):
        gate(f"vision: largest relative difference of {what} by folding", -((made - wanted).norm() / wanted.norm()).item(), -1e-4)


def checks() -> None:
    """What holds without a language model and without training: scenes, prompts, dialogues, the package's rewriting of weights."""
    scenes_hold()
    test_sets_hold()
    gate("free prompts read", len(free_prompts.load()), 200)
    dialogues_hold()
    folding_holds()


def run() -> None:
    shutil.rmtree(BASE, ignore_errors=True)
    scenes.run(BASE / "scenes", count=8)
    checks()
    language_model_holds()
    resumed_alike()
    tower = text_tower.run(Options(BASE / "text_tower", 3, 60, evaluate_every=10_000), size=16, checks=32, overfit=16)
    gate("tower: fields right", tower["fields"], 0.45)
    picture = autoencoder.run(Options(BASE / "autoencoder", 3, 30, evaluate_every=10_000), size=8, checks=8, overfit=8)
    gate("autoencoder: decibels at 96 pixels", picture["psnr96"], 11.0)
    oracle.run(Options(BASE / "oracle", 3, 30, evaluate_every=10_000), size=16, checks=16, overfit=16)
    curve = losses(BASE / "oracle")
    gate("oracle: fall of the loss", -curve[max(curve)], -2.0)
    latents.run(BASE, shards=2, count=64)
    denoiser.run(Options(BASE / "denoiser", 3, 60, evaluate_every=10_000), shards=2, size=16, checks=16)
    curve = losses(BASE / "denoiser")
    gate("denoiser: fall of the loss", curve[min(curve)] - curve[max(curve)], 0.02)
    mapper_learns()
    rows_learn()
    gate_learns()
    pointer_learns()
    choices_learn()
    pixels_learn()
    image_side_learns()
    gate("gallery: pictures with unit vectors", gallery.run(BASE, renders=12)["norm"], 0.999)
    metric_learns()
    long_tower_learns()
