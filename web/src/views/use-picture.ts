// How a picture's file gets onto the page: decoded before it is shown, signed anew when its URL no longer works.
import { useEffect, useRef, useState } from 'react';
import { thumbHashToDataURL } from 'thumbhash';
import type { Picture } from '../../../clients/ts/index.ts';
import type { ImageSize } from '../../../schema/generated/client-types.ts';
import type { Session } from '../session.ts';

/** The finished file, decoded; signed anew when its URL is about to die or was refused. */
export function useFile(
  { client }: Session,
  image: Picture,
  size: ImageSize = 'FULL',
): { shown: string | undefined; problem: string | undefined } {
  const [shown, setShown] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const newest = useRef(image);
  newest.current = image;
  const { id } = image;
  const isThere = image.__typename !== 'GeneratedImage' || image.status === 'COMPLETED';
  useEffect(() => {
    if (!isThere) return;
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
  }, [id, isThere, client, size]);
  return { shown, problem };
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
  return image.decode().then(
    () => true,
    () => false,
  );
}

export const toDataUrl = (thumbHash: string): string =>
  thumbHashToDataURL(Uint8Array.from(atob(thumbHash), (character) => character.charCodeAt(0)));
