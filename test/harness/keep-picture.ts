// A picture in the viewer's gallery that is found by a vector, without any model having looked at it.
import assert from 'node:assert/strict';
import type { Insertable } from 'kysely';
import type { WireTensor } from '../../core/function-contract.ts';
import { addToGallery, type AddToGallery } from '../../infra/database/gallery.ts';
import type { Database } from '../../infra/database/tables.ts';
import { insertPicture } from './pictures.ts';
import { newKey, type World } from './world.ts';
import { recordedCard } from '../recordings/recorded-function.ts';

export const vectorOf = (...values: number[]): WireTensor => ({
  shape: [values.length],
  fp16: Buffer.from(new Float16Array(values).buffer).toString('base64'),
});

export interface KeptPicture extends Partial<Pick<AddToGallery, 'creator' | 'licence' | 'sourcePage'>> {
  readonly title: string;
  readonly embedding: WireTensor;
  readonly facts?: Partial<Insertable<Database['image']>>;
}

/** @returns the id of the gallery's item */
export async function keepPicture(
  { db, hands, viewerId }: World,
  { title, embedding, facts = {}, creator = null, licence = null, sourcePage = null }: KeptPicture,
): Promise<string> {
  const imageId = await insertPicture(hands, viewerId, { alt: title, ...facts });
  const about = { path: [], title, creator, licence, sourcePage, isSeen: false };
  const added = await addToGallery(db, { viewerId, imageId, ...about, idempotency: newKey('addToGallery') });
  assert.equal(added.outcome, 'added');
  const row = { item_id: added.itemId, model_digest: recordedCard.modelDigest, fp16: embedding.fp16 };
  await hands.insertInto('gallery_embedding').values(row).execute();
  return added.itemId;
}
