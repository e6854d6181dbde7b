// A file becomes a picture that can be sent: announced, sent to the store by a form, and asked for until it is clean. Must
// never hand out a picture that is not ready.
import { v4 as newUuid } from 'uuid';
import type { UploadStateFragment } from '../../schema/generated/client-types.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { refuseFor } from './live-reply.ts';
import { createUpload, upload as uploadQuery } from './picture-operations.ts';
import { createPost, type PostForm } from './post-form.ts';
import type { Picture } from './reply-state.ts';
import { pause, retrying } from './retrying.ts';

export type UploadedPicture = Extract<Picture, { __typename: 'UploadedImage' }>;

export type UploadProgress =
  /** Where the platform does not tell (Node, or a `fetch` of your own) only the first and the last byte are reported. */
  | { readonly phase: 'sending'; readonly sentBytes: number; readonly totalBytes: number }
  /** Everything was sent; a worker makes a clean picture of it. */
  | { readonly phase: 'cleaning' };

export interface UploadOptions {
  readonly fileName?: string;
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

/** @returns the clean picture; its id stands in `sendMessage` @throws {ClientError} UPLOAD_REJECTED with the reason */
export type Upload = (file: Blob, options?: UploadOptions) => Promise<UploadedPicture>;

/** Pauses between two questions grow to about two seconds. */
const maxPause = 4;

/** @param send undefined: the platform's own way, which in a browser tells how far it is */
export function createUploads(connection: Connection, send: typeof fetch | undefined): Upload {
  return async (file, { fileName, onProgress, signal = new AbortController().signal } = {}) => {
    const tell = (sentBytes: number): void => onProgress?.({ phase: 'sending', sentBytes, totalBytes: file.size });
    tell(0);
    const bytes = await file.arrayBuffer();
    const input = {
      contentType: file.type,
      byteSize: bytes.byteLength,
      sha256: hex(await crypto.subtle.digest('SHA-256', bytes)),
      idempotencyKey: newUuid(),
      ...(fileName !== undefined && { fileName }),
    };
    const { createUpload: created } = await retrying(() => connection.request(createUpload, { input }, signal), signal);
    refuseFor(created.userErrors);
    let state = created.upload!;
    await retrying(() => sendForm(state, file, createPost(send, file.size, tell), signal), signal);
    onProgress?.({ phase: 'cleaning' });
    for (let asked = 1; ; asked++) {
      state = await retrying(() => read(connection, state.id, signal), signal);
      if (state.status === 'READY' && state.image) return state.image;
      if (state.status === 'REJECTED' || state.status === 'EXPIRED')
        throw new ClientError('UPLOAD_REJECTED', state.failure?.message ?? 'the file did not come in time', false);
      await pause(Math.min(asked, maxPause), signal);
    }
  };
}

async function sendForm(
  { url, fields }: UploadStateFragment,
  file: Blob,
  post: PostForm,
  signal: AbortSignal,
): Promise<void> {
  if (url === null) return; // an answer was lost, and the file is there already
  const form = new FormData();
  for (const { name, value } of fields) form.append(name, value);
  form.append('file', file); // what comes behind the file is not read
  const status = await post(url, form, signal);
  if (status >= 200 && status < 300) return;
  throw new ClientError('STORAGE', `the file store answered ${status}`, status >= 500);
}

async function read(connection: Connection, id: string, signal: AbortSignal): Promise<UploadStateFragment> {
  const { node } = await connection.request(uploadQuery, { id }, signal);
  if (node?.__typename === 'Upload') return node;
  throw new ClientError('NOT_FOUND', `the upload ${id} is gone`, false);
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
