// The turns of a dialogue as the language function takes them, with what stands for their pictures. Must never hold a reply
// back for a picture that cannot be seen: it goes on without, and the log says why.
import type { PromptPart, PromptTurn, WireTensor } from '../../core/function-contract.ts';
import type { Dialogue, DialogueTurn } from '../../infra/database/dialogue.ts';
import type { ClaimedJob } from '../../infra/database/jobs.ts';
import { readPictureFiles, readSeen, type SeenImage } from '../../infra/database/seen-images.ts';
import type { WorkerParts } from './parts.ts';
import { findSeer, lookAt } from './see-picture.ts';

export interface SeenDialogue {
  /** By the id that the dialogue shows the picture under. */
  readonly rows: ReadonlyMap<string, WireTensor>;
  /** Of pictures that were seen for the first time. */
  readonly computeMs: number;
}

/** Pictures whose rows are read from the database at once. */
const picturesPerRead = 64;

/**
 * Sees the newest pictures first, and no more of them than have room in the context.
 * @throws {AppError} DATABASE; the signal's reason
 */
export async function seeDialogue(
  parts: WorkerParts,
  { viewerId, messageId }: ClaimedJob,
  { turns }: Dialogue,
  signal: AbortSignal,
): Promise<SeenDialogue> {
  const rows = new Map<string, WireTensor>();
  let computeMs = 0;
  /** By the id shown; whose first take was not drawn, another one stands for it. */
  const shown = new Map(
    turns
      .flatMap((turn) => turn.parts)
      .flatMap((part) => (part.kind === 'image' ? [[part.imageId, [part.imageId, ...part.takeIds]] as const] : []))
      .toReversed(),
  );
  if (shown.size === 0) return { rows, computeMs };
  const seer = findSeer(parts);
  if (seer.kind === 'unseen') {
    parts.log.info({ messageId, reason: seer.reason }, 'the pictures of the dialogue are not seen');
    return { rows, computeMs };
  }
  const { card } = seer;
  let room = card.contextTokens; // a picture takes one position at least
  const newest = [...shown].slice(0, room);
  const files = await readPictureFiles(parts.db, viewerId, [...new Set(newest.flatMap(([, ids]) => ids))]);
  const pictures = newest.flatMap(([shownId, ids]) => {
    const file = ids.map((id) => files.get(id)).find((found) => found !== undefined);
    return file ? [{ shownId, file }] : []; // failed or cancelled
  });
  /** By the picture's own id: one that is shown twice is seen once. */
  const known = new Map<string, SeenImage>();
  let mayLook = true;
  for (let at = 0; at < pictures.length && room > 0; at += picturesPerRead) {
    const some = pictures.slice(at, at + picturesPerRead);
    const unknown = some.map(({ file }) => file.imageId).filter((id) => !known.has(id));
    for (const [id, kept] of await readSeen(parts.db, card.modelDigest, unknown)) known.set(id, kept);
    for (const { shownId, file } of some) {
      let seen = known.get(file.imageId);
      if (!seen && mayLook) {
        const sight = await lookAt(parts, card, file, signal);
        if (sight.kind === 'seen') {
          seen = sight.seen;
          known.set(file.imageId, seen);
          computeMs += sight.computeMs;
        } else {
          mayLook = !sight.retryable; // what is away now is away for the next picture too
          const fields = { messageId, imageId: file.imageId, reason: sight.reason };
          parts.log.warn(fields, 'a picture of the dialogue is not seen: the reply goes on without it');
        }
      }
      if (!seen) continue;
      rows.set(shownId, seen.rows);
      room -= seen.rows.shape[0]!;
      if (room <= 0) break;
    }
  }
  return { rows, computeMs };
}

/**
 * Pictures that the viewer sent stand as their rows; of one without rows it is said that it is there, and nothing of it is made
 * up. One that the assistant showed stands as the function's package lays it out; one that was never finished leaves nothing.
 */
export function toPromptTurns(
  { turns, unfinished }: Dialogue,
  { rows }: SeenDialogue,
  drawnFrom: ReadonlyMap<string, WireTensor>,
): PromptTurn[] {
  const toPart = (role: DialogueTurn['role'], part: DialogueTurn['parts'][number]): PromptPart[] => {
    if (part.kind === 'text') return [{ kind: 'text', text: part.text }];
    const seen = rows.get(part.imageId);
    const from = drawnFrom.get(part.imageId);
    const known = { ...(seen && { rows: seen }), ...(from && { drawnFrom: from }) };
    switch (role) {
      case 'user':
        return [seen ? { kind: 'image', produced: false, ...known } : { kind: 'text', text: unseenPicture }];
      case 'assistant':
        if (unfinished.has(part.imageId)) return [];
        return [
          { kind: 'image', produced: true, ...known, ...(part.decision?.words && { words: part.decision.words }) },
        ];
    }
  };
  return turns.map(({ role, parts }) => ({ role, parts: parts.flatMap((part) => toPart(role, part)) }));
}

/** Stands where a picture stands that the model cannot see. */
const unseenPicture = ' (a picture that you cannot see) ';
