// Sends a form to the file store and tells how far it is. `fetch` cannot tell; in browsers XMLHttpRequest can, and does it
// where no `fetch` of the caller's own is to be used.
import { ClientError } from './client-error.ts';

/** @returns the status @throws {ClientError} NETWORK, ABORTED */
export type PostForm = (url: string, form: FormData, signal: AbortSignal) => Promise<number>;

/** As much of the browser's own as is used here: this file also runs where there is none. */
interface Xhr {
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null };
  readonly status: number;
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  readonly open: (method: string, url: string) => void;
  readonly send: (form: FormData) => void;
  readonly abort: () => void;
}

export function createPost(
  send: typeof fetch | undefined,
  totalBytes: number,
  tell: (sentBytes: number) => void,
): PostForm {
  const { XMLHttpRequest } = globalThis as { readonly XMLHttpRequest?: new () => Xhr };
  if (!send && XMLHttpRequest) return byXhr(() => new XMLHttpRequest(), tell);
  return async (url, body, signal) => {
    const { status } = await (send ?? fetch)(url, { method: 'POST', body, signal });
    tell(totalBytes);
    return status;
  };
}

const byXhr =
  (create: () => Xhr, tell: (sentBytes: number) => void): PostForm =>
  (url, form, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = create();
    const stop = (): void => request.abort();
    request.upload.onprogress = ({ loaded }) => tell(loaded);
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new ClientError('NETWORK', 'the file store does not answer', true));
    request.onabort = () => reject(new ClientError('ABORTED', 'the upload was stopped', false));
    request.open('POST', url);
    request.send(form);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    return promise.finally(() => signal.removeEventListener('abort', stop));
  };
