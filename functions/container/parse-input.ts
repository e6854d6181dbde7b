// Parses what arrives over HTTP into the inputs of core/function-contract.ts. Strict: an unknown field is refused, since
// a typing mistake must not silently become a default. Ranges that depend on the model are the function's own to check.
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { contractVersion, type DiffusionInput, type LlmInput, type VisionInput } from '../../core/function-contract.ts';

/**
 * Ends at the first element that is wrong: z.array goes on and keeps a kilobyte for every one of them, of which a body of
 * the size that is taken can hold ten million.
 */
const listOf = <T extends z.ZodType>(element: T) =>
  z
    .custom<readonly unknown[]>((value) => Array.isArray(value), 'must be a list')
    .transform((items, context) => {
      const parsed: z.output<T>[] = [];
      for (const [i, item] of items.entries()) {
        const result = element.safeParse(item);
        if (!result.success) {
          const [first] = result.error.issues;
          context.addIssue({
            code: 'custom',
            path: [i, ...(first?.path ?? [])],
            message: first?.message ?? 'malformed',
          });
          return z.NEVER;
        }
        parsed.push(result.data);
      }
      return parsed;
    });

const shape = listOf(z.int().positive()).refine(({ length }) => length >= 1 && length <= 4, 'must have 1 to 4 axes');
const tensor = z.strictObject({ shape, fp16: z.base64() });
const pixels = z.strictObject({ width: z.int(), height: z.int(), rgb: z.base64() });
const seed = z.string().regex(/^\d{1,20}$/, 'must be an unsigned 64-bit integer in decimal');

const promptPart = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({
    kind: z.literal('image'),
    produced: z.boolean(),
    words: z.string().optional(),
    rows: tensor.optional(),
    drawnFrom: tensor.optional(),
  }),
]);

const llmInput = z.strictObject({
  contract: z.literal(contractVersion),
  turns: listOf(z.strictObject({ role: z.enum(['user', 'assistant']), parts: listOf(promptPart) })).refine(
    ({ length }) => length >= 1,
    'must hold at least one turn',
  ),
  instructions: z.string().optional(),
  forcedText: z.strictObject({ text: z.string(), imagesAnnounced: z.int().min(0) }).optional(),
  options: z.strictObject({
    maxTokens: z.int(),
    temperature: z.number(),
    topP: z.number(),
    repetitionPenalty: z.number(),
    seed,
    images: z.enum(['ALWAYS', 'NEVER', 'AUTO', 'DRAW_ONLY', 'FIND_ONLY']),
    imageBias: z.number().optional(),
  }),
});

const diffusionInput = z.strictObject({
  contract: z.literal(contractVersion),
  conditioning: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('TEXT'), text: z.string() }),
    z.strictObject({ kind: z.literal('GILL'), tensor }),
  ]),
  parent: z
    .strictObject({
      guidance: z.number(),
      latent: tensor.optional(),
      pixels: pixels.optional(),
    })
    .refine(({ latent, pixels }) => (latent === undefined) !== (pixels === undefined), 'must have latent or pixels')
    .optional(),
  sampler: z.string(),
  steps: z.int(),
  guidance: z.number(),
  seed,
  width: z.int(),
  height: z.int(),
  previews: z.int(),
});

const visionInput = z.strictObject({ contract: z.literal(contractVersion), picture: pixels });

/** @throws {AppError} INVALID naming the first field that is wrong */
export const parseLlmInput = (body: string): LlmInput => parse(llmInput, body) as LlmInput;

/** @throws {AppError} INVALID naming the first field that is wrong */
export const parseDiffusionInput = (body: string): DiffusionInput => parse(diffusionInput, body) as DiffusionInput;

/** @throws {AppError} INVALID naming the first field that is wrong */
export const parseVisionInput = (body: string): VisionInput => parse(visionInput, body);

function parse<T>(shape: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (thrown) {
    throw new AppError('INVALID', 'the request body is not JSON', thrown);
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new AppError('INVALID', `${first?.path.join('.') || 'input'}: ${first?.message ?? 'malformed'}`);
}
