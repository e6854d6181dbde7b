"""Which earlier picture a message means, how many it asks for, and which of its words are of which.

Read together: the words of the message and those that each earlier picture was asked for with.

The language model's own embeddings and four blocks of 128. It reads words and no states: the state where the assistant is about to speak, compared
with the states at the pictures' rows, found an older picture in two cases of five (training/README.md).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from training.networks.attention import TextBlock
from training.words import tokenizer

WIDTH = 128
LAYERS = 4
PICTURES = 12  # among which one is meant
SERIES = 4  # pictures of one reply
WORDS = 64  # ids of a message, or of the words that a picture was asked for with
MESSAGE, PICTURE = 1, 2  # what begins a segment; 0: a word
SAID = 9  # 0: said here alone; of the message, 1 and 2: for one picture too, for several; for a picture, 3 and 4: in the message too, alone and not
MATCHES = 5  # from here on where a picture begins: how many words of the message were said for it alone, three at most
SHORT = 3  # letters that such a word has at least


class Batch(NamedTuple):
    """ids (B, T); parts (B, T, 6): what begins here, place in the segment, the picture counted from the oldest and from the newest (0: the message),
    place in its reply, where else the word is said; there (B, T); begins (B, 13): where message and pictures begin, 0 where there is none.
    """

    ids: torch.Tensor
    parts: torch.Tensor
    there: torch.Tensor
    begins: torch.Tensor


class Pointer(nn.Module):
    emb: torch.Tensor

    def __init__(self, rows: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("emb", rows, persistent=False)
        self.i = nn.Linear(rows.shape[1], WIDTH)
        self.begin, self.word = self.table(3), self.table(WORDS + 1)
        self.first, self.last, self.nth = self.table(PICTURES + 1), self.table(PICTURES + 1), self.table(SERIES)
        self.said = self.table(SAID)
        self.b = nn.ModuleList([TextBlock(WIDTH) for _ in range(LAYERS)])
        self.n = nn.LayerNorm(WIDTH)
        self.s, self.c, self.w = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, SERIES), nn.Linear(WIDTH, SERIES + 2)

    @staticmethod
    def table(count: int) -> nn.Parameter:
        return nn.Parameter(torch.randn(count, WIDTH) * 0.3)

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits (B, 13) of none and of the pictures from the oldest on, (B, 4) of one to four pictures wanted, and (B, 64, 6) of each word of the
        message: of no picture, of the first to the fourth, of all.
        """
        begin, word, first, last, nth, said = batch.parts.unbind(-1)  # (B, T) each
        rows = self.emb[batch.ids] * (begin == 0)[..., None]  # (B, T, 576)
        x = self.i(rows) + self.begin[begin] + self.word[word] + self.first[first] + self.last[last] + self.nth[nth]
        x = x + self.said[said]  # (B, T, 128)
        for block in self.b:
            x = block(x, batch.there[:, None, None])
        x = self.n(x)
        scores = self.s(x)[..., 0]  # (B, T)
        logits = scores.gather(1, batch.begins).float()  # (B, 13)
        none = torch.zeros(len(logits), 1, dtype=torch.bool)
        logits = logits.masked_fill(torch.cat([none, batch.begins[:, 1:] == 0], 1), -1e4)
        said = F.pad(x[:, 1:1 + WORDS], (0, 0, 0, max(0, WORDS + 1 - x.shape[1])))  # (B, 64, 128)
        return logits, self.c(x[:, 0]).float(), self.w(said).float()


@lru_cache(maxsize=1 << 16)
def word_of(i: int) -> str:
    """What an id says, whatever stands before it and however it is written."""
    return tokenizer().decode([i]).strip().lower()


def batch(messages: Sequence[list[int]], asked: Sequence[list[tuple[list[int], int]]]) -> Batch:
    """Ids of the messages; for each its pictures, oldest first: ids of the words that they were asked for with, and their places in their replies."""
    rows: list[list[tuple[int, ...]]] = []
    begins = torch.zeros(len(messages), PICTURES + 1, dtype=torch.long)
    for b, (message, pictures) in enumerate(zip(messages, asked)):
        told = [word_of(i) for i in message[:WORDS]]
        shown = [[word_of(i) for i in words[:WORDS]] for words, _ in pictures]
        count = Counter(word for words in shown for word in set(words))
        row: list[tuple[int, ...]] = [(0, MESSAGE, 0, 0, 0, 0, 0)]
        row += [(i, 0, n + 1, 0, 0, 0, min(2, count[word])) for n, (i, word) in enumerate(zip(message, told))]
        for p, ((words, nth), own) in enumerate(zip(pictures, shown)):
            begins[b, p + 1] = len(row)
            place = p + 1, len(pictures) - p, nth
            said = [(3 if count[word] == 1 else 4) if word in told else 0 for word in own]
            matches = len({word for word, way in zip(own, said) if way == 3 and len(word) >= SHORT})
            row += [(0, PICTURE, 0, *place, MATCHES + min(3, matches)), *((i, 0, n + 1, *place, said[n]) for n, i in enumerate(words[:WORDS]))]
        rows.append(row)
    width = max(map(len, rows))
    table = torch.tensor([row + [(0,) * 7] * (width - len(row)) for row in rows])  # (B, T, 7)
    there = torch.arange(width)[None] < torch.tensor([len(row) for row in rows])[:, None]
    return Batch(table[..., 0], table[..., 1:], there, begins)


def folded(weights: dict[str, torch.Tensor], scale: float) -> dict[str, torch.Tensor]:
    """The same network in fp32 for embeddings that nobody divided by `scale`."""
    return {name: value.float() / (scale if name == "i.weight" else 1) for name, value in weights.items()}


def is_matrix(name: str, p: nn.Parameter) -> bool:
    return p.ndim == 2 and name.startswith("b.")
