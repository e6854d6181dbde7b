// Where the viewer writes and adds pictures: by button, by paste, or dropped anywhere on the dialogue. Enter sends, Shift+Enter
// begins a line; words and pictures stay until the server has accepted them.
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { readyPictures, type Attachments } from '../attachments.ts';
import type { Draft } from '../draft.ts';
import type { SessionState } from '../session.ts';
import { useStore } from '../store.ts';
import type { Wish } from '../wish.ts';
import { AttachmentList } from './attachment-list.tsx';
import { icons } from './icons.tsx';
import { TakesMenu } from './takes-menu.tsx';

/** Code points, until the server has named its limit. */
const assumedMaxCodePoints = 16_000;

/** A touch keyboard would cover the page before it was read. */
const hasKeyboard = (): boolean => matchMedia('(hover: hover)').matches;

export interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly attachments: Attachments;
  readonly draft: Draft;
  readonly capabilities: SessionState['capabilities'];
  readonly isBusy: boolean;
  readonly id?: string;
  /** @returns whether it was accepted */
  readonly onSend: (wish: Wish) => Promise<boolean>;
  readonly onCancel?: () => void;
}

export function Composer(props: ComposerProps) {
  const { label, placeholder, attachments, draft, capabilities, isBusy, id, onSend, onCancel } = props;
  const { text } = useStore(draft);
  const [takes, setTakes] = useState(1);
  const { list } = useStore(attachments);
  const area = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const maxCodePoints = capabilities?.maxTextCodePoints ?? assumedMaxCodePoints;
  const length = Array.from(text).length;
  const isComplete = list.every(({ state }) => state.kind === 'ready');
  const canSend = (text.trim() !== '' || list.length > 0) && isComplete && length <= maxCodePoints && !isBusy;

  useEffect(() => {
    if (hasKeyboard()) area.current?.focus();
  }, []);
  useEffect(() => {
    const { current } = area;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);

  async function send(): Promise<void> {
    if (!canSend) return;
    draft.write('');
    if (await onSend({ text: text.trim(), pictures: readyPictures(list), takes })) {
      // what was added since goes with the next message
      for (const { key } of list) attachments.remove(key);
      setTakes((now) => (now === takes ? 1 : now)); // four pictures are four times the work: asked for each time
    } else draft.giveBack(text);
    area.current?.focus();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') onCancel?.();
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  }
  function onPaste(event: ClipboardEvent): void {
    const { files } = event.clipboardData;
    if (files.length === 0) return;
    event.preventDefault();
    attachments.addFiles(files);
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <AttachmentList
        attachments={attachments}
        capabilities={capabilities}
        onRemoved={() => {
          if (hasKeyboard()) area.current?.focus();
        }}
      />
      <input
        ref={chooser}
        type="file"
        hidden
        multiple
        accept={capabilities?.uploadTypes.join(',') ?? 'image/*'}
        aria-label="Picture files"
        onChange={(event) => {
          attachments.addFiles(Array.from(event.target.files ?? []));
          event.target.value = ''; // the same file may be chosen again
        }}
      />
      <button
        type="button"
        className="quiet round"
        aria-label="Add a picture"
        title="Add a picture: choose, paste or drop one"
        onClick={() => chooser.current?.click()}
      >
        {icons.picture}
      </button>
      <textarea
        ref={area}
        id={id}
        rows={1}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => draft.write(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      {length > maxCodePoints && (
        <span className="too-long" role="alert">
          {length} of {maxCodePoints} characters
        </span>
      )}
      <TakesMenu takes={takes} maxTakes={capabilities?.maxTakes ?? 1} onChange={setTakes} />
      {onCancel && (
        <button type="button" className="plain" onClick={onCancel}>
          Cancel
        </button>
      )}
      <button type="submit" className="send" aria-label="Send" disabled={!canSend}>
        {icons.send}
      </button>
    </form>
  );
}
