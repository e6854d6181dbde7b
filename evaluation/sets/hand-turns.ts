// Turns written by hand, each saying whether it wants a picture (training/turns-gate.txt). Must never be used to choose anything:
// they are frozen, and only ever measured.
import { AppError } from '../../core/app-error.ts';
import type { PromptTurn } from '../../core/function-contract.ts';
import { assistant, user } from './hand-dialogues.ts';

export interface HandTurn {
  /** The last turn's words. */
  readonly said: string;
  readonly wanted: boolean;
  /** What goes before: nothing, a request that was answered with a picture, or a turn that was answered in words. */
  readonly behind: 'nothing' | 'picture' | 'words';
  readonly turns: readonly PromptTurn[];
}

/** One a line: `yes` or `no`, a tab, the turn; before it [a request answered with a picture] or (a turn answered without one). */
const form = /^(?<label>yes|no)\t(?:\[(?<pictured>.*?)\] |\((?<chatted>.*?)\) )?(?<said>.+)$/;

/** @param name what the errors call the text @throws {AppError} INVALID naming the line */
export function parseHandTurns(text: string, name: string): readonly HandTurn[] {
  const turns = text.split('\n').flatMap((line, i): readonly HandTurn[] => {
    if (line === '' || line.startsWith('#')) return [];
    const { label, pictured, chatted, said } = form.exec(line)?.groups ?? {};
    if (said === undefined)
      throw new AppError('INVALID', `${name}: line ${i + 1} is not "yes" or "no", a tab and a turn`);
    const turn = { said, wanted: label === 'yes' };
    if (pictured !== undefined)
      return [{ ...turn, behind: 'picture', turns: [user(pictured), assistant('Here it is.', true), user(said)] }];
    if (chatted !== undefined)
      return [{ ...turn, behind: 'words', turns: [user(chatted), assistant('That sounds nice.'), user(said)] }];
    return [{ ...turn, behind: 'nothing', turns: [user(said)] }];
  });
  if (turns.length === 0) throw new AppError('INVALID', `${name} holds no turn`);
  return turns;
}
