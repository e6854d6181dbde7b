// Dialogues as training lays them out, recorded by test/golden/record-gill.py, in the shape that the language function is
// given.
import type { PromptTurn } from '../../core/function-contract.ts';

export interface RecordedTurn {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** Pictures behind the text. */
  readonly pictures?: number;
}

export interface RecordedDialogue {
  readonly turns: readonly RecordedTurn[];
  /** Without the prefix; from `vocabulary` on they are `[IMG0]` and those behind it. Ends with the last picture. */
  readonly ids: readonly number[];
  /** Of the last id of each reply's opening. */
  readonly openings: readonly number[];
  /** Of each `[IMG0]`. */
  readonly pictures: readonly number[];
  /** Of the first id of the message that each of them answers. */
  readonly asked: readonly number[];
}

export interface RecordedDialogues {
  readonly prefix: readonly number[];
  readonly dialogues: readonly RecordedDialogue[];
}

export const vocabulary = 49152;

export const toTurn = ({ role, text, pictures = 0 }: RecordedTurn): PromptTurn => ({
  role,
  parts: [
    { kind: 'text', text },
    ...Array.from({ length: pictures }, () => ({ kind: 'image' as const, produced: true })),
  ],
});
