// The identity of a mutation's input, for idempotency keys: sha256 of its canonical JSON. Must not depend on the order of
// fields, nor on whether an absent field was spelled null.
import { createHash } from 'node:crypto';

export function digestInput(input: object): string {
  return createHash('sha256')
    .update(canonical({ ...input, idempotencyKey: undefined }))
    .digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
