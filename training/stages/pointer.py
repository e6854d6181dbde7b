"""Stage 7b: which earlier picture a message means, how many it asks for, which words are of which; from words alone (training/references.py)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from training.learn.loop import Options, Stage, seeded, train
from training.learn.precision import fast
from training.networks.pointer import SERIES, WORDS, Pointer, batch, is_matrix
from training.references import COUNTING, Reference, by_hand, many_wanted, references
from training.scenes.streams import Stream
from training.words import embedding_rows, tokenizer

EVALUATION_SEED = 2_000_000
OFTEN = 1.5  # logit by which wishes for several are more frequent in a batch than in life: it is taken off again
WORD = 0.5  # weight of what each word is of
OLDER = 2.0  # weight of a message that means another picture than the newest
PARTS = 4  # of a batch, by length: a long dialogue would pad all others


def encoded(text: str) -> list[int]:
    """As it is served: what is written in capitals throughout is read in lower case (training/words.py)."""
    return tokenizer().encode(text.lower() if text.isupper() else text, add_special_tokens=False).ids


def logits_of(model: Pointer, some: Sequence[Reference]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return model(batch([encoded(x.words) for x in some], [[(encoded(words), nth) for words, nth in x.asked] for x in some]))


def length(x: Reference) -> int:
    return sum(len(words) for words, _ in x.asked)


@torch.no_grad()
def of_words(some: Sequence[Reference]) -> torch.Tensor:
    """Which picture each id of the messages is of (N, 64); -1 where there is none, or nobody says."""
    out = torch.full((len(some), WORDS), -1)
    for n, x in enumerate(some):
        if x.count == 1 or not x.of:
            continue
        text = x.words.lower() if x.words.isupper() else x.words
        ends = [end for _, end in tokenizer().encode(text, add_special_tokens=False).offsets[:WORDS]]
        out[n, :len(ends)] = torch.tensor([x.of[end - 1] for end in ends])
    return out


def answers_of(model: Pointer, some: Sequence[Reference]) -> list[tuple[int, int]]:
    """Which is meant and how many are wanted: of the last something is said, unless all is of all (functions/llm/wish-parts.ts)."""
    out: list[tuple[int, int]] = []
    for i in range(0, len(some), 16):
        with fast():
            meants, counts, words = logits_of(model, some[i:i + 16])
        for n, x in enumerate(some[i:i + 16]):
            of = words[n, :len(encoded(x.words))].argmax(1).tolist()
            count, told = int(counts[n].argmax()) + 1, {k for k in of if 0 < k <= SERIES}
            out.append((int(meants[n].argmax()), max([1, *(k for k in told if k <= count)]) if told else count))
    return out


def wrong(model: Pointer, some: Sequence[Reference]) -> list[str]:
    """Those it gets wrong, to look at: what it said, what is right, the dialogue."""
    told = lambda x: " ".join([*(f"[{words}]" for words, _ in x.asked), x.words])
    return [f"{meant} of {x.meant}\t{count} of {x.count}\t{told(x)}" for (meant, count), x in zip(answers_of(model, some), some)
            if (meant, count) != (x.meant, x.count)]


def scored(model: Pointer, some: Sequence[Reference]) -> dict[str, float]:
    """Shares right behind a picture: all; where none is meant, the newest, an older one; where there are four pictures, and more. And of how many are
    wanted, where that is one, and where it is several.
    """
    answers = answers_of(model, some)
    groups = {"all": lambda x: True, "none": lambda x: x.meant == 0, "newest": lambda x: x.meant == len(x.asked), "of_4": lambda x: len(x.asked) == 4,
              "older": lambda x: 0 < x.meant < len(x.asked), "of_more": lambda x: len(x.asked) > 4}
    picked = {name: [a == x.meant for (a, _), x in zip(answers, some) if x.asked and belongs(x)] for name, belongs in groups.items()}
    counts = [(count == x.count, x.count) for (_, count), x in zip(answers, some)]
    picked |= {"one": [ok for ok, count in counts if count == 1], "several": [ok for ok, count in counts if count > 1]}
    return {name: sum(right) / len(right) for name, right in picked.items() if right} | parted(model, some)


def parted(model: Pointer, some: Sequence[Reference]) -> dict[str, float]:
    """Of messages that ask for several: words that are told to the right picture, and messages with all of them."""
    known = [x for x in some if x.count > 1 and x.of]
    if not known:
        return {}
    wanted = of_words(known)
    with fast():
        found = torch.cat([logits_of(model, known[i:i + 16])[2].argmax(2) for i in range(0, len(known), 16)])
    right = found == wanted
    return {"words": right[wanted >= 0].float().mean().item(), "parted": (right | (wanted < 0)).all(1).float().mean().item()}


def unseen(count: int) -> list[Reference]:
    """Held-out phrases and combinations, of dialogues whose seeds training never meets."""
    return [x for i in range(count) for x in references(EVALUATION_SEED + i, held=True)]


def run(options: Options, checks: int = 120, size: int = 16, several: int = 24) -> dict[str, float]:
    """`size`: dialogues of a step, of about six messages each; `several`: messages beside them that ask for several pictures."""
    torch.manual_seed(seeded("pointer", -1))
    model = Pointer(embedding_rows())
    sets = {"unseen": unseen(checks), "hand": list(by_hand()), "hand_count": list(by_hand(COUNTING))}

    def loss(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        model.train()
        r = Stream(step, "pointer/batch")
        drawn = [x for _ in range(size) for x in references(r.below(1 << 40))] + [many_wanted(r.below(1 << 40)) for _ in range(several)]
        some = sorted(drawn, key=length)
        weights = torch.tensor([OLDER if 0 < x.meant < len(x.asked) else 1.0 for x in some])
        parts, counts, words = [], [], []
        cut = -(-len(some) // PARTS)
        for i in range(0, len(some), cut):
            with fast():
                logits, many, said = logits_of(model, some[i:i + cut])
            parts.append(F.cross_entropy(logits, torch.tensor([x.meant for x in some[i:i + cut]]), reduction="none"))
            wanted = torch.tensor([x.count - 1 for x in some[i:i + cut]])
            counts.append(F.cross_entropy(many + torch.tensor([0.0, *[OFTEN] * (SERIES - 1)]), wanted, reduction="none"))
            words.append(F.cross_entropy(said.flatten(0, 1), of_words(some[i:i + cut]).flatten(), ignore_index=-1, reduction="none"))
        found = (torch.cat(parts) * weights).sum() / weights.sum()
        count = torch.cat(counts).mean()
        said_of = torch.cat(words)
        word = said_of.sum() / (said_of > 0).sum().clamp(min=1)  # of what nobody says the loss is zero
        return found + count + WORD * word, {"meant": found.item(), "count": count.item(), "word": word.item()}

    def evaluate(averaged: torch.nn.Module) -> dict[str, float]:
        assert isinstance(averaged, Pointer)
        return {f"{name}_{key}": value for name, some in sets.items() for key, value in scored(averaged.eval(), some).items()}

    return train(Stage("pointer", model, loss, evaluate, is_matrix, adam_lr=1e-3, muon_lr=0.01), options)
