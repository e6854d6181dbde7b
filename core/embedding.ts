// Embeddings as they travel and lie in tables: vectors of half precision, compared by their direction.

/** @param fp16 base64, little-endian, as in WireTensor */
export const toVector = (fp16: string): Float16Array => {
  const bytes = Buffer.from(fp16, 'base64');
  return new Float16Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 1);
};

/**
 * 0 where one of them is nothing.
 * @returns undefined where they cannot be compared: of different lengths, which is another model's embedding, or not finite
 */
export function cosine(a: Float16Array, b: Float16Array): number | undefined {
  if (a.length !== b.length) return undefined;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  if (!Number.isFinite(aa * bb)) return undefined;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
