// The pictures that a picture was drawn from, and what was drawn from them, as a small tree; this one is marked, each other one
// leads to its card.
import { useEffect, useState } from 'react';
import { toClientError } from '../../../clients/ts/client-error.ts';
import { readLineage, type Kin } from '../lineage.ts';
import type { Session } from '../session.ts';

export interface LineageProps {
  readonly session: Session;
  readonly imageId: string;
  readonly conversationId: string | undefined;
  readonly onOpen: (imageId: string) => void;
}

export function Lineage({ session, imageId, conversationId, onOpen }: LineageProps) {
  const [tree, setTree] = useState<Kin>();
  useEffect(() => {
    const leaving = new AbortController();
    setTree(undefined);
    readLineage(session.client, imageId, conversationId, leaving.signal).then(
      (found) => !leaving.signal.aborted && setTree(found),
      (thrown: unknown) => {
        if (!leaving.signal.aborted) console.warn('the lineage cannot be read', toClientError(thrown).message);
      },
    );
    return () => leaving.abort();
  }, [session, imageId, conversationId]);
  if (!tree) return null;
  return (
    <section className="lineage" aria-label="Where it comes from">
      <h3>Where it comes from</h3>
      <ul>
        <Branch kin={tree} imageId={imageId} onOpen={onOpen} />
      </ul>
    </section>
  );
}

interface BranchProps extends Pick<LineageProps, 'imageId' | 'onOpen'> {
  readonly kin: Kin;
}

function Branch({ kin: { picture, children }, imageId, onOpen }: BranchProps) {
  const isCurrent = picture.id === imageId;
  const recipe = picture.__typename === 'GeneratedImage' ? picture.recipe : undefined;
  const words = recipe?.words ?? picture.alt;
  const shown = (
    <>
      {picture.file && <img src={picture.file.url} alt="" />}
      <span>
        {words}
        {recipe && (
          <small>
            {recipe.strength !== null && `strength ${recipe.strength}, `}seed {recipe.seed}
          </small>
        )}
      </span>
    </>
  );
  return (
    <li aria-current={isCurrent ? 'true' : undefined}>
      {isCurrent ? (
        <span className="lineage-item">{shown}</span>
      ) : (
        <button type="button" className="lineage-item" onClick={() => onOpen(picture.id)}>
          {shown}
        </button>
      )}
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.picture.id} kin={child} imageId={imageId} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </li>
  );
}
