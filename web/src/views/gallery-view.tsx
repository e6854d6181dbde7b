// The gallery: pictures that are kept to be found again. Add by button or drop, search by title, remove, use in a story.
import { useEffect, useRef, useState } from 'react';
import { createGallery, type Gallery, type KeptPicture } from '../gallery.ts';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';
import { PictureCard } from './picture-card.tsx';
import { Question } from './question.tsx';
import { useFile } from './use-picture.ts';

export function GalleryView({ session }: { readonly session: Session }) {
  const [gallery, setGallery] = useState<Gallery>();
  useEffect(() => {
    const made = createGallery(session.client);
    setGallery(made);
    void made.search('');
    return () => made[Symbol.dispose]();
  }, [session]);
  return gallery ? <Opened session={session} gallery={gallery} /> : null;
}

function Opened({ session, gallery }: { readonly session: Session; readonly gallery: Gallery }) {
  const { items, next, phase, adding, problem } = useStore(gallery);
  const { capabilities } = useStore(session.state);
  const [search, setSearch] = useState('');
  const [removing, setRemoving] = useState<KeptPicture>();
  const chooser = useRef<HTMLInputElement>(null);
  const found = useRef<HTMLUListElement>(null);
  const addFiles = (files: Iterable<File>): void => {
    for (const file of files) void gallery.addFile(file);
  };
  return (
    <div
      className="gallery"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        addFiles(event.dataTransfer.files);
      }}
    >
      <div className="gallery-head">
        <input
          className="search"
          type="search"
          placeholder="Search titles"
          aria-label="Search the gallery by title"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            void gallery.search(event.target.value);
          }}
        />
        <input
          ref={chooser}
          type="file"
          hidden
          multiple
          accept={capabilities?.uploadTypes.join(',') ?? 'image/*'}
          aria-label="Picture files for the gallery"
          onChange={(event) => {
            addFiles(Array.from(event.target.files ?? []));
            event.target.value = '';
          }}
        />
        <button type="button" className="plain" onClick={() => chooser.current?.click()}>
          {icons.plus}
          <span>Add pictures</span>
        </button>
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {adding.length > 0 && (
        <p className="note" role="status">
          On the way in: {adding.join(', ')} …
        </p>
      )}
      <ul className="kept" aria-label="Pictures of the gallery" tabIndex={-1} ref={found}>
        {items.map((item) => (
          <Kept key={item.id} session={session} image={item} onRemove={removerOf(item, setRemoving)} />
        ))}
      </ul>
      {phase === 'loading' && <p className="note centred">Opening the gallery …</p>}
      {phase === 'ready' && items.length === 0 && adding.length === 0 && (
        <div className="empty">
          <span className="empty-icon">{icons.gallery}</span>
          <h2>{search.trim() === '' ? 'Nothing is kept yet' : `No title holds “${search.trim()}”`}</h2>
          <p className="lead">
            {search.trim() === ''
              ? 'Keep a picture from its card, or drop files here. What is kept stays when its story is deleted.'
              : 'Every word must be part of the title.'}
          </p>
        </div>
      )}
      {next !== undefined && (
        <button type="button" className="link centred" onClick={() => void gallery.loadMore()}>
          More
        </button>
      )}
      {removing && (
        <Question
          title={`Remove “${removing.title}”?`}
          text="Messages that show it still do."
          yes="Remove"
          onAnswer={async (isYes) => {
            if (isYes) await gallery.remove(removing.id);
            if (isYes) session.announce('The picture was removed from the gallery.');
            setRemoving(undefined);
            if (isYes) found.current?.focus();
          }}
        />
      )}
    </div>
  );
}

interface KeptProps {
  readonly session: Session;
  readonly image: KeptPicture;
  /** Undefined where it came with the model and stays. */
  readonly onRemove: (() => void) | undefined;
}

const removerOf = (image: KeptPicture, remove: (image: KeptPicture) => void): (() => void) | undefined =>
  image.provenance.kind === 'BUNDLED' ? undefined : () => remove(image);

function Kept({ session, image, onRemove }: KeptProps) {
  const [isCardOpen, setCardOpen] = useState(false);
  const { dialogue } = useStore(session.state);
  const { shown } = useFile(session, image, 'THUMBNAIL');
  return (
    <li className="kept-item">
      <button
        type="button"
        className="kept-picture"
        aria-label={`About this picture: ${image.title}`}
        onClick={() => setCardOpen(true)}
      >
        {shown !== undefined && <img src={shown} alt={image.title} />}
      </button>
      <span className="kept-title">
        {image.title}
        {image.creator !== null && <small>{image.creator}</small>}
      </span>
      {onRemove && (
        <button type="button" className="quiet round" aria-label={`Remove ${image.title}`} onClick={onRemove}>
          {icons.bin}
        </button>
      )}
      {isCardOpen && (
        <PictureCard session={session} dialogue={dialogue} image={image} onClose={() => setCardOpen(false)} />
      )}
    </li>
  );
}
