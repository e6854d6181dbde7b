// The pre-norm transformer block that the text tower and the mapper are made of (training/networks/attention.py). Must never
// know which of them it stands in.
import type { Layers } from './layers.ts';

/** Self-attention, cross-attention to `context` if there is one, MLP; each on a normalised copy and added back. */
export function transformerBlock(layers: Layers, x: string, name: string, heads: number, context?: string): string {
  const { add, linear, layerNorm, attention, split } = layers;
  const [q, k, v] = split(linear(layerNorm(x, `${name}.n1`), `${name}.qkv`), 3); // 3 × (1, T, C)
  x = add(x, linear(attention(q!, k!, v!, heads), `${name}.o`));
  if (context !== undefined) {
    const query = linear(layerNorm(x, `${name}.n3`), `${name}.q`);
    const [key, value] = split(linear(context, `${name}.kv`), 2); // 2 × (1, words, C)
    x = add(x, linear(attention(query, key!, value!, heads), `${name}.o2`));
  }
  const hidden = linear(layerNorm(x, `${name}.n2`), `${name}.m.0`); // (1, T, 3C)
  return add(x, linear(layers.gelu(hidden, 'none'), `${name}.m.2`));
}
