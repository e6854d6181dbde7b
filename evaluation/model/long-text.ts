// The baseline that reads as much as the dialogue model does: a text encoder of the package's kind with a longer window, trained on
// stories, rounds and chains of wishes (training/stages/long_tower.py). Must never be served: it exists so that a win is not truncation.
import { AppError } from '../../core/app-error.ts';
import type { DiffusionInput } from '../../core/function-contract.ts';
import { buildTextTower } from '../../functions/diffusion/text-tower-graph.ts';
import { openWordRows } from '../../functions/diffusion/word-rows.ts';
import { openWordTokenizer } from '../../functions/diffusion/word-tokenizer.ts';
import { floatToHalf, toWire } from '../../functions/engine/half.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { createTensor, openSession } from '../../functions/engine/onnx-runtime.ts';
import { readWeights } from '../metrics/open-metrics.ts';
import { createTextWindow, type TextWindow } from './text-window.ts';

export interface LongText extends AsyncDisposable {
  /** sha256 of its weights. */
  readonly digest: string;
  readonly window: TextWindow;
  /** What a picture is drawn from. The beginning of a text that is longer than the window is cut off. */
  readonly read: (text: string) => Promise<Extract<DiffusionInput['conditioning'], { kind: 'GILL' }>>;
}

/** @throws {AppError} MODEL_UNAVAILABLE when the weights do not answer what the package's denoiser reads */
export async function openLongText(model: ModelPackage, file: string): Promise<LongText> {
  const { lm, picture } = model.manifest;
  const { weights, digest } = await readWeights(file);
  const [tokens, width] = picture.conditioning;
  const answered = weights.get('q')?.shape ?? [];
  if (answered[0] !== tokens || answered[1] !== width)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${file} gives tokens of shape (${answered.join(', ')}), but this package draws from (${tokens}, ${width})`,
    );
  await using stack = new AsyncDisposableStack();
  const encode = await openWordTokenizer(model);
  const rows = stack.use(await openWordRows(model.file(lm.weights)));
  const session = stack.use(await openSession(buildTextTower(weights)));
  const window = createTextWindow((text) => encode(text).length, weights.get('p')?.shape[0] ?? 0);
  const owned = stack.move();
  return {
    digest,
    window,
    read: async (text) => {
      const ids = encode(window.truncate(text, 'left'));
      const words = await rows.read(ids); // (words, E)
      using input = createTensor('float32', [1, ids.length, words.length / ids.length], words);
      using output = createTensor('float32', [1, tokens, width]);
      await session.run({ rows: input }, { tokens: output });
      return { kind: 'GILL', tensor: toWire([tokens, width], floatToHalf(output.data)) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
