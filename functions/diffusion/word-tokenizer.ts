// The language model's BPE, as the text tower's words need it. Must never see special tokens: words.ts leaves only
// letters, digits and commas.
import { Tokenizer } from '@huggingface/tokenizers';
import { readFile } from 'node:fs/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { ModelPackage } from '../engine/model-package.ts';
import type { Encode } from './words.ts';

/** What we use of it; the package's own declarations leave out file extensions, so they do not resolve here. */
type BytePairTokenizer = new (
  tables: object,
  config: object,
) => {
  readonly encode: (text: string, options: { add_special_tokens: boolean }) => { readonly ids: readonly number[] };
};

/** @throws {AppError} MODEL_UNAVAILABLE naming the file that cannot be read */
export async function openWordTokenizer(model: ModelPackage): Promise<Encode> {
  const { tokenizer: tables, tokenizerConfig: config } = model.manifest.lm;
  const make = Tokenizer as BytePairTokenizer;
  const tokenizer = new make(await readJson(model.file(tables)), await readJson(model.file(config)));
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
}

async function readJson(path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${path} cannot be read as JSON`, coerceError(thrown));
  }
}
