// A browser's form upload with a signed policy (S3 API, "Browser-based uploads using POST"). Must never store a file that
// one condition of the policy does not cover, nor take a field that no condition names.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { newObject, objectHeaders } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import { S3Error } from './s3-error.ts';
import { verifyPolicySignature, type SigningIdentity } from './signature.ts';

/** Fields and the framing of the form, beside the file. */
const maxOverheadBytes = 64 * 1024;
/** A form is read into memory as a whole. */
const maxFileBytes = 32 * 1024 * 1024;
/** Fields that need no condition of their own: what signs the policy, and the file. */
const uncovered = new Set(['policy', 'x-amz-signature', 'file']);

interface Form {
  /** Lower-case names. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: File;
}

export async function postObject(
  store: ObjectStore,
  identity: SigningIdentity,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const objects = store.bucket(bucket);
  const { fields, file } = await readForm(request);
  const policy = fields.get('policy');
  if (policy === undefined) throw new S3Error('AccessDenied', 'the form holds no policy');
  const credential = fields.get('x-amz-credential') ?? '';
  verifyPolicySignature({ policy, credential, signature: fields.get('x-amz-signature') ?? '' }, identity);
  checkPolicy(policy, fields, bucket, file.size);

  const key = (fields.get('key') ?? '').replace('${filename}', file.name);
  if (!key || Buffer.byteLength(key) > 1_024 || key.includes('\0'))
    throw new S3Error('InvalidArgument', 'the key is missing or malformed');
  const body = Readable.from([Buffer.from(await file.arrayBuffer())]);
  const blob = await store.receive(body, { headers: {}, payloadHash: 'UNSIGNED-PAYLOAD' });
  const object = newObject(key, blob, objectHeaders(Object.fromEntries(fields)));
  await store.commit(bucket, object, objects.has(key) && fields.get('if-none-match') === '*');
  const status = fields.get('success_action_status') ?? '';
  response.writeHead(['200', '201'].includes(status) ? Number(status) : 204, { etag: object.etag }).end();
}

async function readForm(request: IncomingMessage): Promise<Form> {
  const announced = Number(request.headers['content-length'] ?? Infinity);
  if (announced > maxFileBytes + maxOverheadBytes)
    throw new S3Error('EntityTooLarge', `a form upload may have ${maxFileBytes} bytes and must say its length`);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  let form: FormData;
  try {
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    // deprecated for forms of any size from anyone; this one is bounded above
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    form = await new Response(Buffer.concat(chunks), { headers }).formData();
  } catch {
    throw new S3Error('MalformedPOSTRequest', 'the form cannot be read');
  }
  const fields = new Map<string, string>();
  let file: File | undefined;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
    else file = value;
  }
  if (!file) throw new S3Error('InvalidArgument', 'the form holds no file');
  return { fields, file };
}

/** @throws {S3Error} when the policy is over, a condition fails, or a field is not covered */
export function checkPolicy(
  encoded: string,
  fields: ReadonlyMap<string, string>,
  bucket: string,
  fileBytes: number,
): void {
  const { expiration, conditions } = parsePolicy(encoded);
  if (!(Date.parse(expiration) > Date.now())) throw new S3Error('AccessDenied', 'the policy has expired');
  const covered = new Set(uncovered);
  for (const condition of conditions) {
    if (typeof condition !== 'object' || condition === null)
      throw new S3Error('InvalidRequest', 'a condition is an object or a list');
    const [operator, subject, operand] = Array.isArray(condition)
      ? (condition as unknown[])
      : ['eq', ...Object.entries(condition).flatMap(([name, value]) => [`$${name}`, value as unknown])];
    if (operator === 'content-length-range') {
      if (fileBytes < Number(subject))
        throw new S3Error('EntityTooSmall', `the file must have ${Number(subject)} bytes`);
      if (!(fileBytes <= Number(operand)))
        throw new S3Error('EntityTooLarge', `the file may have ${Number(operand)} bytes`);
      continue;
    }
    const name = String(subject).slice(1).toLowerCase();
    const value = name === 'bucket' ? bucket : (fields.get(name) ?? '');
    covered.add(name);
    const holds =
      (operator === 'eq' && value === String(operand)) ||
      (operator === 'starts-with' && value.startsWith(String(operand)));
    if (!holds) throw new S3Error('AccessDenied', `the policy does not allow this value of "${name}"`);
  }
  for (const name of fields.keys())
    if (!covered.has(name) && !name.startsWith('x-ignore-'))
      throw new S3Error('AccessDenied', `the policy does not name the field "${name}"`);
}

function parsePolicy(encoded: string): { expiration: string; conditions: readonly unknown[] } {
  try {
    const policy = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Record<string, unknown>;
    const { expiration, conditions } = policy;
    if (typeof expiration === 'string' && Array.isArray(conditions)) return { expiration, conditions };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new S3Error('InvalidRequest', 'the policy must be JSON with expiration and conditions');
}
