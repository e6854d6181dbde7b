// Content credentials of drawn pictures: valid as stored, broken by any change, absent where nobody signs; and the identity
// behind them, made once. Another reader's word on them: test/golden/verify-provenance.py.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PNG } from '@trustnxt/c2pa-ts/asset';
import { SuperBox } from '@trustnxt/c2pa-ts/jumbf';
import { ManifestStore } from '@trustnxt/c2pa-ts/manifest';
import sharp from 'sharp';
import { parsePublicId } from '../../core/ids.ts';
import { createSignPicture } from '../../functions/worker/sign-picture.ts';
import { mediaKeys } from '../../infra/media/media-store.ts';
import { localIdentity, readIdentity } from '../../infra/provenance/signing-identity.ts';
import { createApiWorld, type ApiWorld, type Fields } from '../harness/api-world.ts';
import { eventually } from '../harness/eventually.ts';
import { isAppError } from '../harness/is-app-error.ts';

let world: ApiWorld;
let folder: string;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gill-test-provenance-'));
  world = await createApiWorld();
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const plain = await sharp({ create: { width: 24, height: 16, channels: 3, background: '#2a7' } })
  .png()
  .toBuffer();

/** Codes of what is wrong with the credentials; undefined where there are none. */
async function problemsOf(png: Buffer): Promise<readonly string[] | undefined> {
  const asset = new PNG(new Uint8Array(png));
  const jumbf = asset.getManifestJUMBF();
  if (!jumbf) return undefined;
  const { isValid, statusEntries } = await ManifestStore.read(SuperBox.fromBuffer(new Uint8Array(jumbf))).validate(
    asset,
  );
  const problems = statusEntries.filter(({ success }) => !success).map(({ code }) => code);
  assert.equal(isValid, problems.length === 0);
  return problems;
}

async function drawn(): Promise<Fields> {
  const { replyId } = await world.say();
  let message: Fields = {};
  const query = `query($id: ID!) { message(id: $id) { ... on AssistantMessage { status } parts { ... on ImagePart { image { id width sha256 byteSize
    provenance { kind manifestDigest } ... on GeneratedImage { recipe { words } } } } } } }`;
  await eventually(async () => {
    message = (await world.ask(query, { id: replyId }))['message'] as Fields;
    return message['status'] === 'COMPLETED';
  });
  return (message['parts'] as Fields[])[1]!['image'] as Fields;
}
const fileOf = (image: Fields): Buffer =>
  Buffer.from(world.media.files.get(mediaKeys.picture(parsePublicId(image['id'] as string)!.uuid, 1))!);

describe('a drawn picture', () => {
  test('carries credentials that hold, and the API tells their digest', async () => {
    const signPicture = createSignPicture(await localIdentity(folder));
    await using _worker = world.work({ signPicture });
    const image = await drawn();
    const png = fileOf(image);
    assert.deepEqual(await problemsOf(png), []);
    const manifest = new PNG(new Uint8Array(png)).getManifestJUMBF()!;
    const digest = createHash('sha256').update(manifest).digest('hex');
    assert.deepEqual(image['provenance'], { kind: 'GENERATED', manifestDigest: digest });
    assert.equal(createHash('sha256').update(png).digest('hex'), image['sha256']);
    assert.equal(png.length, image['byteSize']);
    assert.match(Buffer.from(manifest).toString('latin1'), /c2pa\.created.*trainedAlgorithmicMedia/s);
    const { width } = await sharp(png).metadata();
    assert.equal(width, image['width']);
  });

  test('carries none where nobody signs', async () => {
    await using _worker = world.work();
    const image = await drawn();
    assert.deepEqual(image['provenance'], { kind: 'GENERATED', manifestDigest: null });
    assert.equal(await problemsOf(fileOf(image)), undefined);
  });
});

test('a change of one bit, in pixels or words, is found', async () => {
  const signPicture = createSignPicture(await localIdentity(folder));
  const { png, manifestSha256 } = await signPicture(plain, 'one');
  assert.deepEqual(await problemsOf(png), []);
  assert.deepEqual(await sharp(png).raw().toBuffer(), await sharp(plain).raw().toBuffer());
  assert.notEqual((await signPicture(plain, 'two')).manifestSha256, manifestSha256);
  const data = png.indexOf('IDAT');
  for (const at of [data + 12, png.length - 14]) {
    const changed = Buffer.from(png);
    changed[at]! ^= 1;
    assert.notDeepEqual(await problemsOf(changed), [], `a change at ${at} was not seen`);
  }
});

test('the signature is r and s, 64 bytes, as COSE has it: other readers refuse DER', async () => {
  const { png } = await createSignPicture(await localIdentity(folder))(plain, 'one');
  const store = ManifestStore.read(
    SuperBox.fromBuffer(new Uint8Array(new PNG(new Uint8Array(png)).getManifestJUMBF()!)),
  );
  assert.equal(store.getActiveManifest()?.signature?.signatureData.signature?.length, 64);
});

describe('the identity', () => {
  test('is made once, however many workers start at once, and only its owner can read it', async () => {
    const fresh = path.join(folder, 'fresh');
    const identities = await Promise.all(Array.from({ length: 4 }, () => localIdentity(fresh)));
    assert.equal(new Set(identities.map(({ certificates }) => certificates[0])).size, 1);
    const again = await localIdentity(fresh);
    assert.deepEqual(again.certificates, identities[0]!.certificates);
    assert.equal(again.certificates.length, 2);
    const file = path.join(fresh, 'provenance', 'identity.pem');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(
      execFileSync('ls', [path.dirname(file)], { encoding: 'utf8' }),
      'identity.pem\n',
      'a temporary file is left',
    );
  });

  test('by configuration must be readable, of the right kind, and fit together', async () => {
    const { certificates } = await localIdentity(folder);
    const write = (name: string, text: string | Buffer): string => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const chain = write('chain.pem', certificates.join('\n'));
    const good = write('good.pem', readFileSync(path.join(folder, 'provenance', 'identity.pem'), 'utf8'));
    const rsa = write('rsa.pem', generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export(pem));
    const other = write('other.pem', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem));
    assert.equal(readIdentity({ certificates: chain, key: good }).certificates.length, 2);
    for (const [files, message] of [
      [{ certificates: chain, key: path.join(folder, 'none.pem') }, /none\.pem cannot be read/],
      [{ certificates: other, key: good }, /holds no certificate/],
      [{ certificates: chain, key: chain }, /cannot be read as PEM/],
      [{ certificates: chain, key: rsa }, /P-256/],
      [{ certificates: chain, key: other }, /is not the key/],
    ] as const)
      assert.throws(() => readIdentity(files), isAppError('CONFIGURATION', message));
  });
});
