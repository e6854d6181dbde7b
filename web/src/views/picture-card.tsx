// A picture's card: what it shows, and everything needed to draw it again.
import { useEffect, useRef, useState } from 'react';
import type { DrawnPicture } from '../../../clients/ts/index.ts';
import type { Session } from '../session.ts';
import { icons } from './icons.tsx';

const drawnFrom = { TEXT: 'the words of your message', GILL: 'the whole dialogue' } as const;

export interface PictureCardProps {
  readonly session: Session;
  readonly image: DrawnPicture;
  readonly url: string | undefined;
  readonly onClose: () => void;
}

export function PictureCard({ session, image, url, onClose }: PictureCardProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => dialog.current?.showModal(), []);
  const { recipe } = image;

  async function download(): Promise<void> {
    try {
      const signed = await session.client.files.urlOf(image);
      if (signed === undefined) throw new Error('there is no file');
      const response = await fetch(signed);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const local = URL.createObjectURL(await response.blob());
      Object.assign(document.createElement('a'), { href: local, download: `${image.id}.png` }).click();
      setTimeout(() => URL.revokeObjectURL(local), 10_000);
    } catch (thrown) {
      setProblem(`The file cannot be reached: ${thrown instanceof Error ? thrown.message : 'no answer'}`);
    }
  }
  async function copyRecipe(): Promise<void> {
    await navigator.clipboard.writeText(JSON.stringify(recipe, null, 2));
    session.announce('The recipe was copied.');
  }

  const rows: readonly (readonly [string, string | null])[] = [
    ['Seed', recipe.seed],
    ['Model', recipe.model],
    ['Drawn from', drawnFrom[recipe.conditioning]],
    ['Sampler', `${recipe.sampler}, ${recipe.steps} steps, guidance ${recipe.guidance}`],
    ['Size', `${image.width ?? recipe.width} × ${image.height ?? recipe.height} pixels`],
    ['Computed on', recipe.executionProvider],
    [
      'File',
      image.byteSize === null ? null : `${image.contentType ?? 'file'}, ${(image.byteSize / 1000).toFixed(1)} kB`,
    ],
    ['Asked for', new Date(image.createdAt).toLocaleString()],
  ];
  return (
    <dialog ref={dialog} className="card" aria-labelledby="card" onClose={onClose}>
      <div className="card-picture">{url !== undefined && <img src={url} alt="" />}</div>
      <div className="card-text">
        <h2 id="card">{image.alt}</h2>
        <dl>
          {rows.map(
            ([name, value]) =>
              value !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
        {problem !== undefined && <p role="alert">{problem}</p>}
        <div className="row">
          {url !== undefined && (
            <button type="button" className="plain" onClick={() => void download()}>
              {icons.download}
              <span>Download</span>
            </button>
          )}
          <button type="button" className="plain" onClick={() => void copyRecipe()}>
            Copy recipe
          </button>
          <button type="button" className="plain" autoFocus onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
      </div>
    </dialog>
  );
}
