// What a client knows of one reply, and how an event changes it. Text and places of pictures are folded by the server's own
// fold (core/message-event.ts); this file only carries the pictures along. Must stay pure.
import { unreachable } from '../../core/app-error.ts';
import { foldEvent, type FoldedPart, type LoggedEvent } from '../../core/message-event.ts';
import type {
  GenerationStatus,
  MessageEventsSubscription,
  PictureFragment,
  ReplyFragment,
  WaitingFragment,
} from '../../schema/generated/client-types.ts';

/** `__typename` tells where it comes from. */
export type Picture = PictureFragment;
export type DrawnPicture = Extract<Picture, { __typename: 'GeneratedImage' }>;
export type PictureDecision = NonNullable<
  Extract<ReplyFragment['parts'][number], { __typename: 'ImagePart' }>['decision']
>;
export type ReplyEvent = MessageEventsSubscription['messageEvents'];

export interface ImagePart {
  readonly kind: 'image';
  /** The picture that stands in the text. */
  readonly image: Picture;
  /** Every picture drawn for this wish, in the order of their seeds. */
  readonly takes: readonly DrawnPicture[];
  /** Why there is a picture; null for the viewer's own, and where the model was not asked. */
  readonly decision: PictureDecision | null;
}

export type ReplyPart = { readonly kind: 'text'; readonly text: string } | ImagePart;

export interface ReplyState {
  readonly id: string;
  readonly createdAt: string;
  readonly status: GenerationStatus;
  /** The last event `parts` includes. */
  readonly cursor: string;
  readonly parts: readonly ReplyPart[];
  /** What is going on right now; null once it has ended. */
  readonly activity: WaitingFragment | null;
  readonly failure: ReplyFragment['failure'];
  readonly usage: ReplyFragment['usage'];
  readonly droppedTurns: number;
  /** How probable the model found it that a picture was wanted; null where it was not asked, and until the text has ended. */
  readonly pictureProbability: number | null;
  /** Why a finished reply shows none; null where it shows one, and where the model was not asked. */
  readonly noPicture: ReplyFragment['noPicture'];
}

export const isTerminal = (status: GenerationStatus): boolean => status !== 'QUEUED' && status !== 'RUNNING';

/** From what a query, a mutation or the last event returned. */
export function toReplyState({ __typename: _, parts, ...reply }: ReplyFragment): ReplyState {
  return { ...reply, parts: parts.map(toPart) };
}

export function toPart(part: ReplyFragment['parts'][number]): ReplyPart {
  return part.__typename === 'TextPart'
    ? { kind: 'text', text: part.text }
    : { kind: 'image', image: part.image, takes: part.takes, decision: part.decision };
}

/** @throws where the event does not fit the parts so far: then the log is broken, and the reply must be queried anew */
export function applyEvent(state: ReplyState, event: ReplyEvent): ReplyState {
  switch (event.__typename) {
    case 'TextEvent': {
      const { partIndex, offset, text } = event;
      return { ...folded(state, { type: 'text', partIndex, offset, text }), cursor: event.cursor };
    }
    case 'ImageEvent': {
      const { index: partIndex, image, takes, decision } = event.part;
      const logged = { type: 'image', partIndex, imageId: image.id, takeIds: takes.map(({ id }) => id) } as const;
      return { ...folded(state, logged, { kind: 'image', image, takes, decision }), cursor: event.cursor };
    }
    case 'ImageDoneEvent':
      return { ...withImage(state, event.image.id, () => event.image), cursor: event.cursor };
    case 'MessageDoneEvent':
      return toReplyState(event.message);
    case 'ActivityEvent':
      return { ...state, activity: event.activity };
    case 'ImageProgressEvent':
      // progress that comes after the end is old news
      return withImage(state, event.imageId, (image) =>
        isTerminal(image.status) ? image : { ...image, status: 'RUNNING', progress: event.progress },
      );
    default:
      return unreachable(event);
  }
}

/** Text and pictures of the state in the fold's own words. */
export function toFolded(parts: readonly ReplyPart[]): FoldedPart[] {
  return parts.map((part) =>
    part.kind === 'text' ? part : { kind: 'image', imageId: part.image.id, takeIds: part.takes.map(({ id }) => id) },
  );
}

function folded(state: ReplyState, event: LoggedEvent, added?: ImagePart): ReplyState {
  const known = new Map(state.parts.flatMap((part) => (part.kind === 'image' ? [[part.image.id, part]] : [])));
  if (added) known.set(added.image.id, added);
  const parts = foldEvent(toFolded(state.parts), event).map((part): ReplyPart =>
    part.kind === 'text' ? part : known.get(part.imageId)!,
  );
  return { ...state, parts, status: state.status === 'QUEUED' ? 'RUNNING' : state.status };
}

function withImage(state: ReplyState, imageId: string, change: (image: DrawnPicture) => DrawnPicture): ReplyState {
  const changed = <T extends Picture>(image: T): T | DrawnPicture =>
    image.__typename === 'GeneratedImage' && image.id === imageId ? change(image) : image;
  const parts = state.parts.map((part): ReplyPart =>
    part.kind === 'text' ? part : { ...part, image: changed(part.image), takes: part.takes.map(changed) },
  );
  return { ...state, parts };
}
