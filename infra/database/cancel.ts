// Cancelling a reply or one picture: terminal in its own transaction, whatever a worker is doing. The worker hears the
// bell or finds its fence gone. Must never end what has ended already.
import type { Kysely } from 'kysely';
import { isUnfinished } from './conversations.ts';
import { append } from './event-log.ts';
import { cancelPictureWithin, cancelReplayWithin, cancelWithin } from './finish.ts';
import { isVisible } from './picture-use.ts';
import { refused, type Refused } from './refused.ts';
import { ownedMessage } from './send-message.ts';
import type { Database } from './tables.ts';
import { inTracedTransaction } from './transaction.ts';

export interface Cancelled {
  readonly outcome: 'cancelled' | 'alreadyFinished';
  readonly conversationId: string;
  /** Null for a picture that stands in no message. */
  readonly messageId: string | null;
}

export function cancelMessage(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly messageId: string },
): Promise<Cancelled | Refused> {
  return inTracedTransaction(db, 'cancelMessage', async (tx) => {
    const message = await ownedMessage(tx, input.viewerId, input.messageId);
    if (message?.role !== 'assistant') return refused('NOT_FOUND', 'there is no such assistant message', 'messageId');
    const place = { conversationId: message.conversation_id, messageId: message.id };
    await append(tx, message.id, []);
    if (!(await isUnfinished(tx, message.id))) return { outcome: 'alreadyFinished' as const, ...place };
    await cancelWithin(tx, message.id);
    return { outcome: 'cancelled' as const, ...place };
  });
}

export function cancelImage(
  db: Kysely<Database>,
  input: { readonly viewerId: string; readonly imageId: string },
): Promise<Cancelled | Refused> {
  return inTracedTransaction(db, 'cancelImage', async (tx) => {
    const image = await tx
      .selectFrom('image')
      .select(['message_id', 'conversation_id'])
      .where('id', '=', input.imageId)
      .where('viewer_id', '=', input.viewerId)
      .where(isVisible)
      .executeTakeFirst();
    if (!image) return refused('NOT_FOUND', 'there is no such picture', 'imageId');
    const message = await ownedMessage(tx, input.viewerId, image.message_id);
    if (!message) {
      const outcome = (await cancelReplayWithin(tx, input.imageId)) ? 'cancelled' : 'alreadyFinished';
      return { outcome, conversationId: image.conversation_id, messageId: null } as const;
    }
    const place = { conversationId: message.conversation_id, messageId: message.id };
    await append(tx, message.id, []);
    const { status } = await tx
      .selectFrom('image')
      .select('status')
      .where('id', '=', input.imageId)
      .executeTakeFirstOrThrow();
    if (status !== 'QUEUED' && status !== 'RUNNING') return { outcome: 'alreadyFinished' as const, ...place };
    await cancelPictureWithin(tx, message.id, input.imageId);
    return { outcome: 'cancelled' as const, ...place };
  });
}
