// The events of one assistant message's log, their cursor, and the one fold from events to parts. Server and clients
// use the same fold. Must never guess: an event that does not fit the parts so far is a broken log, and says so.
import { unreachable } from './app-error.ts';

/** What is logged: only what changes the folded message. Steps, previews and queue places are state, never logged. */
export type LoggedEvent =
  /** Set the part's text to its first `offset` code points followed by `text`. */
  | { readonly type: 'text'; readonly partIndex: number; readonly offset: number; readonly text: string }
  | {
      readonly type: 'image';
      readonly partIndex: number;
      readonly imageId: string;
      readonly takeIds: readonly string[];
      readonly decision?: ImageDecision;
    }
  | { readonly type: 'imageDone'; readonly imageId: string }
  /** Terminal. The message's row and part rows are final from here on. */
  | { readonly type: 'done'; readonly status: TerminalStatus };

export type GenerationStatus = 'QUEUED' | 'RUNNING' | TerminalStatus;
export type TerminalStatus = 'COMPLETED' | 'FAILED' | 'CANCELLED';

export type FoldedPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'image';
      readonly imageId: string;
      readonly takeIds: readonly string[];
      readonly decision?: ImageDecision;
    };

/** Why there is a picture, and why it was drawn or found: `decidedBy` of the latter. Absent where no head was asked. */
export interface ImageDecision {
  readonly choice: 'DRAW' | 'FIND';
  readonly decidedBy: 'MODEL' | 'VIEWER' | 'POLICY';
  readonly drawProbability?: number;
  readonly findProbability?: number;
  /** The gate's answer to whether a picture is wanted at all, bias included; absent where it was not asked. */
  readonly pictureProbability?: number;
  /** The gallery's best matches, best first, also when the choice was to draw. */
  readonly candidates: readonly { readonly itemId: string; readonly similarity: number }[];
  /** Which earlier picture the model found meant; absent where it was not asked. */
  readonly meant?: PictureMeant;
  /** Of a reply that shows several: how many of its pictures are settled with this one. A later attempt goes on behind them. */
  readonly settled?: number;
  /** Of such a reply: what the message said of this picture, where that was clear. */
  readonly words?: string;
}

/** Shares of one. */
export interface PictureMeant {
  readonly noneProbability: number;
  /** Pictures of the dialogue, most probable first. */
  readonly candidates: readonly { readonly imageId: string; readonly probability: number }[];
}

/** Returns new parts; the old ones are not modified. Applying an event twice changes nothing. */
export function foldEvent(parts: readonly FoldedPart[], event: LoggedEvent): FoldedPart[] {
  const next = parts.slice();
  switch (event.type) {
    case 'text': {
      const before = existing(parts, event.partIndex);
      if (before && before.kind !== 'text') throw new Error(`text for part ${event.partIndex}, which is an image`);
      const points = Array.from(before?.text ?? '');
      if (event.offset > points.length)
        throw new Error(
          `text at offset ${event.offset} of part ${event.partIndex}, which has ${points.length} code points`,
        );
      next[event.partIndex] = { kind: 'text', text: points.slice(0, event.offset).join('') + event.text };
      return next;
    }
    case 'image': {
      const before = existing(parts, event.partIndex);
      if (before && before.kind !== 'image') throw new Error(`image for part ${event.partIndex}, which is text`);
      const { imageId, takeIds, decision } = event;
      next[event.partIndex] = { kind: 'image', imageId, takeIds, ...(decision && { decision }) };
      return next;
    }
    case 'imageDone':
    case 'done':
      return next;
    default:
      return unreachable(event);
  }
}

function existing(parts: readonly FoldedPart[], index: number): FoldedPart | undefined {
  if (index > parts.length) throw new Error(`event for part ${index}, but the message has ${parts.length} parts`);
  return parts[index];
}

// ---------------------------------------------------------------- cursor

/** Names an event of one message: the message's UUID and the event's number, 0 before the first. Opaque to clients. */
export function toCursor(messageUuid: string, n: number): string {
  return `evt_${Buffer.from(messageUuid.replaceAll('-', ''), 'hex').toString('base64url')}.${n.toString(36)}`;
}

export type ParsedCursor =
  { readonly kind: 'cursor'; readonly n: number } | { readonly kind: 'malformed' } | { readonly kind: 'otherMessage' };

export function parseCursor(messageUuid: string, cursor: string): ParsedCursor {
  const match = /^evt_([A-Za-z0-9_-]{22})\.(0|[1-9a-z][0-9a-z]{0,9})$/.exec(cursor);
  if (!match) return { kind: 'malformed' };
  const n = Number.parseInt(match[2]!, 36);
  if (!Number.isSafeInteger(n)) return { kind: 'malformed' };
  return toCursor(messageUuid, n) === cursor ? { kind: 'cursor', n } : { kind: 'otherMessage' };
}
