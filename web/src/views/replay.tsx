// Repeats a picture's recipe and shows both side by side: whoever does not believe the recipe can see.
import { useEffect, useRef, useState } from 'react';
import type { DrawnPicture } from '../../../clients/ts/index.ts';
import { toClientError } from '../../../clients/ts/client-error.ts';
import type { Session } from '../session.ts';
import { useFile } from './use-picture.ts';

const verdicts = {
  EXACT: 'The same picture, to the last bit of every pixel.',
  NEAR: 'The same to the eye: pixels differ by so little that nobody can see it.',
  DIFFERENT: 'Another picture: the model or the machine is not the one it was drawn with.',
} as const;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'drawing' }
  | { readonly kind: 'done'; readonly picture: DrawnPicture }
  | { readonly kind: 'failed'; readonly problem: string };

export function Replay({ session, image }: { readonly session: Session; readonly image: DrawnPicture }) {
  const [state, setState] = useState<State>({ kind: 'idle' });
  const leaving = useRef(new AbortController());
  useEffect(() => {
    const controller = (leaving.current = new AbortController());
    return () => controller.abort();
  }, []);

  async function replay(): Promise<void> {
    const { signal } = leaving.current;
    setState({ kind: 'drawing' });
    try {
      const picture = await session.client.replay(image.id, signal);
      if (signal.aborted) return;
      if (picture.sameness === null) throw new Error(picture.failure?.message ?? 'the replay was stopped');
      setState({ kind: 'done', picture });
    } catch (thrown) {
      if (!signal.aborted) setState({ kind: 'failed', problem: toClientError(thrown).message });
    }
  }

  return (
    <div className="replay">
      {state.kind === 'done' && <Verdict session={session} before={image} after={state.picture} />}
      {state.kind === 'failed' && <p role="alert">{state.problem}</p>}
      {state.kind !== 'done' && (
        <button type="button" className="plain" disabled={state.kind === 'drawing'} onClick={() => void replay()}>
          {state.kind === 'drawing' ? 'Repeating the recipe …' : 'Repeat the recipe'}
        </button>
      )}
    </div>
  );
}

interface VerdictProps {
  readonly session: Session;
  readonly before: DrawnPicture;
  readonly after: DrawnPicture;
}

function Verdict({ session, before, after }: VerdictProps) {
  const left = useFile(session, before, 'THUMBNAIL');
  const right = useFile(session, after, 'THUMBNAIL');
  return (
    <>
      <span className="pair">
        <img src={left.shown} alt="The picture" />
        <img src={right.shown} alt="Its repetition" />
      </span>
      <p role="status" data-sameness={after.sameness}>
        {after.sameness !== null && verdicts[after.sameness]}
      </p>
    </>
  );
}
