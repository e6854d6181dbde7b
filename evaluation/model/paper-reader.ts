// Reads the layout that GILL was published with, for mappers trained on captions alone: words and pictures, then the rows at once.
// No template, no prefix, and no word of the model's own. Must never read the rows in a pass with anything before them, so that
// their states do not depend on how long that was.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import type { LlmImageEvent, PromptPart } from '../../core/function-contract.ts';
import type { ModelPackage } from '../../functions/engine/model-package.ts';
import { createTurns } from '../../functions/engine/turns.ts';
import type { Precision } from '../../functions/llm/decoder-graph.ts';
import { maxPassItems, openDecoder } from '../../functions/llm/decoder.ts';
import { loadWeights } from '../../functions/llm/load-weights.ts';
import { openHeads, toPictureHeads } from '../../functions/llm/picture-heads.ts';
import { openTokenizer } from '../../functions/llm/tokenizer.ts';
import { createPaperLayout } from './paper-layout.ts';

export interface PaperReader extends AsyncDisposable {
  /** @throws {AppError} CONTEXT_TOO_LONG */
  readonly read: (parts: readonly PromptPart[], signal: AbortSignal) => Promise<LlmImageEvent>;
}

const tokenizerConfig = z.looseObject({ bos_token: z.string() });

/** @param cacheFolder of repacked weights @throws {AppError} MODEL_UNAVAILABLE when the package has no mapper or does not load */
export async function openPaperReader(
  model: ModelPackage,
  cacheFolder: string,
  precision?: Precision,
): Promise<PaperReader> {
  const { lm, files } = model.manifest;
  const { weights: name, contextTokens } = lm;
  const never = new AbortController().signal;
  const request = { weightsFile: model.file(name), weightsSha256: files[name]!, cacheFolder, precision };
  const weights = await loadWeights(request, () => undefined, never);
  const { width } = weights.shape;
  const tokenizer = await openTokenizer(model);
  const config: unknown = JSON.parse(await readFile(model.file(lm.tokenizerConfig), 'utf8'));
  const layOut = createPaperLayout({
    begin: tokenizer.encodeTemplate(tokenizerConfig.parse(config).bos_token),
    encodeText: tokenizer.encodeText,
    width,
    beginsEveryText: model.manifest.gill?.parity?.includes('begins-every-text') ?? false,
  });

  await using stack = new AsyncDisposableStack();
  const heads = stack.use(await openHeads(model, weights.embeddings, tokenizer, width, createTurns(), 'cpu'));
  if (heads.mapper && heads.mapper.turnPositions > 0)
    throw new AppError('MODEL_UNAVAILABLE', 'the mapper reads a turn of a dialogue, and this layout has none');
  const decoder = stack.use(await openDecoder(weights, 1, contextTokens));
  const owned = stack.move();
  return {
    read: async (parts, signal) => {
      const { reader } = toPictureHeads(heads, [], undefined, { turns: [] }, signal);
      if (!reader) throw new AppError('MODEL_UNAVAILABLE', 'the model package has no mapper');
      const items = layOut(parts);
      const length = items.length + reader.rows.length;
      if (length > contextTokens)
        throw new AppError('CONTEXT_TOO_LONG', `${length} positions, but the model reads ${contextTokens}`);
      for (let at = 0; at < items.length; at += maxPassItems)
        await decoder.read(0, at, items.slice(at, at + maxPassItems), signal);
      const { states } = await decoder.read(0, items.length, reader.rows, signal);
      return { type: 'image', ...(await reader.read(states.slice(), new Float32Array())) };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
