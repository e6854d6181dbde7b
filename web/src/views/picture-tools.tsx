// What can be done with a picture as it is: take the file, send it along, keep it, look for another one.
import { useState } from 'react';
import { toClientError } from '../../../clients/ts/client-error.ts';
import type { Picture } from '../../../clients/ts/index.ts';
import { addPicture } from '../gallery.ts';
import type { Session } from '../session.ts';
import { icons } from './icons.tsx';

export interface PictureToolsProps {
  readonly session: Session;
  readonly image: Picture;
  readonly hasFile: boolean;
  readonly onUse: () => void;
  /** Undefined where nothing can be found in its place. */
  readonly onFind: (() => void) | undefined;
  readonly onProblem: (problem: string) => void;
}

export function PictureTools({ session, image, hasFile, onUse, onFind, onProblem }: PictureToolsProps) {
  const [isKept, setKept] = useState(image.__typename === 'GalleryImage');

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
      onProblem(`The file cannot be reached: ${thrown instanceof Error ? thrown.message : 'no answer'}`);
    }
  }
  async function keep(): Promise<void> {
    try {
      const title = image.__typename === 'GeneratedImage' ? image.recipe.words : image.alt;
      await addPicture(session.client, image, title);
      setKept(true);
      session.announce('The picture is in the gallery.');
    } catch (thrown) {
      onProblem(toClientError(thrown).message);
    }
  }

  return (
    <div className="row">
      {hasFile && (
        <>
          <button type="button" className="plain" onClick={() => void download()}>
            {icons.download}
            <span>Download</span>
          </button>
          <button type="button" className="plain" onClick={onUse}>
            {icons.plus}
            <span>Use in a message</span>
          </button>
          <button type="button" className="plain" disabled={isKept} onClick={() => void keep()}>
            {icons.gallery}
            <span>{isKept ? 'In the gallery' : 'Keep in the gallery'}</span>
          </button>
        </>
      )}
      {onFind && (
        <button type="button" className="plain" onClick={onFind}>
          {icons.find}
          <span>Find one instead</span>
        </button>
      )}
    </div>
  );
}
