// What is known of a picture, line by line: of a drawn one everything needed to draw it again, of a found one whose it is.
import type { ReactNode } from 'react';
import type { Picture, PictureDecision } from '../../../clients/ts/index.ts';
import { explainChoice, explainPictureShown } from '../wanted.ts';

const drawnFrom = { TEXT: 'its words, by the text encoder', GILL: 'the whole dialogue, mapped' } as const;

type Row = readonly [string, ReactNode];

export interface PictureFactsProps {
  readonly image: Picture;
  readonly decision: PictureDecision | null | undefined;
  /** Its words stand elsewhere, to be changed. */
  readonly hasWish: boolean;
}

export function PictureFacts({ image, decision, hasWish }: PictureFactsProps) {
  const rows: readonly Row[] = [
    ['Why', explainPictureShown(decision)],
    ...explainChoice(decision),
    ...rowsOf(image, hasWish),
  ];
  return (
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
  );
}

function rowsOf(image: Picture, hasWish: boolean): readonly Row[] {
  const { width, height, byteSize, contentType, createdAt } = image;
  const file: readonly Row[] = [
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
        ['Title', image.title],
        ['Made by', image.creator],
        ['Licence', image.licence],
        ['Source', image.sourcePage === null ? null : <SourcePage url={image.sourcePage} />],
        ['What it is', image.provenance.origin],
        ...file,
        ['Added', date],
      ];
  }
}

/** A link where it can be one: the server takes http and https alone, and so does this. */
function SourcePage({ url }: { readonly url: string }) {
  if (!/^https?:\/\//.test(url)) return url;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {url}
    </a>
  );
}
