// A reader who leaves the embedded S3 endpoint before an answer begins, as one does whose request ran out of time: its file must
// not stay open.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { getObject, type ObjectRequest } from '../../../infra/local/s3/object-requests.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gill-test-gone-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('the file of an object is closed when its reader has gone, and when a condition does not hold', async () => {
  const name = path.join(folder, 'blob');
  writeFileSync(name, 'picture');
  const read = async (headers: IncomingMessage['headers'], gone: boolean): Promise<number> => {
    const file = await open(name, 'r');
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', headers });
    const response = new ServerResponse(request);
    const object = { size: 7, etag: '"one"', headers: {}, storedAtMs: 0, checksum: { algorithm: 'crc32', value: '' } };
    if (gone) response.destroy();
    const store = { openObject: () => Promise.resolve({ object, file }) };
    const query = new Map<string, string>();
    // of the endpoint only what one read asks for
    await assert.rejects(
      getObject({ store, bucket: 'b', key: 'k', request, response, query } as unknown as ObjectRequest),
    );
    return file.fd;
  };
  assert.equal(await read({}, true), -1, 'a reader that left keeps the file open');
  assert.equal(await read({ range: 'bytes=0-2' }, true), -1);
  assert.equal(await read({ 'if-match': '"other"' }, false), -1);
  assert.equal(await read({ range: 'bytes=9-' }, false), -1);
});
