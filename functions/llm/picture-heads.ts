// What a package has beside the language model, opened together: gate, mapper, choices, and the rows that stand for a picture.
// Must never let one head's being absent take another away, unless that one reads what it says.
import { AppError } from '../../core/app-error.ts';
import type { Device } from '../../core/device.ts';
import type { LlmInput, PicturePointer, WireTensor } from '../../core/function-contract.ts';
import type { GgufTensor } from '../engine/gguf.ts';
import type { MapperReads, ModelPackage } from '../engine/model-package.ts';
import type { Turns } from '../engine/turns.ts';
import { openChoices, type Choices } from './choices.ts';
import { embeddingRow } from './decoder-graph.ts';
import { openGate, type Gate } from './gate.ts';
import { openMapper, type Mapper } from './mapper.ts';
import { openPointer, type Pointer, type Wish } from './pointer.ts';
import { wordsOf, type PlacedPicture, type VisualRow } from './prompt.ts';
import type { PictureHeads } from './reply.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface PackagedHeads extends AsyncDisposable {
  readonly gate: Gate | undefined;
  readonly mapper: Mapper | undefined;
  readonly choices: Choices | undefined;
  /** `[IMG0]`… as they stand in the prompt; none: a picture of the assistant's leaves nothing. */
  readonly rows: readonly VisualRow[];
  /** Tokens whose embeddings the rows are, in their order; none where they are no token's. */
  readonly rowTokens: readonly number[];
  /** Where it is told which earlier picture is meant. */
  readonly pointer: Pointer | undefined;
}

/**
 * @param embeddings of the language model, shape (V, H)
 * @param tokenizer the package's
 * @throws {AppError} MODEL_UNAVAILABLE naming the file and what is wrong with it
 */
export async function openHeads(
  model: ModelPackage,
  embeddings: GgufTensor,
  tokenizer: Pick<TextTokenizer, 'encodeText' | 'bytesOf'>,
  width: number,
  turns: Turns,
  device: Device,
): Promise<PackagedHeads> {
  const { gill } = model.manifest;
  const rowTokens = tokenizer.encodeText(gill?.rowWords ?? '');
  const gate = gill?.gate === undefined ? undefined : await openGate(model.file(gill.gate), width);
  await using opened = new AsyncDisposableStack();
  const mapper = await openPackagedMapper(model, width, turns, device);
  if (mapper) opened.use(mapper);
  const choices =
    gill?.choices === undefined ? undefined : await openChoices(model.file(gill.choices), width, mapper?.tokenValues);
  const points = gill?.pointer !== undefined && !gill.parity?.includes('words-only');
  const pointer = points ? await openPointer(model.file(gill.pointer), embeddings, tokenizer, turns) : undefined;
  if (pointer) opened.use(pointer);
  const rows = mapper?.rows ?? (choices ? wordRows(rowTokens, gill!.imageTokens, embeddings) : []);
  const owned = opened.move();
  return {
    gate,
    mapper,
    choices,
    rows,
    rowTokens,
    pointer,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Which weight of the mapper's file reads what. */
const readBy: Readonly<Record<MapperReads, string>> = { parent: 'p', turn: 't' };

async function openPackagedMapper(
  model: ModelPackage,
  width: number,
  turns: Turns,
  device: Device,
): Promise<Mapper | undefined> {
  const { gill } = model.manifest;
  if (gill?.mapper === undefined) return undefined;
  const { imageTokens, rowScale, mapperReads } = gill;
  if (rowScale === undefined)
    throw new AppError('MODEL_UNAVAILABLE', 'model.json has gill.mapper but no gill.rowScale, which its rows need');
  const path = model.file(gill.mapper);
  const mapper = await openMapper({ path, rowScale, imageTokens }, width, turns, device);
  const reads = [
    ['parent', mapper.readsParent],
    ['turn', mapper.turnPositions > 0],
  ] as const;
  for (const [name, isRead] of reads) {
    if (isRead === (mapperReads?.includes(name) ?? false)) continue;
    await mapper[Symbol.asyncDispose]();
    const [has, names] = isRead ? ['', 'does not name'] : ['no ', 'names'];
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${path} has ${has}weight ${readBy[name]}, which a picture's ${name} is read by, and gill.mapperReads of model.json ${names} "${name}"`,
    );
  }
  return mapper;
}

/** Without a mapper, whose file holds the rows, they are the embeddings of the words that they were made from. */
function wordRows(tokens: readonly number[], imageTokens: number, embeddings: GgufTensor): VisualRow[] {
  if (tokens.length !== imageTokens)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `gill.rowWords of model.json is ${tokens.length} tokens, gill.imageTokens says ${imageTokens}: without a mapper they must agree`,
    );
  return tokens.map((id) => ({ values: embeddingRow(embeddings, id), key: `word.${id}` }));
}

/** What the last message asks for; undefined where nobody is there to be asked. @param pictures of the prompt, oldest first */
export const readWish = async (
  { pointer }: PackagedHeads,
  pictures: readonly PlacedPicture[],
  { turns }: Pick<LlmInput, 'turns'>,
  signal: AbortSignal,
): Promise<Wish | undefined> => pointer?.point(wordsOf(turns.at(-1)!), pictures, signal);

/**
 * @param pictures the assistant's of the prompt, oldest first
 * @param input what its last turn's newest picture was drawn from is changed, whatever the words may mean
 * @throws {AppError} INVALID when something is no conditioning of this package
 */
export function toPictureHeads(
  { gate, mapper, choices, rows, rowTokens }: PackagedHeads,
  pictures: readonly PlacedPicture[],
  wish: Wish | undefined,
  { turns }: Pick<LlmInput, 'turns'>,
  signal: AbortSignal,
): PictureHeads {
  const toTokens = (tensor: WireTensor | undefined): Float32Array | undefined =>
    tensor && mapper?.fromConditioning(tensor);
  const sentTokens = toTokens(turns.at(-1)?.parts.findLast((part) => part.kind === 'image')?.drawnFrom);
  const drawnFrom = pictures.map((picture) => toTokens(picture.drawnFrom));
  const parent = wish && pictures.length > 0 ? { probabilities: wish.shares } : undefined;
  const before = sentTokens ?? pointedAt(drawnFrom, parent);
  return {
    gate: gate?.logit,
    wish,
    reader: (mapper ?? choices) && {
      rows,
      rowTokens,
      read: async (states, turn) => {
        const tokens = await mapper?.map(states, turn, before, signal);
        return {
          ...(parent && { parent }),
          ...choices?.choose(states.subarray(0, states.length / rows.length), tokens),
          ...(tokens && { conditioning: mapper!.toConditioning(tokens) }),
        };
      },
    },
  };
}

/** What belongs to the picture that is meant more than any other and more than none; the newest are pointed at. */
export function pointedAt<T>(pictures: readonly T[], pointer: PicturePointer | undefined): T | undefined {
  if (!pointer) return undefined;
  const [none, ...shares] = pointer.probabilities as readonly [number, ...number[]];
  const most = Math.max(...shares);
  return most > none ? pictures.slice(-shares.length)[shares.indexOf(most)] : undefined;
}
