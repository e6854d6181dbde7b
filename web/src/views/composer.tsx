// Where the viewer writes. Enter sends, Shift+Enter begins a line; words stay until the server has accepted them.
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { icons } from './icons.tsx';

export interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly maxCodePoints: number;
  readonly isBusy: boolean;
  readonly start?: string;
  readonly id?: string;
  /** @returns whether it was accepted */
  readonly onSend: (text: string) => Promise<boolean>;
  readonly onCancel?: () => void;
}

export function Composer(props: ComposerProps) {
  const { label, placeholder, maxCodePoints, isBusy, start = '', id, onSend, onCancel } = props;
  const [text, setText] = useState(start);
  const area = useRef<HTMLTextAreaElement>(null);
  const length = Array.from(text).length;
  const canSend = text.trim() !== '' && length <= maxCodePoints && !isBusy;

  useEffect(() => {
    // a touch keyboard would cover the page before it was read
    if (matchMedia('(hover: hover)').matches) area.current?.focus();
  }, []);
  useEffect(() => {
    const { current } = area;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);

  async function send(): Promise<void> {
    if (!canSend) return;
    setText('');
    if (!(await onSend(text.trim()))) setText(text);
    area.current?.focus();
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') onCancel?.();
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        ref={area}
        id={id}
        rows={1}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {length > maxCodePoints && (
        <span className="too-long" role="alert">
          {length} of {maxCodePoints} characters
        </span>
      )}
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
