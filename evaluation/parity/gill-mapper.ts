// GILL's mapper in its published form: hidden states of the image tokens → what a text encoder would have said (Koh et
// al. 2023, §3.2): torch's nn.Transformer, pre-norm, final norms, no masks, no positions. With the arithmetic of what a
// configuration trains. Must never fuse what the reference keeps apart: this is what other implementations are held to.
import { createGraph, type GraphBuilder } from '../../functions/engine/onnx-graph.ts';
import type { Safetensors } from '../../functions/engine/safetensors.ts';
import { createMetricLayers, type MetricLayers } from '../networks/layers.ts';

export interface MapperConfiguration {
  /** D of the language model. */
  readonly languageWidth: number;
  /** Width inside the mapper. */
  readonly width: number;
  readonly heads: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly hiddenWidth: number;
  /** L and C of the conditioning. */
  readonly outputTokens: number;
  readonly outputWidth: number;
}

export interface GillConfiguration {
  readonly mapper: MapperConfiguration;
  /** Width of the image encoder's feature. */
  readonly visualWidth: number;
  /** k, rows that a picture takes in the prompt. */
  readonly visualTokens: number;
  /** r, tokens that stand for a picture to be made. */
  readonly imageTokens: number;
  readonly retrievalWidth: number;
}

export const publishedConfiguration: GillConfiguration = {
  mapper: {
    languageWidth: 4096,
    width: 512,
    heads: 4,
    encoderLayers: 4,
    decoderLayers: 4,
    hiddenWidth: 2048,
    outputTokens: 77,
    outputWidth: 768,
  },
  visualWidth: 1024,
  visualTokens: 4,
  imageTokens: 8,
  retrievalWidth: 256,
};

export function countMapperParameters(mapper: MapperConfiguration): number {
  const { width, hiddenWidth } = mapper;
  const norm = 2 * width;
  const attention = linear(width, 3 * width) + linear(width, width);
  const forward = linear(width, hiddenWidth) + linear(hiddenWidth, width);
  const encoder = mapper.encoderLayers * (attention + forward + 2 * norm) + norm;
  const decoder = mapper.decoderLayers * (2 * attention + forward + 3 * norm) + norm;
  const queries = mapper.outputTokens * width;
  return linear(mapper.languageWidth, width) + encoder + decoder + queries + linear(width, mapper.outputWidth);
}

/** Everything that GILL trains, the scale of its retrieval logits included. */
export function countTrainedParameters(gill: GillConfiguration): number {
  const { mapper, visualWidth, visualTokens, imageTokens, retrievalWidth } = gill;
  const { languageWidth } = mapper;
  const visualRows = linear(visualWidth, visualTokens * languageWidth);
  const retrieval = linear(visualWidth, retrievalWidth) + linear(languageWidth, retrievalWidth);
  const logitScale = 1;
  return countMapperParameters(mapper) + visualRows + retrieval + imageTokens * languageWidth + logitScale;
}

const linear = (from: number, to: number): number => from * to + to;

const epsilon = 1e-5;

/**
 * Inputs `states` and `embeddings` (N, r, D): last hidden states and input embeddings of the image tokens. Output
 * `conditioning` (N, L, C). Weights by the names that torch gives them.
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildMapper(weights: Safetensors, mapper: MapperConfiguration): Uint8Array {
  const graph = createGraph();
  const layers = createMetricLayers(graph, weights, 'the mapper');
  const { add, layerNorm, linear: project, relu, weight } = layers;
  const shape = ['rows', 'tokens', mapper.languageWidth];
  const states = graph.input('states', 'float32', shape);
  const summed = add(states, graph.input('embeddings', 'float32', shape));
  const forward = (x: string, name: string): string => project(relu(project(x, `${name}.linear1`)), `${name}.linear2`);
  const attend = (q: string, memory: string, name: string): string =>
    attention(graph, layers, q, memory, name, mapper.heads);

  let memory = project(summed, 'fc'); // (N, r, width)
  for (let layer = 0; layer < mapper.encoderLayers; layer++) {
    const name = `tfm.encoder.layers.${layer}`;
    const normal = layerNorm(memory, `${name}.norm1`, epsilon);
    memory = add(memory, attend(normal, normal, `${name}.self_attn`));
    memory = add(memory, forward(layerNorm(memory, `${name}.norm2`, epsilon), name));
  }
  memory = layerNorm(memory, 'tfm.encoder.norm', epsilon);

  const rows = graph.one('Shape', [states], { start: { int: 0 }, end: { int: 1 } });
  const target = graph.one('Concat', [rows, layers.axes([mapper.outputTokens, mapper.width])], { axis: { int: 0 } });
  let x = graph.one('Expand', [weight('query_embs'), target]); // (N, L, width)
  for (let layer = 0; layer < mapper.decoderLayers; layer++) {
    const name = `tfm.decoder.layers.${layer}`;
    const normal = layerNorm(x, `${name}.norm1`, epsilon);
    x = add(x, attend(normal, normal, `${name}.self_attn`));
    x = add(x, attend(layerNorm(x, `${name}.norm2`, epsilon), memory, `${name}.multihead_attn`));
    x = add(x, forward(layerNorm(x, `${name}.norm3`, epsilon), name));
  }
  x = project(layerNorm(x, 'tfm.decoder.norm', epsilon), 'model'); // (N, L, C)
  graph.op('Identity', [x], {}, { outputs: ['conditioning'] });
  graph.output('conditioning', 'float32', ['rows', mapper.outputTokens, mapper.outputWidth]);
  return graph.toModel();
}

/** torch's nn.MultiheadAttention: one matrix for q, k and v, of which each reads its third. */
function attention(
  graph: GraphBuilder,
  { weight, linear: project, add }: MetricLayers,
  query: string,
  memory: string,
  name: string,
  heads: number,
): string {
  const thirds = (tensor: string): readonly string[] =>
    graph.op('Split', [tensor], { axis: { int: 0 }, num_outputs: { int: 3 } }, { outputs: 3 });
  const matrices = thirds(weight(`${name}.in_proj_weight`)); // 3 × (width, width)
  const biases = thirds(weight(`${name}.in_proj_bias`));
  const part = (x: string, i: number): string =>
    add(graph.one('MatMul', [x, graph.one('Transpose', [matrices[i]!], { perm: { ints: [1, 0] } })]), biases[i]!);
  const [q, k, v] = [part(query, 0), part(memory, 1), part(memory, 2)];
  const attended = graph.one('MultiHeadAttention', [q, k, v], { num_heads: { int: heads } }, 'com.microsoft');
  return project(attended, `${name}.out_proj`);
}
