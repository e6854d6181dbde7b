"""Writes the served language model for transformers.js: python bench/make-onnx.py OUT

OUT receives a folder for each shape of onnx_graph.py, with what transformers.js loads by itself: config.json, the tokenizer's files,
onnx/model.onnx in float32 and onnx/model_quantized.onnx, the int8 variant as that project makes its own (dynamic quantisation of weights
by ONNX Runtime's tool). Must never change the served files.
"""

import json
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

import onnx_graph

SERVED = Path(__file__).resolve().parent.parent / "models/storybook"
FILE = SERVED / "smollm2-135m-instruct.q4_1.gguf"
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": onnx_graph.WIDTH, "head_dim": onnx_graph.D,
    "num_hidden_layers": onnx_graph.LAYERS, "num_attention_heads": onnx_graph.HEADS, "num_key_value_heads": onnx_graph.KV_HEADS,
    "vocab_size": onnx_graph.VOCABULARY, "max_position_embeddings": onnx_graph.POSITIONS, "bos_token_id": 1,
}


def write(folder: Path, shape: str, weights: onnx_graph.Weights) -> None:
    """The int8 file is renamed last: where it is, all others are."""
    exact, part = folder / "onnx/model.onnx", folder / "onnx/part.onnx"
    exact.parent.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    # no token ends a reply: all peers write as many as they are asked for
    (folder / "generation_config.json").write_text("{}\n")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(SERVED / name, folder / name)
    onnx.save(onnx_graph.model(weights, shape), exact)
    # types cannot be inferred behind ONNX Runtime's own operators, so the only one there is is named
    options = {"EnableSubgraph": True, "MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(exact, part, weight_type=QuantType.QInt8, extra_options=options)
    part.rename(folder / "onnx/model_quantized.onnx")


def main() -> None:
    out = Path(sys.argv[1])
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(FILE).tensors}
    weights = lambda name: gguf.quants.dequantize(tensors[name].data, tensors[name].tensor_type).astype(np.float32)
    for shape in ("plain", "fused"):
        write(out / shape, shape, weights)
        sizes = [f"{path.stat().st_size / 1e6:.0f} MB" for path in sorted((out / shape / "onnx").iterdir())]
        print(f"{out / shape}: {', '.join(sizes)}", file=sys.stderr)


main()
