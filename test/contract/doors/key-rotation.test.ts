// An issuer that changes its keys: tokens of the new key are taken as soon as it may be asked for them, tokens of the old one
// as long as it is published and kept, and nobody can make the server ask more often than the pause between two askings.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import { createVerifyOidc, type VerifyOidc } from '../../../infra/auth/oidc.ts';
import { startTestIssuer, type TestIssuer } from '../../harness/issuer.ts';

const pauseMs = 30_000;
const keepMs = 600_000;
const wrong = { code: 'UNAUTHENTICATED', message: /check its issuer, signature and algorithm/ };

let issuer: TestIssuer;
let verify: VerifyOidc;
before(async () => (issuer = await startTestIssuer()));
after(() => issuer[Symbol.asyncDispose]());
beforeEach(() => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { url, audience } = issuer;
  verify = createVerifyOidc({ issuer: url, audience, jwksUrl: undefined, algorithms: ['ES256'] });
});
afterEach(() => mock.timers.reset());

/** How often keys are asked for meanwhile. */
async function asked(body: () => Promise<unknown>): Promise<number> {
  const before = issuer.keyRequests();
  await body();
  return issuer.keyRequests() - before;
}
const taken = async (token: string): Promise<void> => assert.equal((await verify(token)).name, `${issuer.url}#ada`);
const long = { exp: 3_600 };

test('a new key is asked for once; the old one is taken until it is published no more and no longer kept', async () => {
  const old = await issuer.token(long);
  await taken(old);
  await issuer.rotate();
  mock.timers.tick(pauseMs);
  const fresh = await issuer.token(long);
  assert.equal(await asked(() => taken(fresh)), 1);
  assert.equal(await asked(() => taken(old)), 0, 'a key that is still published is still good');

  issuer.forget();
  mock.timers.tick(keepMs);
  await assert.rejects(verify(old), wrong);
  await taken(fresh);
  mock.timers.tick(pauseMs);
  assert.equal(await asked(() => taken(fresh)), 0, 'keys are kept');
});

test('an unknown key is asked for, but not again before the pause is over, whoever asks', async () => {
  await taken(await issuer.token(long));
  await issuer.rotate();
  issuer.forget();
  const fresh = await issuer.token(long);
  const tooEarly = await asked(async () => {
    for (let i = 0; i < 20; i++) await assert.rejects(verify(fresh), wrong);
  });
  assert.equal(tooEarly, 0, 'the keys were read a moment ago');
  mock.timers.tick(pauseMs);
  assert.equal(await asked(() => taken(fresh)), 1);
  await issuer.rotate();
  const unpublished = issuer.token({ ...long, stranger: true });
  await assert.rejects(verify(await unpublished), wrong);
});
