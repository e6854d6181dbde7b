// Small sets in the forms of the published ones, for tests that run the evaluation, and running it.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EvaluationRecord } from '../../evaluation/harness/records.ts';
import { writePicture } from '../../evaluation/pictures/picture.ts';
import { formulaPicture } from './formula.ts';

export const evaluate = (argv: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, ['evaluation/run.ts', ...argv], { encoding: 'utf8' });

export const readRecords = async (folder: string): Promise<EvaluationRecord[]> =>
  (await readFile(path.join(folder, 'records.jsonl'), 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as EvaluationRecord);

const sentences = ['a red cat in the city', 'it met a dog', 'night came', 'it rained', 'it became blue'];

/** Three stories, of which the last lacks its last picture, as many of the published ones do. */
export async function writeStories(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'images'), { recursive: true });
  const annotations: unknown[] = [];
  for (const story of ['11', '12', '13']) {
    for (const [i, text] of sentences.entries()) {
      annotations.push([{ story_id: story, photo_flickr_id: `${story}-${i}`, text: `${text} ${story}` }]);
      if (story !== '13' || i < 4)
        await writePicture(path.join(folder, 'images', `${story}-${i}.png`), formulaPicture(Number(story) + i, 96));
    }
  }
  const file = { images: [], albums: [], annotations };
  await writeFile(path.join(folder, 'val.story-in-sequence.json'), JSON.stringify(file));
  // places alone, with words for them
  const fields = [{ field: 'place', slot: null, classes: 2, names: [['city', 'in town'], ['meadow']] }];
  const labels = { '11-4': [0], '12-4': [1] };
  await writeFile(path.join(folder, 'labels.json'), JSON.stringify({ fields, labels }));
}

/** Two dialogues of ten rounds. */
export async function writeDialogues(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'images'), { recursive: true });
  const questions = ['what is there', 'is it night', 'is it red'];
  const answers = ['a cat', 'no', 'yes it is', 'a boat'];
  const dialogs = [1, 2].map((id) => ({
    image_id: id,
    caption: 'a cat',
    dialog: Array.from({ length: 10 }, (_, i) => ({ question: i % 3, answer: (i + id) % 4 })),
  }));
  const file = { version: '1.0', split: 'val', data: { questions, answers, dialogs } };
  await writeFile(path.join(folder, 'visdial_1.0_val.json'), JSON.stringify(file));
  for (const { image_id: id } of dialogs) {
    const name = `VisualDialog_val2018_${String(id).padStart(12, '0')}.png`;
    await writePicture(path.join(folder, 'images', name), formulaPicture(id, 96));
  }
}
