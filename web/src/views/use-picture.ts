// How a picture's file gets onto the page: decoded before it is shown, signed anew when its URL no longer works.
import { useEffect, useRef, useState } from 'react';
import { thumbHashToDataURL } from 'thumbhash';
import { toClientError } from '../../../clients/ts/client-error.ts';
import type { Picture } from '../../../clients/ts/index.ts';
import type { ImageSize } from '../../../schema/generated/client-types.ts';
import type { Session } from '../session.ts';

/** What was shown once is shown again at once: a reader scrolls back to it. */
const decoded = new Set<string>();

export interface FileShown {
  readonly shown: string | undefined;
  /** It was there from the first moment: nothing needs to lead over to it. */
  readonly isFamiliar: boolean;
  readonly problem: string | undefined;
}

/** The finished file, decoded; signed anew when its URL is about to die or was refused. */
export function useFile({ client }: Session, image: Picture, size: ImageSize = 'FULL'): FileShown {
  const [familiar] = useState(() => {
    const url = client.files.atHand(image, size);
    return url !== undefined && decoded.has(url) ? url : undefined;
  });
  const [shown, setShown] = useState(familiar);
  const [problem, setProblem] = useState<string>();
  const newest = useRef(image);
  newest.current = image;
  const { id } = image;
  const isThere = image.__typename !== 'GeneratedImage' || image.status === 'COMPLETED';
  useEffect(() => {
    if (!isThere || familiar !== undefined) return;
    const leaving = new AbortController();
    void (async () => {
      try {
        let url = await client.files.urlOf(newest.current, { size });
        if (url !== undefined && !(await decodes(url)))
          url = await client.files.urlOf(newest.current, { size, refused: url });
        if (url === undefined || !(await decodes(url))) throw new Error('no file');
        if (!leaving.signal.aborted) setShown(url);
      } catch {
        // either the API or the store is away; the words of the picture stay
        if (!leaving.signal.aborted) setProblem('The picture’s file cannot be reached. Reload the page to try again.');
      }
    })();
    return () => leaving.abort();
  }, [id, isThere, client, size, familiar]);
  return { shown, isFamiliar: familiar !== undefined, problem };
}

/** Of a picture of which only the id is known; undefined until it is there, and where it cannot be reached. */
export function useThumbnail({ client }: Session, id: string): string | undefined {
  const [shown, setShown] = useState(() => client.files.atHand({ id, file: null }, 'THUMBNAIL'));
  useEffect(() => {
    const leaving = new AbortController();
    client.files.urlOf({ id, file: null }, { size: 'THUMBNAIL' }).then(
      (url) => !leaving.signal.aborted && setShown(url),
      (thrown: unknown) => console.warn('a picture’s thumbnail cannot be reached', toClientError(thrown).message),
    );
    return () => leaving.abort();
  }, [client, id]);
  return shown;
}

/** The newest URL whose picture is decoded: until then the one before stays. */
export function useDecoded(url: string | undefined): string | undefined {
  const [shown, setShown] = useState<string>();
  useEffect(() => {
    if (url === undefined) return;
    const leaving = new AbortController();
    void decodes(url).then((isGood) => isGood && !leaving.signal.aborted && setShown(url));
    return () => leaving.abort();
  }, [url]);
  return shown;
}

async function decodes(url: string): Promise<boolean> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return false; // no picture, or nobody answers: the caller knows what to do
  }
  decoded.add(url);
  return true;
}

export const toDataUrl = (thumbHash: string): string =>
  thumbHashToDataURL(Uint8Array.from(atob(thumbHash), (character) => character.charCodeAt(0)));
