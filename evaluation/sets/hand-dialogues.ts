// Dialogues written by hand, each with a number that its last turn asks for: which picture is meant (training/turns-pointer.txt), or how
// many are wanted (training/turns-several.txt). Must never be used to choose anything: they are frozen, and only ever measured.
import { AppError } from '../../core/app-error.ts';
import type { PromptTurn } from '../../core/function-contract.ts';

export interface HandDialogue {
  readonly number: number;
  /** Pictures that go before the last turn. */
  readonly pictures: number;
  readonly turns: readonly PromptTurn[];
  /** As the file has it. */
  readonly line: string;
}

const form = /^(?<number>\d+)\t(?<before>(?:\[[^\]]*\] |\([^)]*\) )*)(?<said>.+)$/;

/**
 * One a line: the number, a tab, [requests answered with a picture] and (turns answered without one), the last turn.
 * @param name what the errors call the text @throws {AppError} INVALID naming the line
 */
export function parseHandDialogues(text: string, name: string): readonly HandDialogue[] {
  const dialogues = text.split('\n').flatMap((line, i): readonly HandDialogue[] => {
    if (line === '' || line.startsWith('#')) return [];
    const { number, before, said } = form.exec(line)?.groups ?? {};
    if (number === undefined || before === undefined || said === undefined)
      throw new AppError(
        'INVALID',
        `${name}: line ${i + 1} is not a number, a tab, [pictured] and (other) turns, and a last one`,
      );
    const earlier = [...before.matchAll(/\[(?<pictured>[^\]]*)\]|\((?<chatted>[^)]*)\)/g)].map(({ groups }) => groups!);
    const turns = earlier.flatMap(
      ({ pictured, chatted }) =>
      pictured === undefined ? [user(chatted!), assistant('That sounds nice.')] : [user(pictured), assistant('Here it is.', true)], // prettier-ignore
    );
    const pictures = earlier.filter(({ pictured }) => pictured !== undefined).length;
    return [{ number: Number(number), pictures, turns: [...turns, user(said)], line: line.replace('\t', ': ') }];
  });
  if (dialogues.length === 0) throw new AppError('INVALID', `${name} holds no dialogue`);
  return dialogues;
}

export const user = (text: string): PromptTurn => ({ role: 'user', parts: [{ kind: 'text', text }] });
export const assistant = (text: string, isPictured = false): PromptTurn => ({
  role: 'assistant',
  parts: [{ kind: 'text', text }, ...(isPictured ? [{ kind: 'image' as const, produced: true }] : [])],
});
