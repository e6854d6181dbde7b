// ListObjectsV2: one page of keys in UTF-8 order, grouped at a delimiter. Pure: objects and query in, XML out.
import type { StoredObject } from './object-store.ts';
import { encode } from './signature.ts';
import { escapeXml, xmlDocument } from './xml.ts';

const maxKeys = 1_000;

export function listObjects(
  bucket: string,
  objects: ReadonlyMap<string, StoredObject>,
  query: ReadonlyMap<string, string>,
): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const asked = Number(query.get('max-keys') ?? maxKeys);
  const limit = Number.isInteger(asked) && asked >= 0 ? Math.min(asked, maxKeys) : maxKeys;
  const token = query.get('continuation-token');
  const after = token === undefined ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const spell = query.get('encoding-type') === 'url' ? encodePath : escapeXml;

  const groups = new Set<string>();
  const contents: StoredObject[] = [];
  let next: string | undefined;
  let last = after;
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix) && compareUtf8(key, after) > 0)
    .sort(compareUtf8);
  for (const key of keys) {
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    const told = group !== undefined && (groups.has(group) || after.startsWith(group));
    if (!told && contents.length + groups.size >= limit) {
      next = last;
      break;
    }
    last = key;
    if (told) continue;
    if (group !== undefined) groups.add(group);
    else contents.push(objects.get(key)!);
  }

  return xmlDocument(
    'ListBucketResult',
    [
      `<Name>${escapeXml(bucket)}</Name><Prefix>${spell(prefix)}</Prefix><MaxKeys>${limit}</MaxKeys>`,
      `<KeyCount>${contents.length + groups.size}</KeyCount><IsTruncated>${next !== undefined}</IsTruncated>`,
      next === undefined
        ? ''
        : `<NextContinuationToken>${Buffer.from(next).toString('base64url')}</NextContinuationToken>`,
      ...contents.map(
        ({ key, storedAtMs, etag, size }) =>
          `<Contents><Key>${spell(key)}</Key><LastModified>${new Date(storedAtMs).toISOString()}</LastModified>` +
          `<ETag>${escapeXml(etag)}</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      ),
      ...[...groups].map((group) => `<CommonPrefixes><Prefix>${spell(group)}</Prefix></CommonPrefixes>`),
    ].join(''),
  );
}

/** As in a URL: slashes stand. */
const encodePath = (key: string): string => key.split('/').map(encode).join('/');

/** S3 orders keys by their UTF-8 bytes, which differs from UTF-16 order beyond the basic plane. */
function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
