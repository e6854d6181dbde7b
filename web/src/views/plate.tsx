// A picture at its place: a frame of its final size from the start, then the newest preview, then the picture. Nothing moves
// when it arrives.
import { useEffect, useMemo, useRef, useState } from 'react';
import { thumbHashToDataURL } from 'thumbhash';
import { isTerminal, type LiveReply, type DrawnPicture } from '../../../clients/ts/index.ts';
import type { Session } from '../session.ts';
import { explainPicture } from '../waiting.ts';
import { icons } from './icons.tsx';
import { PictureCard } from './picture-card.tsx';

export interface PlateProps {
  readonly session: Session;
  readonly reply: LiveReply;
  readonly image: DrawnPicture;
}

export function Plate({ session, reply, image }: PlateProps) {
  const [isCardOpen, setCardOpen] = useState(false);
  const placeholder = useMemo(() => (image.placeholder === null ? undefined : toDataUrl(image.placeholder)), [image]);
  const preview = useDecoded(image.progress?.preview?.url);
  const { shown: finished, problem } = useFile(session, image);
  const { sentence, share } = explainPicture(image);
  const isOver = isTerminal(image.status);
  const isEmpty = isOver && image.status !== 'COMPLETED';

  return (
    <figure className="plate" data-state={image.status.toLowerCase()}>
      <div className="plate-stage">
        <button
          type="button"
          className="plate-frame"
          aria-label={`About this picture: ${image.alt}`}
          disabled={!isOver}
          onClick={() => setCardOpen(true)}
        >
          <span
            className="plate-canvas"
            ref={(canvas) => canvas?.style.setProperty('--ratio', `${image.recipe.width} / ${image.recipe.height}`)}
          >
            {placeholder !== undefined && <img className="plate-layer soft" src={placeholder} alt="" />}
            {preview !== undefined && !isEmpty && <img className="plate-layer soft" src={preview} alt="" />}
            {finished !== undefined && <img className="plate-layer final" src={finished} alt={image.alt} />}
          </span>
        </button>
        {!isOver && <progress value={share ?? 0} aria-label="How far the picture is" />}
      </div>
      <figcaption>
        {image.status === 'COMPLETED' ? (
          <>
            <span className="plate-alt">{problem ?? image.alt}</span>
            <button type="button" className="quiet" onClick={() => setCardOpen(true)}>
              {icons.card}
              <span>Card</span>
            </button>
          </>
        ) : (
          <>
            <span className="plate-alt">{sentence}</span>
            {!isOver && (
              <button
                type="button"
                className="quiet"
                aria-label="Stop this picture"
                onClick={() => void reply.cancelImage(image.id)}
              >
                {icons.stop}
              </button>
            )}
          </>
        )}
      </figcaption>
      {isCardOpen && <PictureCard session={session} image={image} url={finished} onClose={() => setCardOpen(false)} />}
    </figure>
  );
}

/** The finished file, decoded; signed anew when its URL is about to die or was refused. */
function useFile({ client }: Session, image: DrawnPicture): { shown: string | undefined; problem: string | undefined } {
  const [shown, setShown] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const newest = useRef(image);
  newest.current = image;
  const { id, status } = image;
  useEffect(() => {
    if (status !== 'COMPLETED') return;
    const leaving = new AbortController();
    void (async () => {
      try {
        let url = await client.files.urlOf(newest.current);
        if (url !== undefined && !(await decodes(url)))
          url = await client.files.urlOf(newest.current, { refused: url });
        if (url === undefined || !(await decodes(url))) throw new Error('no file');
        if (!leaving.signal.aborted) setShown(url);
      } catch {
        // either the API or the store is away; the words of the picture stay
        if (!leaving.signal.aborted) setProblem('The picture’s file cannot be reached. Reload the page to try again.');
      }
    })();
    return () => leaving.abort();
  }, [id, status, client]);
  return { shown, problem };
}

/** The newest URL whose picture is decoded: until then the one before stays. */
function useDecoded(url: string | undefined): string | undefined {
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

const toDataUrl = (thumbHash: string): string =>
  thumbHashToDataURL(Uint8Array.from(atob(thumbHash), (character) => character.charCodeAt(0)));
