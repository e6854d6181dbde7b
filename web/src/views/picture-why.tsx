// What else was thought of at a picture's place: the gallery's next matches, and the earlier pictures that the message may have
// meant. Each can be taken instead.
import { useEffect, useState } from 'react';
import { toClientError } from '../../../clients/ts/client-error.ts';
import type { Picture } from '../../../clients/ts/index.ts';
import { why } from '../../../clients/ts/picture-operations.ts';
import type { WhyQuery } from '../../../schema/generated/client-types.ts';
import type { Session } from '../session.ts';
import { percent } from '../wanted.ts';
import { useFile } from './use-picture.ts';

type Part = Extract<NonNullable<WhyQuery['message']>['parts'][number], { __typename: 'ImagePart' }>;
type Decision = NonNullable<Part['decision']>;

export interface PictureWhyProps {
  readonly session: Session;
  readonly replyId: string;
  readonly image: Picture;
  /** A picture of the gallery is to go with the next message. */
  readonly onUse: (picture: Picture) => void;
  /** The message is to mean another picture. */
  readonly onMean: (picture: Picture) => void;
}

export function PictureWhy({ session, replyId, image, onUse, onMean }: PictureWhyProps) {
  const decision = useDecision(session, replyId, image.id);
  if (!decision) return null;
  const others = decision.candidates.filter(({ image: { id } }) => id !== image.id);
  const parentId = image.__typename === 'GeneratedImage' ? image.parent?.id : undefined;
  return (
    <>
      {decision.meant && (
        <section className="others" aria-label="Which earlier picture was meant">
          <h3>Which earlier picture was meant</h3>
          <ul>
            {decision.meant.candidates.map(({ image: meant, probability }) => (
              <Other
                key={meant.id}
                session={session}
                image={meant}
                isTaken={meant.id === parentId}
                measure={percent(probability)}
                action="Go on from this one"
                onTake={() => onMean(meant)}
              />
            ))}
          </ul>
          <p className="note">None of them: {percent(decision.meant.noneProbability)}</p>
        </section>
      )}
      {others.length > 0 && (
        <section className="others" aria-label="Other matches in the gallery">
          <h3>Other matches in the gallery</h3>
          <ul>
            {others.map(({ image: match, similarity }) => (
              <Other
                key={match.id}
                session={session}
                image={match}
                isTaken={false}
                measure={`cosine ${similarity.toFixed(2)}`}
                action="Use in a message"
                onTake={() => onUse(match)}
              />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Read when it is asked for: a dialogue of many pictures would carry many times as many. */
function useDecision({ client }: Session, replyId: string, imageId: string): Decision | undefined {
  const [decision, setDecision] = useState<Decision>();
  useEffect(() => {
    const leaving = new AbortController();
    client.request(why, { replyId }, leaving.signal).then(
      ({ message }) => {
        const shown = message?.parts
          .filter((part) => part.__typename === 'ImagePart')
          .find(({ image, takes }) => [image, ...takes].some(({ id }) => id === imageId));
        if (!leaving.signal.aborted) setDecision(shown?.decision ?? undefined);
      },
      (thrown: unknown) => {
        if (!leaving.signal.aborted) console.warn('the decision cannot be read', toClientError(thrown).message);
      },
    );
    return () => leaving.abort();
  }, [client, replyId, imageId]);
  return decision;
}

interface OtherProps {
  readonly session: Session;
  readonly image: Picture;
  readonly isTaken: boolean;
  readonly measure: string;
  readonly action: string;
  readonly onTake: () => void;
}

function Other({ session, image, isTaken, measure, action, onTake }: OtherProps) {
  const { shown } = useFile(session, image, 'THUMBNAIL');
  return (
    <li aria-current={isTaken ? 'true' : undefined}>
      {shown === undefined ? <span className="others-empty" /> : <img src={shown} alt="" />}
      <span>
        {image.alt}
        <small>{isTaken ? `${measure}, taken` : measure}</small>
      </span>
      {!isTaken && (
        <button type="button" className="quiet" aria-label={`${action}: ${image.alt}`} onClick={onTake}>
          {action}
        </button>
      )}
    </li>
  );
}
