// A question that must be answered before anything is lost. The browser's own modal dialog keeps the focus and hears Escape.
import { useEffect, useRef, useState } from 'react';
import { toClientError } from '../../../clients/ts/client-error.ts';

export interface QuestionProps {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly onAnswer: (isYes: boolean) => Promise<void>;
}

export function Question({ title, text, yes, onAnswer }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => dialog.current?.showModal(), []);

  async function answer(isYes: boolean): Promise<void> {
    try {
      await onAnswer(isYes);
    } catch (thrown) {
      setProblem(toClientError(thrown).message);
    }
  }

  return (
    <dialog ref={dialog} className="question" aria-labelledby="question" onClose={() => void answer(false)}>
      <h2 id="question">{title}</h2>
      <p>{text}</p>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <div className="row end">
        <button type="button" className="plain" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button type="button" className="danger" onClick={() => void answer(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
