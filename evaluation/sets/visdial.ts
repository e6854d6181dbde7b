// Reads VisDial v1.0 files as they are published: texts in two lists, dialogues of ten rounds that point into them. Must
// never add what the file lacks: candidate answers and their relevance are no part of drawing a picture.
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { parseData, readText } from './parse-data.ts';

/** Texts as the file has them: lower case, the question without its mark. */
export interface Round {
  readonly question: string;
  readonly answer: string;
}

export interface Dialog {
  readonly imageId: number;
  /** What the two people of the data set were given to talk about. Never part of a prompt. */
  readonly caption: string;
  readonly rounds: readonly Round[];
}

export const roundsPerDialog = 10;

const index = z.int().nonnegative();
const file = z.looseObject({
  version: z.literal('1.0'),
  data: z.looseObject({
    questions: z.array(z.string()),
    answers: z.array(z.string()),
    dialogs: z.array(
      z.looseObject({
        image_id: index,
        caption: z.string(),
        dialog: z.array(z.looseObject({ question: index, answer: index })),
      }),
    ),
  }),
});

/** @throws {AppError} INVALID naming the file and the first thing in it that is not VisDial's form */
export async function readVisDial(path: string): Promise<readonly Dialog[]> {
  return parseVisDial(await readText(path), path);
}

/** @param name what the errors call it */
export function parseVisDial(text: string, name: string): readonly Dialog[] {
  const { questions, answers, dialogs } = parseData(file, text, name).data;
  return dialogs.map(({ image_id: imageId, caption, dialog }) => {
    if (dialog.length !== roundsPerDialog) {
      throw new AppError(
        'INVALID',
        `${name}: the dialogue of image ${imageId} has ${dialog.length} rounds, not ${roundsPerDialog}`,
      );
    }
    const rounds = dialog.map((round) => {
      const [question, answer] = [questions[round.question], answers[round.answer]];
      if (question === undefined || answer === undefined) {
        throw new AppError(
          'INVALID',
          `${name}: image ${imageId} points to question ${round.question} and answer ${round.answer}, ` +
            `but there are ${questions.length} and ${answers.length}`,
        );
      }
      return { question, answer };
    });
    return { imageId, caption, rounds };
  });
}

/** The name of a picture in the published folders of the validation images, without its ending. */
export const visDialImageName = (imageId: number): string =>
  `VisualDialog_val2018_${String(imageId).padStart(12, '0')}`;
