// Tokens → text while a reply is being decoded. Must never hand out half a character: a token may end inside one.

export interface TextStream {
  /** @returns the text that is certain now: whole code points, possibly none */
  readonly push: (bytes: Uint8Array) => string;
}

/** What stays incomplete at the end of a reply was never text and is dropped with the stream. */
export function createTextStream(): TextStream {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return { push: (bytes) => decoder.decode(bytes, { stream: true }) };
}
