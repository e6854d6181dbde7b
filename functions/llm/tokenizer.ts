// Text ↔ tokens of the package's BPE. Must never turn what a person wrote into a special token: only the chat template
// may open or close a turn.
import * as huggingFace from '@huggingface/tokenizers';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/app-error.ts';
import type { ModelPackage } from '../engine/model-package.ts';

export interface TextTokenizer {
  /** Text of the chat template: special tokens are recognised. */
  readonly encodeTemplate: (text: string) => readonly number[];
  /** Text that people or the model wrote: `<|im_end|>` is seven ordinary tokens. */
  readonly encodeText: (text: string) => readonly number[];
  /** The bytes a token stands for, which may be part of a character; none for a special token. */
  readonly bytesOf: (id: number) => Uint8Array;
  /** Tokens that end a reply. */
  readonly stopIds: ReadonlySet<number>;
  /** Special tokens that are no stop tokens: never sampled. */
  readonly forbiddenIds: readonly number[];
}

/** What we use of the library, whose own type files import each other in a way that Node's resolution refuses. */
interface Bpe {
  readonly encode: (text: string, options: { readonly add_special_tokens: boolean }) => { readonly ids: number[] };
  readonly id_to_token: (id: number) => string | undefined;
}
const { Tokenizer } = huggingFace as { readonly Tokenizer: new (file: object, config: object) => Bpe };

/** The part of tokenizer.json that we look into. */
interface TokenizerFile {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
}

/** @throws {AppError} MODEL_UNAVAILABLE when the files do not fit the manifest */
export async function openTokenizer(model: ModelPackage): Promise<TextTokenizer> {
  const { lm } = model.manifest;
  const file = (await readJson(model.file(lm.tokenizer))) as TokenizerFile;
  const config = (await readJson(model.file(lm.tokenizerConfig))) as object;
  // told of no special tokens, the library takes them for text; those of the template are found here
  const bpe = new Tokenizer({ ...file, added_tokens: [] }, config);
  const specials = new Map(file.added_tokens.map(({ id, content }) => [content, id]));
  const stopIds = new Set(
    lm.stopTokens.map((content) => {
      const id = specials.get(content);
      if (id === undefined) throw new AppError('MODEL_UNAVAILABLE', `${lm.tokenizer} has no special token ${content}`);
      return id;
    }),
  );
  const special = new RegExp(`(${[...specials.keys()].map(escapeRegExp).join('|')})`);
  const encodeText = (text: string): readonly number[] =>
    text === '' ? [] : bpe.encode(text, { add_special_tokens: false }).ids;
  const specialIds = new Set(specials.values());
  const bytesOfCharacter = byteLevelAlphabet();
  return {
    encodeTemplate: (text) => text.split(special).flatMap((piece) => specials.get(piece) ?? encodeText(piece)),
    encodeText,
    bytesOf: (id) => {
      if (specialIds.has(id)) return new Uint8Array();
      const token = bpe.id_to_token(id);
      if (token === undefined) throw new AppError('INTERNAL', `token ${id} is not in the vocabulary`);
      return Uint8Array.from(token, (character) => {
        const byte = bytesOfCharacter.get(character);
        if (byte === undefined) throw new AppError('INTERNAL', `token ${id} is not written in the byte-level alphabet`);
        return byte;
      });
    },
    stopIds,
    forbiddenIds: [...specialIds].filter((id) => !stopIds.has(id)),
  };
}

const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8')) as unknown;

/** Byte-level BPE writes each byte as a printable character: itself where it is one, else from U+0100 on (GPT-2). */
function byteLevelAlphabet(): ReadonlyMap<string, number> {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) alphabet.set(String.fromCodePoint(printable(byte) ? byte : next++), byte);
  return alphabet;
}
