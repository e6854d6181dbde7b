"""Writes the served weights in other formats of llama.cpp: python bench/make-gguf.py OUT

OUT receives one GGUF file for each name of FORMATS, with the same metadata and the same numbers as nearly as the format holds them. The
served file itself is Q4_1 with its embedding, which is its output too, in Q8_0; norms stay float32 everywhere. Must never change the served file.
"""

import os
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

SERVED = Path(__file__).resolve().parent.parent / "models/storybook/smollm2-135m-instruct.q4_1.gguf"
EMBEDDING = "token_embd.weight"
# of the matrices in the blocks, and of the embedding; llama.cpp's own tool keeps the latter finer than 4 bits
FORMATS = {
    "q4_0": (Type.Q4_0, Type.Q8_0),
    "q4_0-all": (Type.Q4_0, Type.Q4_0),
    "q8_0": (Type.Q8_0, Type.Q8_0),
    "f16": (Type.F16, Type.F16),
}


def write(served: gguf.GGUFReader, path: Path, blocks: Type, embedding: Type) -> None:
    """Writes beside the file and renames, so that a kill leaves none."""
    part = path.with_suffix(".part")
    writer = gguf.GGUFWriter(part, "llama")
    for field in served.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)
    for tensor in served.tensors:
        wanted = embedding if tensor.name == EMBEDDING else blocks
        if tensor.tensor_type in (Type.F32, wanted):  # a norm, or already so
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(tensor.name, gguf.quants.quantize(values, wanted), raw_dtype=wanted)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(part, path)


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    served = gguf.GGUFReader(SERVED)
    for name, (blocks, embedding) in FORMATS.items():
        path = out / f"{name}.gguf"
        write(served, path, blocks, embedding)
        print(f"{path}: {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)


main()
