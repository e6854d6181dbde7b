"""Raw text to token ids and embedding rows, with the served tokenizer and the served language model's own rows."""

from functools import lru_cache

import numpy as np
import torch
from tokenizers import Tokenizer

from training.gguf import tensor
from training.paths import GGUF, TOKENIZER, WORK

MAX_IDS = 64


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(TOKENIZER))


def encode(texts: list[str], most: int = MAX_IDS) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids (N, L) padded with 0 to the longest, and lengths (N,); at most `most` ids are kept, none are added.

    What is written in capitals throughout is read in lower case: its tokens are pieces of two or three letters that say little.
    """
    plain = [text.lower() if text.isupper() else text for text in texts]
    found = [e.ids[:most] for e in tokenizer().encode_batch(plain, add_special_tokens=False)]
    lengths = torch.tensor([len(ids) for ids in found])
    out = torch.zeros(len(found), int(lengths.max()), dtype=torch.long)
    for row, ids in zip(out, found):
        row[:len(ids)] = torch.tensor(ids)
    return out, lengths


def raw_rows() -> torch.Tensor:
    """SmolLM2's token embedding (49152, 576) as the file has it."""
    return torch.from_numpy(tensor(GGUF, "token_embd.weight").astype(np.float32))


@lru_cache(maxsize=1)
def embedding_rows() -> torch.Tensor:
    """SmolLM2's token embedding (49152, 576) divided by its overall standard deviation; kept as a file once read."""
    cached = WORK / "rows.npy"
    if not cached.exists():
        rows = tensor(GGUF, "token_embd.weight")
        cached.parent.mkdir(parents=True, exist_ok=True)
        np.save(cached, (rows / rows.std()).astype(np.float32))
    return torch.from_numpy(np.load(cached))
