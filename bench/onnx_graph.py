"""The served language model as an ONNX graph for transformers.js, in the two shapes that its models are published in.

`plain` is what exporting the PyTorch model gives: every product, norm, rotation and mask spelled out. `fused` is what newer exports
hold: ONNX Runtime's own attention and norms, and logits of the last positions only. Inputs and outputs have the names and shapes that
transformers.js feeds, which finds the size of an empty cache by the name `batch_size`. Must never hold other numbers than the weights it
is given, which are those of the GGUF file.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, KV_HEADS, D, VOCABULARY = 30, 576, 9, 3, 64, 49152
ROPE_BASE, EPSILON, POSITIONS = 100_000.0, 1e-5, 8192
MICROSOFT = "com.microsoft"
Weights = Callable[[str], np.ndarray]


class Graph:
    """Nodes in the order they are added; a number given for an input becomes an initializer."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.nodes, self.held = weights, [], {}

    def hold(self, name: str, values: np.ndarray) -> str:
        self.held.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, value: Any, kind: type = np.float32) -> str:
        array = np.array(value, kind)
        return self.hold(f"c_{kind.__name__}_{array.tolist()}", array)

    def op(self, kind: str, *inputs: str, outputs: int | list[str] = 1, domain: str = "", **attributes: Any) -> Any:
        names = outputs if isinstance(outputs, list) else [f"{kind}_{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, f"{kind}_{len(self.nodes)}", domain=domain, **attributes))
        return names[0] if len(names) == 1 else names

    def shape(self, x: str, axis: int) -> str:
        """(1,)"""
        return self.op("Shape", x, start=axis, end=axis + 1)

    def multiply(self, x: str, name: str, weights: np.ndarray) -> str:
        return self.op("MatMul", x, self.hold(name, weights.T))


def half_split(weights: np.ndarray) -> np.ndarray:
    """llama.cpp's files pair neighbouring rows of a head, PyTorch's model pairs row i with i + D/2."""
    return weights.reshape(-1, D // 2, 2, weights.shape[1]).swapaxes(1, 2).reshape(weights.shape)


def model(weights: Weights, shape: str) -> onnx.ModelProto:
    g = Graph(weights)
    rows = g.op("Gather", g.hold("model.embed_tokens.weight", weights("token_embd.weight")), "input_ids")  # (B, S, H)
    hidden = (fused if shape == "fused" else plain)(g, rows)
    g.op("Identity", g.multiply(hidden, "lm_head.weight", weights("token_embd.weight")), outputs=["logits"])
    info = helper.make_tensor_value_info
    cache = lambda name, length: [info(f"{name}.{i}.{part}", TensorProto.FLOAT, ["batch_size", KV_HEADS, length, D])
                                  for i in range(LAYERS) for part in ("key", "value")]
    inputs = [info("input_ids", TensorProto.INT64, ["batch_size", "sequence"]), info("attention_mask", TensorProto.INT64, ["batch_size", "total"])]
    inputs += [info("num_logits_to_keep", TensorProto.INT64, [])] if shape == "fused" else \
        [info("position_ids", TensorProto.INT64, ["batch_size", "sequence"])]
    outputs = [info("logits", TensorProto.FLOAT, ["batch_size", "kept", VOCABULARY]), *cache("present", "total")]
    graph = helper.make_graph(g.nodes, "model", [*inputs, *cache("past_key_values", "past")], outputs, list(g.held.values()))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def plain(g: Graph, x: str) -> str:
    """Rows (B, S, H) to hidden rows (B, S, H)."""
    frequencies = ROPE_BASE ** -(np.arange(0, D, 2, dtype=np.float64) / D)
    at = g.op("Unsqueeze", g.op("Cast", "position_ids", to=TensorProto.FLOAT), g.number([2], np.int64))
    angles = g.op("Mul", at, g.hold("rotary.frequencies", frequencies.astype(np.float32)))  # (B, S, D/2)
    angles = g.op("Unsqueeze", g.op("Concat", angles, angles, axis=-1), g.number([1], np.int64))  # (B, 1, S, D)
    cos, sin = g.op("Cos", angles), g.op("Sin", angles)
    mask = causal_mask(g)
    batch = g.shape("input_ids", 0)

    def norm(x: str, name: str) -> str:
        mean = g.op("ReduceMean", g.op("Pow", x, g.number(2.0)), axes=[-1])
        root = g.op("Sqrt", g.op("Add", mean, g.number(EPSILON)))
        return g.op("Mul", g.hold(name, g.weights(name)), g.op("Div", x, root))

    def heads(x: str, count: int) -> str:
        split = g.op("Reshape", x, g.number([0, 0, count, D], np.int64))
        return g.op("Transpose", split, perm=[0, 2, 1, 3])  # (B, count, S, D)

    def rotated(x: str) -> str:
        first, second = g.op("Split", x, axis=-1, outputs=2)
        turned = g.op("Concat", g.op("Neg", second), first, axis=-1)
        return g.op("Add", g.op("Mul", x, cos), g.op("Mul", turned, sin))

    def repeated(x: str) -> str:
        wide = g.op("Concat", batch, g.number([KV_HEADS, HEADS // KV_HEADS], np.int64), g.shape(x, 2), g.number([D], np.int64), axis=0)
        flat = g.op("Concat", batch, g.number([HEADS], np.int64), g.shape(x, 2), g.number([D], np.int64), axis=0)
        return g.op("Reshape", g.op("Expand", g.op("Unsqueeze", x, g.number([2], np.int64)), wide), flat)  # (B, HEADS, T, D)

    for i in range(LAYERS):
        block = f"blk.{i}"
        h = norm(x, f"{block}.attn_norm.weight")
        part = lambda name, split: g.multiply(h, f"{block}.{name}", split(g.weights(f"{block}.{name}.weight")))
        q = rotated(heads(part("attn_q", half_split), HEADS))
        k = rotated(heads(part("attn_k", half_split), KV_HEADS))
        v = heads(part("attn_v", lambda w: w), KV_HEADS)
        k = g.op("Concat", f"past_key_values.{i}.key", k, axis=2, outputs=[f"present.{i}.key"])
        v = g.op("Concat", f"past_key_values.{i}.value", v, axis=2, outputs=[f"present.{i}.value"])
        scores = g.op("MatMul", q, g.op("Transpose", repeated(k), perm=[0, 1, 3, 2]))
        scores = g.op("Softmax", g.op("Add", g.op("Mul", scores, g.number(D ** -0.5)), mask), axis=-1)
        mixed = g.op("Transpose", g.op("MatMul", scores, repeated(v)), perm=[0, 2, 1, 3])
        mixed = g.op("Reshape", mixed, g.number([0, 0, HEADS * D], np.int64))
        x = g.op("Add", x, g.multiply(mixed, f"{block}.attn_output", g.weights(f"{block}.attn_output.weight")))
        h = norm(x, f"{block}.ffn_norm.weight")
        gate, up = (g.multiply(h, f"{block}.{name}", g.weights(f"{block}.{name}.weight")) for name in ("ffn_gate", "ffn_up"))
        inner = g.op("Mul", g.op("Mul", gate, g.op("Sigmoid", gate)), up)
        x = g.op("Add", x, g.multiply(inner, f"{block}.ffn_down", g.weights(f"{block}.ffn_down.weight")))
    return norm(x, "output_norm.weight")


def causal_mask(g: Graph) -> str:
    """(B, 1, S, T): 0 where a position may look, a very small number where it lies ahead or is padding."""
    total = g.op("Squeeze", g.shape("attention_mask", 1), g.number([0], np.int64))
    fresh = g.op("Squeeze", g.shape("input_ids", 1), g.number([0], np.int64))
    zero, one = g.number(0, np.int64), g.number(1, np.int64)
    own = g.op("Range", g.op("Sub", total, fresh), total, one)
    before = g.op("LessOrEqual", g.op("Range", zero, total, one), g.op("Unsqueeze", own, g.number([1], np.int64)))  # (S, T)
    there = g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.BOOL), g.number([1, 2], np.int64))  # (B, 1, 1, T)
    return g.op("Where", g.op("And", before, there), g.number(0.0), g.number(float(np.finfo(np.float32).min)))


def fused(g: Graph, x: str) -> str:
    """Rows (B, S, H) to the last hidden rows, or to all of them when none are named (B, kept, H)."""
    angles = np.arange(POSITIONS)[:, None] * ROPE_BASE ** -(np.arange(0, D, 2, dtype=np.float64) / D)
    cos, sin = (g.hold(f"rotary.{f.__name__}", f(angles).astype(np.float32)) for f in (np.cos, np.sin))
    length = g.op("ReduceSum", "attention_mask", g.number([1], np.int64), keepdims=0)
    last = g.op("Cast", g.op("Sub", length, g.number([1], np.int64)), to=TensorProto.INT32)  # (B)
    total = g.op("Cast", g.op("Squeeze", g.shape("attention_mask", 1)), to=TensorProto.INT32)
    held = lambda name: g.hold(name, g.weights(name))

    def add_and_norm(x: str, to: str, name: str) -> tuple[str, str]:
        outputs = [f"{name}.normed", "", "", f"{name}.sum"]
        g.op("SkipSimplifiedLayerNormalization", x, to, held(name), outputs=outputs, domain=MICROSOFT, epsilon=EPSILON)
        return outputs[0], outputs[3]

    h, residual = g.op("SimplifiedLayerNormalization", x, held("blk.0.attn_norm.weight"), axis=-1, epsilon=EPSILON), x
    for i in range(LAYERS):
        block = f"blk.{i}"
        q, k = (half_split(g.weights(f"{block}.{name}.weight")) for name in ("attn_q", "attn_k"))
        qkv = g.multiply(h, f"{block}.attn_qkv", np.concatenate([q, k, g.weights(f"{block}.attn_v.weight")]))
        past, present = ([f"{name}.{i}.key", f"{name}.{i}.value"] for name in ("past_key_values", "present"))
        mixed = g.op("GroupQueryAttention", qkv, "", "", *past, last, total, cos, sin, outputs=[f"{block}.mixed", *present],
                     domain=MICROSOFT, num_heads=HEADS, kv_num_heads=KV_HEADS, do_rotary=1)[0]
        out = g.multiply(mixed, f"{block}.attn_output", g.weights(f"{block}.attn_output.weight"))
        h, residual = add_and_norm(out, residual, f"{block}.ffn_norm.weight")
        gate, up = (g.multiply(h, f"{block}.{name}", g.weights(f"{block}.{name}.weight")) for name in ("ffn_gate", "ffn_up"))
        inner = g.op("Mul", g.op("Mul", gate, g.op("Sigmoid", gate)), up)
        down = g.multiply(inner, f"{block}.ffn_down", g.weights(f"{block}.ffn_down.weight"))
        following = f"blk.{i + 1}.attn_norm.weight" if i + 1 < LAYERS else "output_norm.weight"
        h, residual = add_and_norm(down, residual, following)
    start = g.op("Unsqueeze", g.op("Neg", "num_logits_to_keep"), g.number([0], np.int64))  # 0: from the first on
    return g.op("Slice", h, start, g.number([2**62], np.int64), g.number([1], np.int64))
