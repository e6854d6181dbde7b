// Several pictures drawn for one wish, side by side, the one that the model finds fitting best marked. The viewer chooses one: it
// is shown large, the others beside it. All of them stay.
import { useState } from 'react';
import { isTerminal, type DrawnPicture, type LiveReply, type PictureDecision } from '../../../clients/ts/index.ts';
import { chosenTakes } from '../chosen-takes.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { Plate } from './plate.tsx';

export interface TakesProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly reply: LiveReply;
  /** In the order of their seeds, at least two. */
  readonly takes: readonly DrawnPicture[];
  readonly decision: PictureDecision | null;
}

export function Takes({ session, dialogue, reply, takes, decision }: TakesProps) {
  const first = takes[0]!.id;
  const [chosen, setChosen] = useState(() => chosenTakes.get(reply.conversationId, first));
  const choose = (take: DrawnPicture, place: number): void => {
    const next = take.id === chosen ? undefined : take.id;
    setChosen(next);
    chosenTakes.add(reply.conversationId, { [first]: next ?? '' });
    if (chosen !== undefined) dialogue.attachments.removePicture(chosen);
    // the next message goes on from the best one, unless another one goes with it
    const goesAlong = next !== undefined && session.state.get().capabilities?.readsImages === true;
    if (goesAlong) dialogue.attachments.addPicture(take);
    const along = goesAlong ? ' It goes with your next message.' : '';
    session.announce(next === undefined ? 'No take is chosen.' : `Take ${place} was chosen.${along}`);
  };
  const best = fitsBest(takes);
  const isChosen = takes.some(({ id }) => id === chosen);
  return (
    <ul className="takes" aria-label={`${takes.length} takes`} data-count={takes.length} data-chosen={isChosen}>
      {takes.map((take, index) => (
        <li key={take.id} data-chosen={take.id === chosen}>
          <Plate session={session} dialogue={dialogue} reply={reply} image={take} decision={decision} isNarrow>
            {take.id === best && (
              <span className="fits-best" title="Of these it fits best what the model asked for">
                fits best
              </span>
            )}
            <button
              type="button"
              className="quiet"
              aria-pressed={take.id === chosen}
              aria-label={`${take.id === chosen ? 'Chosen' : 'Choose'}: take ${index + 1}`}
              onClick={() => choose(take, index + 1)}
            >
              {take.id === chosen ? 'Chosen' : 'Choose'}
            </button>
          </Plate>
        </li>
      ))}
    </ul>
  );
}

/** Undefined until all have ended, and where fewer than two were compared. */
function fitsBest(takes: readonly DrawnPicture[]): string | undefined {
  const compared = takes.flatMap(({ id, score }) => (score === null ? [] : [{ id, score }]));
  if (compared.length < 2 || takes.some(({ status }) => !isTerminal(status))) return undefined;
  return compared.reduce((most, take) => (take.score > most.score ? take : most)).id;
}
