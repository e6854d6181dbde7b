// A conversation as long as is asked for, written at once: wishes and replies in turn, every fourth reply with a picture. For
// what the page does with thousands of messages. Must be what the server itself would have written.
import { sql } from 'kysely';
import sharp from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { newId, toPublicId } from '../../core/ids.ts';
import type { World } from './world.ts';

/** Pictures whose bytes differ; the rows share them. */
const differentFiles = 40;
const rowsAtOnce = 500;
const sidePixels = 192;

/** @returns the conversation's public id */
export async function writeLongConversation({ db, viewerId, media }: World, messages: number): Promise<string> {
  const conversation = newId();
  const ids = Array.from({ length: messages }, newId);
  const placeholders: string[] = [];
  for (let file = 0; file < differentFiles; file++) {
    const { png, placeholder } = await drawing(file);
    await media.put(`images/long-${file}.png`, png, 'image/png');
    placeholders.push(placeholder);
  }
  await db
    .insertInto('conversation')
    .values({ id: conversation, viewer_id: viewerId, title: 'A long story', active_leaf_id: ids.at(-1)! })
    .execute();
  for (let from = 0; from < messages; from += rowsAtOnce) {
    const page = ids.slice(from, from + rowsAtOnce).map((id, offset) => ({ id, index: from + offset }));
    const replies = page.filter(({ index }) => index % 2 === 1);
    const pictures = replies.filter(({ index }) => index % 8 === 7).map((reply) => ({ ...reply, imageId: newId() }));
    await db
      .insertInto('message')
      .values(
        page.map(({ id, index }) => ({
          id,
          conversation_id: conversation,
          role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
          parent_id: ids[index - 1] ?? null,
          status: 'COMPLETED' as const,
          options: index % 2 === 0 ? null : '{}',
          finished_at: new Date(),
        })),
      )
      .execute();
    await db
      .insertInto('part')
      .values([
        ...page.map(({ id, index }) => ({
          message_id: id,
          part_index: 0,
          kind: 'text' as const,
          text: index % 2 === 0 ? `Wish ${index + 1}` : `Reply ${index + 1}. ${story(index)}`,
          image_id: null,
        })),
        ...pictures.map(({ id, imageId }) => ({
          message_id: id,
          part_index: 1,
          kind: 'image' as const,
          text: null,
          image_id: imageId,
        })),
      ])
      .execute();
    await db
      .insertInto('image')
      .values(
        pictures.map(({ id, index, imageId }) => ({
          id: imageId,
          viewer_id: viewerId,
          kind: 'generated' as const,
          conversation_id: conversation,
          message_id: id,
          part_index: 1,
          take: 0,
          status: 'COMPLETED' as const,
          recipe: JSON.stringify(recipeOf(index)),
          alt: `Picture of wish ${index}`,
          width: sidePixels,
          height: sidePixels,
          content_type: 'image/png',
          placeholder: placeholders[fileOf(index)]!,
          file_key: `images/long-${fileOf(index)}.png`,
          finished_at: new Date(),
        })),
      )
      .execute();
    await db
      .insertInto('stream')
      .values(replies.map(({ id }) => ({ message_id: id, last_n: 2 })))
      .execute();
  }
  await sql`analyze`.execute(db); // as the database itself does a little later
  return toPublicId('conversation', conversation);
}

const fileOf = (index: number): number => Math.floor(index / 8) % differentFiles;

const story = (index: number): string => 'Once upon a time there was a fox. '.repeat(1 + (index % 7)).trim();

const recipeOf = (index: number) => ({
  conditioning: 'TEXT',
  words: `wish ${index}`,
  sampler: 'flow-euler',
  steps: 12,
  guidance: 3,
  seed: String(index),
  width: sidePixels,
  height: sidePixels,
});

/** Smooth with some grain, so that it takes a decoder as long as a drawn picture does. */
async function drawing(file: number): Promise<{ readonly png: Buffer; readonly placeholder: string }> {
  const rgb = Buffer.alloc(sidePixels * sidePixels * 3);
  for (let at = 0; at < rgb.length; at++) {
    const [x, y] = [Math.floor(at / 3) % sidePixels, Math.floor(at / 3 / sidePixels)];
    rgb[at] = (x * (1 + (file % 3)) + y * (1 + (at % 3)) + 37 * file + ((at * 2_654_435_761) >>> 29)) % 256;
  }
  const image = sharp(rgb, { raw: { width: sidePixels, height: sidePixels, channels: 3 } });
  const { data, info } = await image.clone().resize(48).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const placeholder = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
  return { png: await image.png().toBuffer(), placeholder };
}
