// The pictures that a picture was drawn again from, as a small tree: the first at the root, this one at the tip.
import { useEffect, useState } from 'react';
import { toClientError } from '../../../clients/ts/client-error.ts';
import { readLineage, type Ancestor } from '../lineage.ts';
import type { Session } from '../session.ts';

export function Lineage({ session, imageId }: { readonly session: Session; readonly imageId: string }) {
  const [line, setLine] = useState<readonly Ancestor[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    readLineage(session.client, imageId, leaving.signal).then(
      (found) => !leaving.signal.aborted && setLine(found.toReversed()),
      (thrown: unknown) => {
        if (!leaving.signal.aborted) console.warn('the lineage cannot be read', toClientError(thrown).message);
      },
    );
    return () => leaving.abort();
  }, [session, imageId]);
  if (line.length < 2) return null;
  return (
    <section className="lineage" aria-label="Where it comes from">
      <h3>Where it comes from</h3>
      <Branch line={line} />
    </section>
  );
}

function Branch({ line: [first, ...rest] }: { readonly line: readonly Ancestor[] }) {
  if (!first) return null;
  return (
    <ul>
      <li aria-current={rest.length === 0 ? 'true' : undefined}>
        <span className="lineage-item">
          {first.file && <img src={first.file.url} alt="" />}
          <span>
            {first.__typename === 'GeneratedImage' ? first.recipe.words : first.alt}
            {first.__typename === 'GeneratedImage' && <small>seed {first.recipe.seed}</small>}
          </span>
        </span>
        <Branch line={rest} />
      </li>
    </ul>
  );
}
