// A picture's card: what it shows, everything needed to draw it again, where it comes from, and what can be done with it.
import { useEffect, useRef, useState } from 'react';
import type { Picture, PictureDecision } from '../../../clients/ts/index.ts';
import { toClientError } from '../../../clients/ts/client-error.ts';
import type { Dialogue } from '../dialogue.ts';
import { addPicture } from '../gallery.ts';
import type { Session } from '../session.ts';
import { explainPictureShown } from '../wanted.ts';
import { icons } from './icons.tsx';
import { Lineage } from './lineage.tsx';
import { RedrawForm } from './redraw-form.tsx';
import { Replay } from './replay.tsx';

const drawnFrom = { TEXT: 'its words, by the text encoder', GILL: 'the whole dialogue, mapped' } as const;

export interface PictureCardProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly image: Picture;
  /** Why it is there, where it stands in a reply. */
  readonly decision?: PictureDecision | null | undefined;
  readonly canRedraw: boolean;
  readonly url: string | undefined;
  readonly onClose: () => void;
}

export function PictureCard({ session, dialogue, image, decision, canRedraw, url, onClose }: PictureCardProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isKept, setKept] = useState(image.__typename === 'GalleryImage');
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => dialog.current?.close();
  const drawn = image.__typename === 'GeneratedImage' ? image : undefined;

  async function download(): Promise<void> {
    try {
      const signed = await session.client.files.urlOf(image);
      if (signed === undefined) throw new Error('there is no file');
      const response = await fetch(signed);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const local = URL.createObjectURL(await response.blob());
      const extension = image.contentType?.split('/')[1] ?? 'png';
      Object.assign(document.createElement('a'), { href: local, download: `${image.id}.${extension}` }).click();
      setTimeout(() => URL.revokeObjectURL(local), 10_000);
    } catch (thrown) {
      setProblem(`The file cannot be reached: ${thrown instanceof Error ? thrown.message : 'no answer'}`);
    }
  }
  async function keep(): Promise<void> {
    try {
      await addPicture(session.client, image, drawn?.recipe.words ?? image.alt);
      setKept(true);
      session.announce('The picture is in the gallery.');
    } catch (thrown) {
      setProblem(toClientError(thrown).message);
    }
  }

  return (
    <dialog ref={dialog} className="card" aria-labelledby="card" onClose={onClose}>
      <div className="card-picture">
        {url !== undefined && <img src={url} alt="" />}
        <Lineage session={session} imageId={image.id} />
      </div>
      <div className="card-text">
        <div className="card-head">
          <h2 id="card">{image.alt}</h2>
          <button type="button" className="quiet round" aria-label="Close" autoFocus onClick={close}>
            {icons.close}
          </button>
        </div>
        {drawn && canRedraw && (
          <RedrawForm
            words={drawn.recipe.words}
            onRedraw={(change) => {
              close();
              void dialogue.redraw(drawn.id, change);
            }}
          />
        )}
        <dl>
          {[...rowsOf(image, canRedraw), ['Why', explainPictureShown(decision)] as const].map(
            ([name, value]) =>
              value !== null && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
        {drawn?.status === 'COMPLETED' && <Replay session={session} image={drawn} />}
        {problem !== undefined && <p role="alert">{problem}</p>}
        <div className="row">
          {url !== undefined && (
            <>
              <button type="button" className="plain" onClick={() => void download()}>
                {icons.download}
                <span>Download</span>
              </button>
              <button
                type="button"
                className="plain"
                onClick={() => {
                  dialogue.attachments.addPicture(image);
                  close();
                  if (session.state.get().view === 'gallery') session.open(dialogue.get().conversationId);
                }}
              >
                {icons.plus}
                <span>Use in a message</span>
              </button>
              <button type="button" className="plain" disabled={isKept} onClick={() => void keep()}>
                {icons.gallery}
                <span>{isKept ? 'In the gallery' : 'Keep in the gallery'}</span>
              </button>
            </>
          )}
        </div>
      </div>
    </dialog>
  );
}

function rowsOf(image: Picture, hasWish: boolean): readonly (readonly [string, string | null])[] {
  const { width, height, byteSize, contentType, createdAt } = image;
  const file: readonly (readonly [string, string | null])[] = [
    ['Size', width === null || height === null ? null : `${width} × ${height} pixels`],
    ['File', byteSize === null ? null : `${contentType ?? 'file'}, ${(byteSize / 1000).toFixed(1)} kB`],
  ];
  const date = new Date(createdAt).toLocaleString();
  switch (image.__typename) {
    case 'GeneratedImage': {
      const { model, conditioning, words, seed, sampler, steps, guidance, strength, executionProvider } = image.recipe;
      return [
        ['Words', hasWish ? null : words],
        ['Seed', seed],
        ['Model', model],
        ['Drawn from', drawnFrom[conditioning]],
        ['Kept of the one before', strength === null ? null : `strength ${strength}`],
        ['Sampler', `${sampler}, ${steps} steps, guidance ${guidance}`],
        ['Computed on', executionProvider],
        ...file,
        ['Credentials', image.provenance.manifestDigest === null ? null : 'C2PA manifest, inside the file'],
        ['Asked for', date],
      ];
    }
    case 'UploadedImage':
      return [['Your file', image.fileName], ...file, ['Sent', date]];
    case 'GalleryImage':
      return [
        ['Made by', image.creator],
        ['Licence', image.licence],
        ['From', image.sourcePage],
        ...file,
        ['Added', date],
      ];
  }
}
