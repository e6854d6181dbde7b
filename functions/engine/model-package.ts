// Reads a model package: a folder with model.json that names every file with its sha256 (docs/models.md). Must never
// hand out a path whose file it has not checked, and never guesses a missing field.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { ModelCard } from '../../core/function-contract.ts';
import { isParityHabit, parityHabits, type ParityHabit } from '../../core/parity.ts';

/** model.json. Paths are relative to the package's folder and must stand in `files`. */
export interface ModelManifest {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly lm: LmManifest;
  readonly picture: PictureManifest;
  /** What ties the two together; absent: a reply says where a picture belongs and nothing more. */
  readonly gill?: GillManifest;
  /** File name → sha256 in hex. */
  readonly files: Readonly<Record<string, string>>;
}

export interface LmManifest {
  readonly weights: string;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
  readonly chatTemplate: string;
  /** Positions of the KV cache: prompt and reply together. */
  readonly contextTokens: number;
  /** Decoding ends at any of these. */
  readonly stopTokens: readonly string[];
  /** First line of every dialogue, before the examples. */
  readonly system: string;
  /** Turns in front of every dialogue that show the model how to answer. */
  readonly examples: readonly { readonly user: string; readonly assistant: string }[];
}

/** `flow`: v = noise − picture; `noise`: ε; `consistency`: ε after distillation. */
export type Training = 'flow' | 'noise' | 'consistency';

/** What the picture that is changed was drawn from; the states of what was said since the last picture and of what is answered before the new one. */
export type MapperReads = 'parent' | 'turn';

export interface PictureManifest {
  readonly textTower: string;
  readonly denoiser: string;
  readonly autoencoder: string;
  /** Channels, height and width of the latent. */
  readonly latent: readonly [number, number, number];
  /** Pixels of a finished picture. */
  readonly width: number;
  readonly height: number;
  /** Tokens and width of the conditioning. */
  readonly conditioning: readonly [number, number];
  /** What the denoiser was trained to predict. */
  readonly training: Training;
  /** Those that the package offers, of what fits its training. */
  readonly samplers: readonly string[];
  readonly defaultSteps: number;
  readonly defaultGuidance: number;
  /** Weight of a parent picture unless told otherwise; says that the denoiser takes one. Absent: it does not. */
  readonly parentGuidance?: number;
  /** How a parent picture is drawn from: by the denoiser's second input, or as the picture under noise that the way begins with. */
  readonly parentBy?: 'input' | 'noise';
  /** Latent → RGB in [0, 1]: one row of `latent[0]` weights and a bias per colour (previews). */
  readonly latentToRgb: { readonly weights: readonly (readonly number[])[]; readonly bias: readonly number[] };
}

/** Heads on the language model's states. What the package lacks is absent. */
export interface GillManifest {
  /** r: positions `[IMG0]`… of a picture. */
  readonly imageTokens: number;
  /** States at those positions → conditioning; the file also holds their `rows`, shape (r, H), divided by `rowScale`. */
  readonly mapper?: string;
  /** What the mapper reads beside the states at those positions. Absent: nothing. */
  readonly mapperReads?: readonly MapperReads[];
  /** What a message that nothing goes before is drawn from unless told otherwise; absent: from what is mapped. */
  readonly firstWish?: 'words';
  readonly rowScale?: number;
  /** What the mapper learned from: dialogues as they are served, or captions alone, as GILL was published. Absent: the former. */
  readonly trainedOn?: 'dialogues' | 'captions';
  /** Words whose embeddings the rows are, where they are such: a language model that read rows may begin to say them. */
  readonly rowWords?: string;
  /** Whether a picture is wanted. */
  readonly gate?: string;
  /** The image encoder: pictures → rows and what a gallery finds them by. */
  readonly vision?: string;
  /** Draw or find, and what a gallery is searched with. */
  readonly choices?: string;
  /** Which earlier picture a message means, and how many it asks for. */
  readonly pointer?: string;
  /** `floor`: least cosine of a picture that is found where one could be drawn. Absent: there is none. */
  readonly retrieval?: { readonly floor?: number };
  /** Folder of the pictures that come with the package: `gallery.json`, `embeddings.safetensors` and what they name. */
  readonly gallery?: string;
  /** Habits of GILL's reference code to keep. Absent: none. */
  readonly parity?: readonly ParityHabit[];
  /** What stands in the prompt for a picture of the assistant's and for one that was sent. */
  readonly layout: {
    readonly drawn: 'imageTokens' | 'imageTokensAndRows';
    readonly sent: 'nothing' | 'rows';
  };
}

export interface ModelPackage {
  readonly folder: string;
  readonly manifest: ModelManifest;
  /** sha256 of model.json: names the whole package, since model.json names every file. */
  readonly digest: string;
  /** Absolute path of a file of the package. */
  readonly file: (name: string) => string;
}

/**
 * @param contextTokens instead of what model.json says
 * @throws {AppError} MODEL_UNAVAILABLE when model.json is missing, unreadable, or names no such file
 */
export async function openModelPackage(folder: string, contextTokens?: number): Promise<ModelPackage> {
  const manifestPath = path.join(folder, 'model.json');
  let text: string;
  try {
    text = await readFile(manifestPath, 'utf8');
  } catch (thrown) {
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `no model package at ${folder}: model.json cannot be read`,
      coerceError(thrown),
    );
  }
  // The package's author wrote this file and its digest is checked by whoever pins it, so its shape is trusted here.
  const written = JSON.parse(text) as ModelManifest;
  const manifest = contextTokens === undefined ? written : { ...written, lm: { ...written.lm, contextTokens } };
  const habits: readonly unknown[] = manifest.gill?.parity ?? [];
  const unknown = habits.find((name) => !isParityHabit(name));
  if (unknown !== undefined)
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `${manifestPath} names ${JSON.stringify(unknown)} under gill.parity, which knows ${parityHabits.join(', ')}`,
    );
  return {
    folder,
    manifest,
    digest: createHash('sha256').update(text).digest('hex'),
    file: (name) => {
      if (!(name in manifest.files))
        throw new AppError('MODEL_UNAVAILABLE', `${manifestPath} lists no file "${name}" under files`);
      const file = path.resolve(folder, name);
      if (!file.startsWith(path.resolve(folder) + path.sep))
        throw new AppError('MODEL_UNAVAILABLE', `${manifestPath} names "${name}", which lies outside the package`);
      return path.join(folder, name);
    },
  };
}

/** What the package offers, known before any weight is read. */
export function readModelCard({ manifest, digest }: ModelPackage): ModelCard {
  const { lm, picture, gill } = manifest;
  return {
    model: manifest.name,
    modelDigest: digest,
    contextTokens: lm.contextTokens,
    samplers: picture.samplers,
    defaultSteps: picture.defaultSteps,
    defaultGuidance: picture.defaultGuidance,
    ...(picture.parentGuidance !== undefined && { defaultParentGuidance: picture.parentGuidance }),
    imageSizes: [{ width: picture.width, height: picture.height }],
    readsImages: gill?.vision !== undefined,
    decidesPictures: gill?.gate !== undefined,
    countsPictures: gill?.gate !== undefined && gill.pointer !== undefined,
    findsPictures: gill?.gate !== undefined && gill.choices !== undefined,
    ...(gill?.retrieval?.floor !== undefined && { findFloor: gill.retrieval.floor }),
    mapsPictures: gill?.mapper !== undefined,
    mapsFromParent: gill?.mapperReads?.includes('parent') ?? false,
    drawsFirstWishFromWords: gill?.firstWish === 'words',
    ...(gill?.parity && { parity: gill.parity }),
  };
}

/** Reads every file of the package once and compares its sha256. @throws {AppError} MODEL_UNAVAILABLE naming the file */
export async function verifyModelPackage(model: ModelPackage): Promise<void> {
  for (const [name, expected] of Object.entries(model.manifest.files)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(model.file(name))) hash.update(chunk as Buffer);
    const actual = hash.digest('hex');
    if (actual !== expected) {
      throw new AppError(
        'MODEL_UNAVAILABLE',
        `${name} has sha256 ${actual}, but model.json says ${expected}: fetch the file again`,
      );
    }
  }
}
