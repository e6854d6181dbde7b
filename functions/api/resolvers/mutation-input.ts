// What every mutation does with its input and after its write: ids, idempotency, refusals, bells.
import { parsePublicId, toPublicId, type IdKind } from '../../../core/ids.ts';
import type { Cancelled } from '../../../infra/database/cancel.ts';
import type { Refused } from '../../../infra/database/refused.ts';
import type { UserError } from '../../../schema/generated/resolver-types.ts';
import type { Context } from '../context.ts';
import { digestInput } from '../digest-input.ts';
import type { AssistantMessageNode, MessageNode } from '../nodes.ts';

/** A row's UUID of a public id of this kind, or the refusal of anything else. */
export function idOf(
  kind: IdKind,
  id: string,
  ...path: string[]
): { readonly ok: true; readonly uuid: string } | { readonly ok: false; readonly error: UserError } {
  const parsed = parsePublicId(id);
  if (parsed?.kind === kind) return { ok: true, uuid: parsed.uuid };
  const example = toPublicId(kind, '0'.repeat(32)).slice(0, 4);
  const message = `"${id.slice(0, 80)}" is no ${kind} id: those begin with "${example}"`;
  return { ok: false, error: { code: 'NOT_FOUND', message, path } };
}

export function idempotencyOf(mutation: string, input: { readonly idempotencyKey: string }) {
  return { key: input.idempotencyKey.toLowerCase(), mutation, digest: digestInput(input) };
}

export const toUserError = ({ code, message, path }: Refused): UserError => ({ code, message, path: path ?? null });

/**
 * Also when it had ended already: a bell too many costs nothing, and the twin that ended it may have died before its own. All
 * but `jobs`, which may start a worker.
 */
export function ringCancelled({ bus }: Context['services'], { outcome, messageId, conversationId }: Cancelled): void {
  bus.ring('cancel');
  if (messageId !== null) bus.ring(`message:${messageId}`);
  bus.ring(`conversation:${conversationId}`);
  if (outcome === 'cancelled') bus.ring('jobs'); // a reply that waited for this one may be claimable now
}

export const asReply = (message: MessageNode | null): AssistantMessageNode | null =>
  message?.__typename === 'AssistantMessage' ? message : null;
