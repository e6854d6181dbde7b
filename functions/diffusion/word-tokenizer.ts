// A person's words → ids of the language model's BPE, as the text tower was trained on them (training/words.py): the raw text,
// nothing added. Must never turn what a person wrote into a special token.
import { Tokenizer } from '@huggingface/tokenizers';
import { readFile } from 'node:fs/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import { calmText } from '../engine/calm-text.ts';
import type { ModelPackage } from '../engine/model-package.ts';

/** Gives the ids of a text: all of them, so that the caller can say what does not fit. */
export type Encode = (text: string) => readonly number[];

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
  // told of no special tokens, the library takes them for text
  const withoutSpecials = { ...(await readJson(model.file(tables))), added_tokens: [] };
  const tokenizer = new make(withoutSpecials, await readJson(model.file(config)));
  return (text) => (text === '' ? [] : tokenizer.encode(calmText(text), { add_special_tokens: false }).ids);
}

async function readJson(path: string): Promise<object> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as object;
  } catch (thrown) {
    throw new AppError('MODEL_UNAVAILABLE', `${path} cannot be read as JSON`, coerceError(thrown));
  }
}
