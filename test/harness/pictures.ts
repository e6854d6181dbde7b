// Pictures of replies over the API: asked for, drawn again and repeated, until they have ended.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { Insertable, Kysely } from 'kysely';
import { newId, parsePublicId } from '../../core/ids.ts';
import type { Database } from '../../infra/database/tables.ts';
import type { ApiWorld, Fields } from './api-world.ts';
import { eventually } from './eventually.ts';

export const uuidOf = (id: string): string => parsePublicId(id)!.uuid;
const drawn = `{ id status sameness parent { id } replayOf { id } recipe { words seed steps guidance strength parentDigest sampler conditioningDigest } alt file { url } }`;
const reply = `query($id: ID!) { message(id: $id) { id parent { id } alternatives { id } ... on AssistantMessage { status activity { phase } usage { imageSteps }
  parts { index ... on TextPart { text } ... on ImagePart { image { __typename ... on GeneratedImage ${drawn} } takes ${drawn} } } } } }`;

export const picture = `query($id: ID!) { image(id: $id) { ... on GeneratedImage ${drawn} } }`;

export const pictureOf = (message: Fields): Fields =>
  (message['parts'] as Fields[]).find((part) => part['image']) ?? { takes: [] };

/** A finished picture that belongs to its viewer alone, as cleaning leaves it. @returns its id */
export async function insertPicture(
  db: Kysely<Database>,
  viewerId: string,
  facts: Partial<Insertable<Database['image']>> = {},
): Promise<string> {
  const { id = newId() } = facts;
  const place = { conversation_id: id, message_id: id, part_index: 0, take: 0 };
  await db
    .insertInto('image')
    .values({
      viewer_id: viewerId,
      kind: 'uploaded',
      status: 'COMPLETED',
      recipe: '{}',
      alt: 'x',
      ...place,
      ...facts,
      id,
    })
    .execute();
  return id;
}

export interface Pictures {
  /** An assistant message. */
  readonly read: (id: string) => Promise<Fields>;
  readonly ended: (id: string) => Promise<Fields>;
  readonly redraw: (imageId: string, change?: object) => Promise<Fields>;
  readonly replay: (imageId: string, change?: object) => Promise<Fields>;
  /** A replay that has ended. */
  readonly replayed: (imageId: string) => Promise<Fields>;
}

export function picturesOf(worldNow: () => ApiWorld): Pictures {
  async function read(id: string): Promise<Fields> {
    return (await worldNow().ask(reply, { id }))['message'] as Fields;
  }
  async function ended(id: string): Promise<Fields> {
    let message: Fields = {};
    await eventually(async () => {
      message = await read(id);
      return ['COMPLETED', 'FAILED', 'CANCELLED'].includes(message['status'] as string);
    });
    return message;
  }
  async function redraw(imageId: string, change: object = {}): Promise<Fields> {
    const query = `mutation($input: RedrawImageInput!) { redrawImage(input: $input) { reply { id status } userErrors { code message path } } }`;
    return (await worldNow().ask(query, { input: { imageId, idempotencyKey: randomUUID(), ...change } }))[
      'redrawImage'
    ] as Fields;
  }
  async function replay(imageId: string, change: object = {}): Promise<Fields> {
    const query = `mutation($input: ReplayImageInput!) { replayImage(input: $input) { image { id status } userErrors { code message path } } }`;
    return (await worldNow().ask(query, { input: { imageId, idempotencyKey: randomUUID(), ...change } }))[
      'replayImage'
    ] as Fields;
  }

  async function replayed(imageId: string): Promise<Fields> {
    const made = await replay(imageId);
    assert.deepEqual(made['userErrors'], []);
    let image: Fields = {};
    await eventually(async () => {
      image = (await worldNow().ask(picture, { id: made['image'].id }))['image'] as Fields;
      return image['status'] === 'COMPLETED' || image['status'] === 'FAILED';
    });
    return image;
  }
  return { read, ended, redraw, replay, replayed };
}

/** A reader of PNG's iTXt chunks of its own. */
export function* readTexts(png: Buffer): Generator<[string, string]> {
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    at += length + 12;
    if (type !== 'iTXt') continue;
    const keyword = data.subarray(0, data.indexOf(0));
    const rest = data.subarray(keyword.length + 1);
    const text = rest.subarray(rest.indexOf(0, rest.indexOf(0, 2) + 1) + 1);
    yield [keyword.toString('latin1'), (rest[0] === 1 ? inflateSync(text) : text).toString('utf8')];
  }
}
