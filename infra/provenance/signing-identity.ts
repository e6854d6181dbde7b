// Who signs for drawn pictures: a certificate and key by configuration, or ones made at the first start and kept beside the
// data. The key is a secret: its file is its owner's alone. Must never replace an identity that is there.
import { createPrivateKey, randomBytes, sign, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { AppError, coerceError } from '../../core/app-error.ts';

export interface SigningIdentity {
  /** PEM, the signer's own first, each signed by the next. */
  readonly certificates: readonly string[];
  /** ECDSA over P-256 with SHA-256, as r and s of 32 bytes each: what COSE calls ES256. */
  readonly sign: (payload: Uint8Array) => Uint8Array;
}

export interface IdentityFiles {
  /** PEM chain. */
  readonly certificates: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** @throws {AppError} CONFIGURATION naming the file and what is wrong with it */
export function readIdentity(files: IdentityFiles): SigningIdentity {
  const certificates =
    read(files.certificates).match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  const [own] = certificates;
  if (own === undefined) throw refuse(`${files.certificates} holds no certificate in PEM`);
  const secret = read(files.key);
  let key: KeyObject;
  let matches: boolean;
  try {
    key = createPrivateKey(secret);
    matches = new X509Certificate(own).checkPrivateKey(key);
  } catch (thrown) {
    throw refuse(`${files.key} or ${files.certificates} cannot be read as PEM`, thrown);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw refuse(`${files.key} must hold an ECDSA key over P-256: pictures are signed with ES256`);
  if (!matches) throw refuse(`${files.key} is not the key of the first certificate in ${files.certificates}`);
  return { certificates, sign: (payload) => sign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' }) };
}

/** The identity of this data folder, made when it has none. Viewers of its pictures will call it untrusted, rightly. */
export async function localIdentity(dataFolder: string): Promise<SigningIdentity> {
  const file = path.join(dataFolder, 'provenance', 'identity.pem');
  if (!existsSync(file)) await makeIdentity(file);
  return readIdentity({ certificates: file, key: file });
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const tenYearsMs = 10 * 365 * 86_400_000;
/** Signing of documents by a program: what C2PA asks of a claim signer's certificate. */
const emailProtection = '1.3.6.1.5.5.7.3.4';

async function makeIdentity(file: string): Promise<void> {
  const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [authority, signer] = await Promise.all([makeKeys(), makeKeys()]);
  const validity = { notBefore: new Date(), notAfter: new Date(Date.now() + tenYearsMs), signingAlgorithm: algorithm };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=gill-server local authority, O=gill-server',
    keys: authority,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const own = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=gill-server local signer, O=gill-server',
    issuer: root.subject,
    publicKey: signer.publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([emailProtection]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', signer.privateKey), 'PRIVATE KEY');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, [own.toString('pem'), root.toString('pem'), key, ''].join('\n'), {
    mode: 0o600,
    flush: true,
  });
  try {
    linkSync(temporary, file); // unlike a rename it leaves the identity of another worker that was quicker
  } catch (thrown) {
    if (!existsSync(file)) throw thrown;
  } finally {
    rmSync(temporary);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw refuse(`${file} cannot be read`, thrown);
  }
}

const refuse = (message: string, thrown?: unknown): AppError =>
  new AppError('CONFIGURATION', `provenance: ${message}`, thrown === undefined ? undefined : coerceError(thrown));
