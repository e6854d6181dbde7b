"""Stage 5d: states of dialogues that begin with a picture which somebody sent: rows of the image side, a wish for another one, and more edits.

Reads the image side's cached patches and its trained rows. Writes shards as the stage `states` does, for the mapper.
"""

import time
from pathlib import Path

import torch

from training.dialogues import IMAGE_ROWS, VOCABULARY, Dialogue, Writer, encode_text, layout, sentence
from training.learn import checkpoint
from training.networks.image_side import VISUAL_ROWS, ImageSide
from training.networks.language_model import language_model
from training.scenes.captions import written
from training.scenes.edits import edit, setting_edit
from training.scenes.graph import Scene, colours_of, held_colour
from training.scenes.kinds import KIND
from training.scenes.sprites import COLOURS
from training.scenes.streams import Stream
from training.stages import states
from training.stages.states import Shard

NAME = "sent"
SHARD = 200
AGAIN = ("Draw this", "Draw this again", "Can you draw the same?", "Show me this", "A picture like this", "One more of this", "Paint this for me")
RECOLOUR = ("This but in {c}", "A picture of this but in {c}", "The same in {c}", "Make it {c}", "Now {c}", "Could it be {c}?", "Draw this in {c}")
SIGHT = VOCABULARY + IMAGE_ROWS  # ids from here on are the sent picture's rows


def wished(r: Stream, scene: Scene) -> tuple[str, Scene]:
    """What is asked of a picture that was sent: the same again, another colour or setting, or any edit. Few name what is in it."""
    way = r.weighted(("again", "setting", "colour", "any"), (0.2, 0.35, 0.25, 0.2))
    if way == "again":
        return r.pick(AGAIN), scene
    first = scene["things"][0]
    colours = [c for c in colours_of(KIND[first["kind"]])[1:] if c in COLOURS and c != first["colour"] and not held_colour(first["kind"], c)]
    if way == "colour" and len(scene["things"]) == 1 and colours:
        colour = r.pick(colours)
        return r.pick(RECOLOUR).format(c=colour), {**scene, "things": [{**first, "colour": colour}]}
    return edit(r, scene) if way == "any" else setting_edit(r, scene)


def dialogue(seed: int, scene: Scene) -> Dialogue:
    r = Stream(seed, "dialogues/sent")
    out = Writer()
    words, wanted = wished(r, scene)
    text = encode_text(written(r, words))
    rows = list(range(SIGHT, SIGHT + VISUAL_ROWS))
    before, after = layout().around["user"]
    out.ids += [*before, *(rows + text if r.chance(0.7) else text + rows), *after]
    out.reply(sentence(r, wanted, scene), wanted, scene, 0)
    for n in range(r.weighted((0, 1, 2), (0.5, 0.3, 0.2))):
        words, after_edit = edit(r, wanted)
        out.user(written(r, words))
        out.reply(sentence(r, after_edit, wanted), after_edit, wanted, n + 1)
        wanted = after_edit
    return out.done()


@torch.no_grad()
def gathered(dialogues: list[Dialogue], rows: torch.Tensor) -> Shard:
    """The states at every picture; `rows` (N, 4, 576) stand for the picture that each dialogue begins with."""
    lm = language_model()
    table = torch.cat([lm.rows, states.image_rows()])
    parts: list[Shard] = []
    for batch in states.batches(dialogues):
        width = max(len(dialogues[i].ids) for i in batch)
        ids = torch.tensor([dialogues[i].ids + [0] * (width - len(dialogues[i].ids)) for i in batch])
        sight = (ids - SIGHT).clamp(min=0)
        own = torch.gather(rows[batch], 1, sight[..., None].expand(-1, -1, rows.shape[-1]))  # (B, T, 576)
        out = lm(torch.where((ids >= SIGHT)[..., None], own, table[ids.clamp(max=SIGHT - 1)]), states.prefix())
        at = [(n, p) for n, i in enumerate(batch) for p in dialogues[i].pictures]
        parts.append({"states": torch.stack([out[n, p.at:p.at + IMAGE_ROWS] for n, p in at]).bfloat16(),
                      "scenes": [p.scene for _, p in at], "before": [p.before for _, p in at]})
    return states.joined(parts)


def run(base: Path, shards: int) -> None:
    """Into the states' cache; the evaluation's pictures are those that the image side is evaluated on."""
    model = ImageSide(language_model().width, language_model().rows.std().item())
    checkpoint.restore(base / "image_side" / "weights.safetensors", model)
    model.eval()
    folder = states.cache(base / "states")
    files = sorted((base / "image_side" / "pictures").glob("*.pt"))
    unseen = [f for f in files if f.stem.startswith("evaluation")][0]
    for file in [unseen, *(f for f in files if f != unseen)]:
        seen = checkpoint.load(file)
        for start in range(0, len(seen["scenes"]), SHARD):
            kind = f"evaluation-{NAME}" if file == unseen else NAME
            index = 0 if file == unseen else int(file.stem) * (len(seen["scenes"]) // SHARD) + start // SHARD
            path = folder / f"{kind}-{index:03d}.pt"
            if path.exists() or index >= shards:
                continue
            begin = time.monotonic()
            with torch.no_grad():
                rows = model(seen["patches"][start:start + SHARD].float())
            made = [dialogue(s["seed"] + n, s) for n, s in enumerate(seen["scenes"][start:start + SHARD])]
            checkpoint.save(path, dict(gathered(made, rows)))
            print(f"sent: {path.name} in {time.monotonic() - begin:.0f} s", flush=True)
