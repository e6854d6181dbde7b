// A credential that has run out ends what stays open with it, also while nobody can be asked about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../core/app-error.ts';
import { newId } from '../../../core/ids.ts';
import { silentLog } from '../../../core/log.ts';
import type { Services } from '../../../functions/api/context.ts';
import { createAdmission } from '../../../functions/api/doors/admission.ts';
import { ownIdentity } from '../../../infra/auth/identity.ts';

test('a stream ends at the expiry of its credential though the issuer is away, and not before', async () => {
  let asked = 0;
  const admission = createAdmission({ log: silentLog } as unknown as Services, {
    authenticate: () => {
      asked++;
      return Promise.reject(new AppError('ISSUER_UNAVAILABLE', 'away'));
    },
    hasTokens: true,
    allowedOrigins: [],
    recheckMs: 20,
  });
  const expiresAtMs = Date.now() + 200;
  const caller = { id: newId(), ...ownIdentity('ada', expiresAtMs) };
  const { promise, resolve } = Promise.withResolvers<string>();
  using _kept = admission.keepAdmitted('Bearer x', caller, resolve);
  assert.match(await promise, /expired/);
  assert.ok(Date.now() >= expiresAtMs);
  assert.ok(asked > 1, 'an issuer that is away is asked again, and ends nothing by being away');
});
