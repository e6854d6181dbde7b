// What was sent and is not known to have arrived. Must never give the same words at the same place a second idempotency key
// while the first may have reached the server: its answer may be all that was lost.
import { v4 as newUuid } from 'uuid';
import type { SendOptions } from '../../clients/ts/client.ts';
import { toOptions, toParts, type Wish } from './wish.ts';

/** Where a wish goes: undefined `conversationId` opens a conversation. */
export type Place = Pick<SendOptions, 'conversationId' | 'parentId' | 'replacesId'>;
export type Attempt = Place & Pick<SendOptions, 'options'> & { readonly idempotencyKey: string };

export interface Attempts {
  /** The attempt at the same wish that has no answer yet, if it was made in the place of the same message. */
  readonly pending: (wish: Wish, replacesId: string | undefined) => Attempt | undefined;
  readonly begin: (wish: Wish, place: Place) => Attempt;
  /** The server has answered, whatever it said. */
  readonly settle: (attempt: Attempt) => void;
}

export function createAttempts(): Attempts {
  /** By the message in whose place it was made. */
  const unanswered = new Map<string | undefined, { readonly intent: string; readonly attempt: Attempt }>();
  const intentOf = (wish: Wish): string => JSON.stringify([toParts(wish), toOptions(wish)]);
  return {
    pending(wish, replacesId) {
      const last = unanswered.get(replacesId);
      return last?.intent === intentOf(wish) ? last.attempt : undefined;
    },
    begin(wish, place) {
      const attempt = { ...place, ...toOptions(wish), idempotencyKey: newUuid() };
      unanswered.set(place.replacesId ?? undefined, { intent: intentOf(wish), attempt });
      return attempt;
    },
    settle({ replacesId, idempotencyKey }) {
      const place = replacesId ?? undefined;
      if (unanswered.get(place)?.attempt.idempotencyKey === idempotencyKey) unanswered.delete(place);
    },
  };
}
