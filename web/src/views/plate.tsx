// A picture at its place: a frame of its final size from the start, then the newest preview, then the picture. Nothing moves
// when it arrives.
import { useMemo, useState, type ReactNode } from 'react';
import { isTerminal, type LiveReply, type Picture, type PictureDecision } from '../../../clients/ts/index.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { explainPicture } from '../waiting.ts';
import { icons } from './icons.tsx';
import { PictureCard } from './picture-card.tsx';
import { toDataUrl, useDecoded, useFile } from './use-picture.ts';

export interface PlateProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly image: Picture;
  readonly decision?: PictureDecision | null;
  /** Whose picture it is, where it can be stopped. */
  readonly reply?: LiveReply;
  readonly isSmall?: boolean;
  /** Among others: its caption has one line, whatever happens. */
  readonly isNarrow?: boolean;
  /** Further buttons. */
  readonly children?: ReactNode;
}

export function Plate({
  session,
  dialogue,
  image,
  decision,
  reply,
  isSmall = false,
  isNarrow = false,
  children,
}: PlateProps) {
  const [isCardOpen, setCardOpen] = useState(false);
  const drawn = image.__typename === 'GeneratedImage' ? image : undefined;
  const status = drawn?.status ?? 'COMPLETED';
  const { shown: finished, isFamiliar, problem } = useFile(session, image);
  const [isSettled, setSettled] = useState(isFamiliar);
  const { placeholder: hash } = image;
  const placeholder = useMemo(() => (hash === null || isSettled ? undefined : toDataUrl(hash)), [hash, isSettled]);
  const preview = useDecoded(drawn?.progress?.preview?.url);
  const { sentence, brief, share } = drawn ? explainPicture(drawn) : { sentence: '', brief: '', share: 1 };
  const isOver = isTerminal(status);
  const isEmpty = isOver && status !== 'COMPLETED';
  const ratio = `${image.width ?? drawn?.recipe.width ?? 1} / ${image.height ?? drawn?.recipe.height ?? 1}`;

  return (
    <figure className={isSmall ? 'plate small' : 'plate'} data-state={status.toLowerCase()}>
      <div className="plate-stage">
        <button
          type="button"
          className="plate-frame"
          aria-label={`About this picture: ${image.alt}`}
          disabled={!isOver}
          onClick={() => setCardOpen(true)}
        >
          <span className="plate-canvas" ref={(canvas) => canvas?.style.setProperty('--ratio', ratio)}>
            {placeholder !== undefined && <img className="plate-layer soft" src={placeholder} alt="" />}
            {!isSettled && preview !== undefined && !isEmpty && (
              <img className="plate-layer soft" src={preview} alt="" />
            )}
            {finished !== undefined && (
              <img
                className={isFamiliar ? 'plate-layer' : 'plate-layer final'}
                src={finished}
                alt={image.alt}
                onAnimationEnd={() => setSettled(true)}
              />
            )}
          </span>
        </button>
        {!isOver && <progress value={share ?? 0} aria-label="How far the picture is" />}
      </div>
      <figcaption>
        {status === 'COMPLETED' ? (
          <>
            <span className="plate-alt">{problem ?? image.alt}</span>
            {children}
            <button type="button" className="quiet" onClick={() => setCardOpen(true)}>
              {icons.card}
              <span>Card</span>
            </button>
          </>
        ) : (
          <>
            <span className="plate-alt" title={sentence}>
              {isNarrow ? brief : sentence}
            </span>
            {!isOver && reply && (
              <button
                type="button"
                className="quiet"
                aria-label="Stop this picture"
                onClick={() => void dialogue.stop(reply, image.id)}
              >
                {icons.stop}
              </button>
            )}
          </>
        )}
      </figcaption>
      {isCardOpen && (
        <PictureCard
          session={session}
          dialogue={dialogue}
          image={image}
          decision={decision}
          reply={reply}
          onClose={() => setCardOpen(false)}
        />
      )}
    </figure>
  );
}
