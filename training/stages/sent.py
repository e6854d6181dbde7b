"""Stage 5d: states of dialogues that begin with a picture which somebody sent: rows of the image side, a wish for another one, and more edits.

Reads the image side's cached patches and its trained rows. Writes shards as the stage `states` does, for the mapper.
"""

import time
from pathlib import Path

import torch

from training.dialogues import IMAGE_ROWS, VOCABULARY, Dialogue, Writer, encode_text, reply_to, sentence
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
QUESTIONS = ("What is in this picture?", "What is in the picture?", "what do you see?", "Describe this picture.", "What is this?", "what is on it",
             "Who is that?", "What colour is it?", "Is it night there?", "Where is this?", "How many are there?", "What is the weather like?",
             "Can you see an animal?", "Do you like this picture?", "Tell me about this picture.", "Is it raining?", "What do you think of it?")
REMARKS = ("I drew this myself.", "This is my favourite picture.", "Look at this!", "My sister made this.", "Nice, is it not?", "Keep this in mind.",
           "That is a picture of my toy.", "", "Here is a picture.")
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
    begin(r, out, written(r, words))
    said = reply_to(r, words, "", wanted, scene)
    out.reply(said, wanted, scene, 0)
    for n in range(r.weighted((0, 1, 2), (0.5, 0.3, 0.2))):
        words, after_edit = edit(r, wanted)
        out.user(written(r, words))
        said = reply_to(r, words, said, after_edit, wanted)
        out.reply(said, after_edit, wanted, n + 1)
        wanted = after_edit
    return out.done()


@torch.no_grad()
def last_states(dialogues: list[Dialogue], rows: torch.Tensor) -> list[torch.Tensor]:
    """For each dialogue its states after the final norm (T, 576); `rows` (N, 4, 576) stand for the picture that each begins with."""
    lm = language_model()
    table = torch.cat([lm.rows, states.image_rows()])
    found: dict[int, torch.Tensor] = {}
    for batch in states.batches(dialogues):
        width = max(len(dialogues[i].ids) for i in batch)
        ids = torch.tensor([dialogues[i].ids + [0] * (width - len(dialogues[i].ids)) for i in batch])
        sight = (ids - SIGHT).clamp(min=0)
        own = torch.gather(rows[batch], 1, sight[..., None].expand(-1, -1, rows.shape[-1]))  # (B, T, 576)
        out = lm(torch.where((ids >= SIGHT)[..., None], own, table[ids.clamp(max=SIGHT - 1)]), states.prefix())
        found |= {i: s[:len(dialogues[i].ids)].clone() for i, s in zip(batch, out)}
    return [found[i] for i in range(len(dialogues))]


def gathered(dialogues: list[Dialogue], rows: torch.Tensor) -> Shard:
    """The states at every picture."""
    return states.shard((out, p) for d, out in zip(dialogues, last_states(dialogues, rows)) for p in d.pictures)


def begin(r: Stream, out: Writer, words: str) -> None:
    """The person's turn: the picture's rows and the words, in either order."""
    rows, text = list(range(SIGHT, SIGHT + VISUAL_ROWS)), encode_text(words)
    out.message(rows + text if r.chance(0.7) else text + rows)


def labelled(seed: int, scene: Scene) -> Dialogue:
    """For the gate: a picture that was sent with a question or a remark, which want no picture, or with a wish for another one."""
    r = Stream(seed, "dialogues/sent/labelled")
    out = Writer()
    wanted = r.chance(0.5)
    words = wished(r, scene)[0] if wanted else r.pick((*QUESTIONS, *REMARKS))
    begin(r, out, written(r, words) if words else "")
    if wanted:
        out.reply(sentence(r, scene, scene), scene)
    else:
        out.open_reply(False)
    return out.done()


def frozen_image_side(base: Path) -> ImageSide:
    model = ImageSide(language_model().width, language_model().rows.std().item())
    checkpoint.restore(base / "image_side" / "weights.safetensors", model)
    return model.eval().requires_grad_(False)


def run(base: Path, shards: int, first: int = 0) -> None:
    """Into the states' cache; the evaluation's pictures are those that the image side is evaluated on."""
    model = frozen_image_side(base)
    folder = states.cache(base / "states")
    pictures = base / "image_side" / "pictures"
    unseen = sorted(pictures.glob("evaluation-*.pt"))[0]
    for file in [unseen, *sorted(pictures.glob("[0-9]*.pt"))]:
        seen = checkpoint.load(file)
        for start in range(0, len(seen["scenes"]), SHARD):
            kind = f"evaluation-{NAME}" if file == unseen else NAME
            index = 0 if file == unseen else int(file.stem) * (len(seen["scenes"]) // SHARD) + start // SHARD
            path = folder / f"{kind}-{index:03d}.pt"
            if path.exists() or (file != unseen and not first <= index < shards):
                continue
            begin = time.monotonic()
            rows = model(seen["patches"][start:start + SHARD].float())
            made = [dialogue(s["seed"] + n, s) for n, s in enumerate(seen["scenes"][start:start + SHARD])]
            checkpoint.save(path, dict(gathered(made, rows)))
            print(f"sent: {path.name} in {time.monotonic() - begin:.0f} s", flush=True)
