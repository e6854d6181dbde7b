// What stands where in the layout that GILL was published with: words and pictures in their order with nothing between them, and the
// begin token once, before the first text, so that a picture in front of it stands before both (as in the paper's captioning). Must
// never let a text's own characters become that token.
import type { PromptPart } from '../../core/function-contract.ts';
import { readRows, type PromptItem } from '../../functions/llm/prompt.ts';

export interface PaperLayoutOptions {
  readonly begin: readonly number[];
  readonly encodeText: (text: string) => readonly number[];
  /** H */
  readonly width: number;
  /** FROMAGe's script for VIST put the begin token before every text (docs/parity.md). */
  readonly beginsEveryText: boolean;
}

export type PaperLayout = (parts: readonly PromptPart[]) => readonly PromptItem[];

/** @returns what throws {AppError} INVALID when rows are not of the model's width */
export const createPaperLayout =
  ({ begin, encodeText, width, beginsEveryText }: PaperLayoutOptions): PaperLayout =>
  (parts) => {
    const first = parts.findIndex(({ kind }) => kind === 'text');
    return parts.flatMap((part, i): readonly PromptItem[] => {
      if (part.kind === 'image') return part.rows ? readRows(part.rows, width) : [];
      return [...(i === first || beginsEveryText ? begin : []), ...encodeText(part.text)];
    });
  };
