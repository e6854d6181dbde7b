"""Reads tensors out of a GGUF file (version 3): F32, F16, Q8_0 and Q4_1, as the serving side reads them. Never writes."""

import struct
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

SCALAR = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
F32, F16, Q4_1, Q8_0 = 0, 1, 3, 8
BLOCK = 32


def read_number(file: BinaryIO, code: str) -> int:
    return int(read_scalar(file, code))


def read_scalar(file: BinaryIO, code: str) -> float:
    return struct.unpack("<" + code, file.read(struct.calcsize("<" + code)))[0]


def read_string(file: BinaryIO) -> str:
    return file.read(read_number(file, "Q")).decode("utf-8", "replace")


def skip_value(file: BinaryIO, kind: int) -> float | None:
    """Moves past one metadata value; returns it when it is a plain number."""
    if kind == STRING:
        read_string(file)
        return None
    if kind == ARRAY:
        inner, count = read_number(file, "I"), read_number(file, "Q")
        for _ in range(count):
            skip_value(file, inner)
        return None
    return read_scalar(file, SCALAR[kind])


def dequantised(data: bytes, kind: int) -> np.ndarray:
    """Flat fp32 values; blocks of 32 share a scale (and in Q4_1 a minimum), low nibbles first."""
    if kind == F32:
        return np.frombuffer(data, np.float32)
    if kind == F16:
        return np.frombuffer(data, np.float16).astype(np.float32)
    if kind == Q8_0:
        blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("q", "i1", BLOCK)]))
        return (blocks["scale"].astype(np.float32)[:, None] * blocks["q"]).ravel()
    if kind == Q4_1:
        blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("least", "<f2"), ("q", "u1", BLOCK // 2)]))
        q = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], 1).astype(np.float32)
        return (blocks["scale"].astype(np.float32)[:, None] * q + blocks["least"].astype(np.float32)[:, None]).ravel()
    raise ValueError(f"GGUF tensor type {kind} is not supported")


def byte_length(count: int, kind: int) -> int:
    return {F32: 4 * count, F16: 2 * count, Q8_0: count // BLOCK * 34, Q4_1: count // BLOCK * 20}[kind]


class Header(NamedTuple):
    """The numbers among the metadata, and of each tensor its shape as PyTorch writes it, its type and where its bytes begin."""

    numbers: dict[str, float]
    tensors: dict[str, tuple[list[int], int, int]]


@lru_cache(maxsize=2)
def header(path: Path) -> Header:
    with path.open("rb") as file:
        if file.read(4) != b"GGUF" or read_number(file, "I") != 3:
            raise ValueError(f"{path.name} is no GGUF file of version 3")
        tensors, pairs = read_number(file, "Q"), read_number(file, "Q")
        numbers: dict[str, float] = {}
        for _ in range(pairs):
            key, kind = read_string(file), read_number(file, "I")
            value = skip_value(file, kind)
            if value is not None:
                numbers[key] = value
        found: dict[str, tuple[list[int], int, int]] = {}
        for _ in range(tensors):
            key = read_string(file)
            shape = [read_number(file, "Q") for _ in range(read_number(file, "I"))]
            found[key] = (shape[::-1], read_number(file, "I"), read_number(file, "Q"))
        alignment = int(numbers.get("general.alignment", 32))
        start = -(-file.tell() // alignment) * alignment
        return Header(numbers, {k: (shape, kind, start + offset) for k, (shape, kind, offset) in found.items()})


def tensor(path: Path, name: str) -> np.ndarray:
    """One tensor by name, fp32, shape as PyTorch writes it (rows first). Raises KeyError when it is not in the file."""
    shape, kind, offset = header(path).tensors[name]
    with path.open("rb") as file:
        file.seek(offset)
        return dequantised(file.read(byte_length(int(np.prod(shape)), kind)), kind).reshape(shape)
