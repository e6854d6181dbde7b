// GILL's mapper as an ONNX graph (training/networks/mapper.py): states at the `[IMG]` positions → the tokens that the text
// tower would have given. An encoder over the positions, then learned queries that read them. Beside GILL's: the states of the turn may stand
// before those positions, and each query may begin with the token that stood at its place in the picture that is changed, of which a gate says
// how much stays. Must never see padding: one picture a run.
import { createGraph, shapeInitializer } from '../engine/onnx-graph.ts';
import { createLayers } from '../engine/layers.ts';
import { AppError } from '../../core/app-error.ts';
import type { Safetensors } from '../engine/safetensors.ts';
import { transformerBlock } from '../engine/transformer-block.ts';

const heads = 4;

/** r positions of width H in, L tokens of width C out. */
export interface MapperShape {
  readonly positions: number;
  readonly width: number;
  readonly tokens: number;
  readonly tokenWidth: number;
  readonly readsParent: boolean;
  /** T: states of the turn that it reads at most; 0: none. */
  readonly turnPositions: number;
}

/** @throws {AppError} MODEL_UNAVAILABLE when `rows` (r, H) or the queries `q` (L, C) are missing */
export function readMapperShape(weights: Safetensors): MapperShape {
  const sizes = (name: string): readonly [number, number] => {
    const shape = weights.get(name)?.shape;
    if (shape?.length !== 2) throw new AppError('MODEL_UNAVAILABLE', `the mapper has no matrix "${name}"`);
    return shape as readonly [number, number];
  };
  const [positions, width] = sizes('rows');
  const [tokens, tokenWidth] = sizes('q');
  const [turnPositions, placeWidth] = weights.has('t') ? sizes('t') : [0, tokenWidth];
  if (placeWidth !== tokenWidth)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `the mapper has places "t" of width ${placeWidth}, but tokens of ${tokenWidth}`,
    );
  return { positions, width, tokens, tokenWidth, readsParent: weights.has('p.weight'), turnPositions };
}

/**
 * Input `states` (1, r, H) after the language model's final norm and, where the mapper reads them, `turn` (1, 1 … T, H), the states before
 * those, and `parent` (1, L, C), tokens of the picture that is changed, zeros for none. Output `tokens` (1, L, C).
 * @throws {AppError} MODEL_UNAVAILABLE when a weight is missing
 */
export function buildMapper(weights: Safetensors): Uint8Array {
  const { positions, width, tokens, tokenWidth, readsParent, turnPositions } = readMapperShape(weights);
  const graph = createGraph();
  const layers = createLayers(graph, weights, 'the mapper');
  const { add, layerNorm, linear, plainNorm, weight } = layers;

  const states = graph.input('states', 'float32', [1, positions, width]);
  let x = linear(add(plainNorm(states, width), weight('rows')), 'i'); // (1, r, C)
  if (turnPositions > 0) {
    const turn = graph.input('turn', 'float32', [1, 'said', width]);
    const said = graph.one('Shape', [turn], { start: { int: 1 }, end: { int: 2 } });
    // places are counted from the end, which has the last row of `t`
    const [end, axis] = [shapeInitializer(graph, 'end', [turnPositions]), shapeInitializer(graph, 'axis', [0])];
    const places = graph.one('Slice', [weight('t'), graph.one('Sub', [end, said]), end, axis]); // (said, C)
    x = graph.one('Concat', [add(linear(plainNorm(turn, width), 'i'), places), x], { axis: { int: 1 } }); // (1, said + r, C)
  }
  for (let block = 0; block < layers.blocks('e'); block++) x = transformerBlock(layers, x, `e.${block}`, heads);
  x = layerNorm(x, 'ne');
  let q = layers.reshape(weight('q'), [1, tokens, tokenWidth]); // (1, L, C)
  const parent = readsParent ? graph.input('parent', 'float32', [1, tokens, tokenWidth]) : undefined;
  if (parent !== undefined) q = add(q, linear(parent, 'p'));
  for (let block = 0; block < layers.blocks('d'); block++) q = transformerBlock(layers, q, `d.${block}`, heads, x);

  q = layerNorm(q, 'nd');
  let mapped = plainNorm(linear(q, 'o'), tokenWidth);
  // how much of each token is made anew; where there is no parent, its zeros only scale, and the norm takes that out
  if (parent !== undefined && weights.has('g.weight'))
    mapped = plainNorm(layers.blend(parent, mapped, linear(q, 'g')), tokenWidth);
  graph.op('Identity', [mapped], {}, { outputs: ['tokens'] });
  graph.output('tokens', 'float32', [1, tokens, tokenWidth]);
  return graph.toModel();
}
