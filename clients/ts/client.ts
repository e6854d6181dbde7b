// The client: send a wish, get a live reply. Works in browsers and in Node. Must never send one intent twice: what is tried
// again carries the idempotency key of the first try.
import { v4 as newUuid } from 'uuid';
import type {
  PartInput,
  RedrawImageInput,
  ReplyOptions,
  SendMessageInput,
} from '../../schema/generated/client-types.ts';
import { ClientError } from './client-error.ts';
import { createConnection, type Connection, type ConnectionOptions } from './connection.ts';
import { createFiles, type Files } from './files.ts';
import { createLiveReply, refuseFor, type LiveReply } from './live-reply.ts';
import * as operations from './operations.ts';
import * as pictures from './picture-operations.ts';
import { isTerminal, toReplyState, type DrawnPicture, type ReplyState } from './reply-state.ts';
import { pause, retrying } from './retrying.ts';
import { createUploads, type Upload, type UploadProgress } from './uploads.ts';

export interface SendOptions extends Pick<SendMessageInput, 'conversationId' | 'parentId' | 'replacesId' | 'options'> {
  readonly signal?: AbortSignal;
  /**
   * A UUID. Default: a new one for each call. Whoever may send the same intent again, because no answer came, gives the same
   * one with the same input: it is then done once.
   */
  readonly idempotencyKey?: string;
  /** How far the files are that go with it, each told apart by its place in `said`. */
  readonly onUpload?: (place: number, progress: UploadProgress) => void;
}

/** Words, or words, files and pictures in their order. */
export type Said = string | readonly (string | Blob | PartInput)[];

export type RedrawChange = Pick<RedrawImageInput, 'messageId' | 'wish' | 'strength' | 'options'>;

export interface Client extends AsyncDisposable {
  /**
   * Says something; without `conversationId` it opens a conversation. Files are uploaded first, all at once.
   * @throws {ClientError}
   */
  readonly send: (said: Said, options?: SendOptions) => Promise<LiveReply>;
  /** Makes a file a picture that a part can name by `imageId`. @throws {ClientError} UPLOAD_REJECTED with the reason */
  readonly upload: Upload;
  /** Follows a reply that is there already, such as after a reload. @throws {ClientError} NOT_FOUND */
  readonly watch: (replyId: string) => Promise<LiveReply>;
  /** Follows a reply from a state that a query returned. */
  readonly watchFrom: (conversationId: string, state: ReplyState) => LiveReply;
  readonly regenerate: (replyId: string, options?: ReplyOptions) => Promise<LiveReply>;
  /** Draws a picture of a finished reply again, or in the place of a found one, in an alternative reply. */
  readonly redraw: (imageId: string, change?: RedrawChange) => Promise<LiveReply>;
  /** Repeats a picture's recipe; resolves when it has ended, with `sameness`. */
  readonly replay: (imageId: string, signal?: AbortSignal) => Promise<DrawnPicture>;
  readonly files: Files;
  /** Any other operation. @throws {ClientError} */
  readonly request: Connection['request'];
}

export function createClient(options: ConnectionOptions): Client {
  const connection = createConnection(options);
  const never = new AbortController().signal;

  const watchFrom = (conversationId: string, start: ReplyState): LiveReply =>
    createLiveReply({ connection, conversationId, start, regenerate });

  const upload = createUploads(connection, options.fetch);

  const toPart = async (
    piece: Exclude<Said, string>[number],
    place: number,
    { onUpload, signal = never }: SendOptions,
  ): Promise<PartInput> => {
    if (typeof piece === 'string') return { text: piece };
    if (!(piece instanceof Blob)) return piece;
    const name = 'name' in piece && typeof piece.name === 'string' ? { fileName: piece.name } : {};
    const { id } = await upload(piece, { ...name, signal, onProgress: (progress) => onUpload?.(place, progress) });
    return { imageId: id };
  };

  async function regenerate(messageId: string, replyOptions?: ReplyOptions): Promise<LiveReply> {
    const input = { messageId, idempotencyKey: newUuid(), ...(replyOptions && { options: replyOptions }) };
    const { regenerateMessage } = await retrying(
      () => connection.request(operations.regenerateMessage, { input }),
      never,
    );
    refuseFor(regenerateMessage.userErrors);
    const reply = regenerateMessage.reply!;
    return watchFrom(reply.conversation.id, toReplyState(reply));
  }

  return {
    files: createFiles(connection),
    upload,
    request: connection.request,
    watchFrom,
    regenerate,
    async send(said, sendOptions = {}) {
      const { signal = never, onUpload: _, idempotencyKey = newUuid(), ...place } = sendOptions;
      const pieces = typeof said === 'string' ? [said] : said;
      const parts = await Promise.all(pieces.map((piece, index) => toPart(piece, index, sendOptions)));
      const input = { ...place, parts, idempotencyKey };
      const { sendMessage } = await retrying(
        () => connection.request(operations.sendMessage, { input }, signal),
        signal,
      );
      refuseFor(sendMessage.userErrors);
      return watchFrom(sendMessage.conversation!.id, toReplyState(sendMessage.reply!));
    },
    async redraw(imageId, change = {}) {
      const input = { imageId, ...change, idempotencyKey: newUuid() };
      const { redrawImage } = await retrying(() => connection.request(pictures.redrawImage, { input }), never);
      refuseFor(redrawImage.userErrors);
      const reply = redrawImage.reply!;
      return watchFrom(reply.conversation.id, toReplyState(reply));
    },
    async replay(imageId, signal = never) {
      const input = { imageId, idempotencyKey: newUuid() };
      const { replayImage } = await retrying(() => connection.request(pictures.replayImage, { input }, signal), signal);
      refuseFor(replayImage.userErrors);
      const { id } = replayImage.image!;
      for (let asked = 1; ; asked++) {
        const { image } = await retrying(() => connection.request(pictures.picture, { id }, signal), signal);
        if (image?.__typename !== 'GeneratedImage')
          throw new ClientError('NOT_FOUND', `the replay of ${imageId} is gone`, false);
        if (isTerminal(image.status)) return image;
        await pause(Math.min(asked, 4), signal);
      }
    },
    async watch(replyId) {
      const { message } = await retrying(() => connection.request(operations.reply, { id: replyId }), never);
      if (message?.__typename !== 'AssistantMessage')
        throw new ClientError('NOT_FOUND', `there is no reply ${replyId}`, false);
      return watchFrom(message.conversation.id, toReplyState(message));
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
