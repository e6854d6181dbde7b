// Content credentials: a signed C2PA manifest inside a drawn picture's PNG that says a program made it. Whatever is changed
// in the file afterwards breaks the signature. Must be the last thing that touches the bytes.
import { createHash } from 'node:crypto';
import { X509Certificate } from '@peculiar/x509';
import { PNG } from '@trustnxt/c2pa-ts/asset';
import { CoseAlgorithmIdentifier } from '@trustnxt/c2pa-ts/cose';
import {
  ActionAssertion,
  ActionType,
  ClaimVersion,
  DataHashAssertion,
  DigitalSourceType,
  ManifestStore,
} from '@trustnxt/c2pa-ts/manifest';
import type { SigningIdentity } from '../../infra/provenance/signing-identity.ts';

/** What the signature may differ from its estimate. */
const paddingBytes = 512;

export interface SignedPicture {
  readonly png: Buffer;
  /** Of the manifest, in hex. */
  readonly manifestSha256: string;
}

export type SignPicture = (png: Buffer, imageId: string) => Promise<SignedPicture>;

export function createSignPicture({ certificates, sign }: SigningIdentity): SignPicture {
  const [certificate, ...chainCertificates] = certificates.map((pem) => new X509Certificate(pem));
  const signer = {
    algorithm: CoseAlgorithmIdentifier.ES256,
    certificate: certificate!,
    chainCertificates,
    // the library's own signer wraps ECDSA signatures as DER, which COSE does not know and other readers refuse
    sign: (payload: Uint8Array) => Promise.resolve(new Uint8Array(sign(payload))),
  };
  return async (png, imageId) => {
    const asset = new PNG(new Uint8Array(png));
    const store = new ManifestStore();
    const manifest = store.createManifest({
      claimVersion: ClaimVersion.V2,
      assetFormat: 'image/png',
      instanceID: `xmp:iid:${imageId}`,
      defaultHashAlgorithm: 'SHA-256',
      signer,
    });
    if (!manifest.claim || !manifest.signature) throw new Error('the manifest library made no claim to sign');
    manifest.claim.claimGeneratorName = 'gill-server';
    manifest.claim.claimGeneratorVersion = undefined; // it would be the library's
    // 25 kB are kept free for time stamps unless told otherwise, more than a small picture has
    manifest.signature.signatureData.paddingLength = paddingBytes;
    const hash = DataHashAssertion.create('SHA-256');
    manifest.addAssertion(hash);
    const actions = new ActionAssertion();
    actions.actions.push({
      action: ActionType.C2paCreated,
      digitalSourceType: DigitalSourceType.TrainedAlgorithmicMedia,
    });
    manifest.addAssertion(actions);
    // its place first, since the hash leaves out exactly that; then the hash, then the signature over both
    await asset.ensureManifestSpace(store.measureSize());
    await hash.updateWithAsset(asset);
    await manifest.sign(signer);
    const bytes = store.getBytes();
    await asset.writeManifestJUMBF(bytes);
    return {
      png: Buffer.from(await asset.getDataRange()),
      manifestSha256: createHash('sha256').update(bytes).digest('hex'),
    };
  };
}
