// PartiPrompts: draw or find. The package's decision for each prompt beside those that always say the same, against what people
// voted. Must never learn from the file: the published split is kept, and its training part is left alone.
import { AppError } from '../../core/app-error.ts';
import { chooseConditions } from '../harness/choose-conditions.ts';
import { identify } from '../harness/identify.ts';
import type { Condition, Contrast, Task } from '../harness/task.ts';
import { f1Metrics, f1Values } from '../metrics/macro-f1.ts';
import { noiseSeed } from '../model/draw.ts';
import { openSpeak, type Speak, type Spoken } from '../model/speak.ts';
import { timed } from '../model/stopwatch.ts';
import { readText } from '../sets/parse-data.ts';
import { parsePartiVotes, splitParti, type LabelledPrompt } from '../sets/parti-votes.ts';
import type { SetOptions } from './picture-task.ts';

type Label = LabelledPrompt['label'];
export const labels: readonly Label[] = ['gen', 'ret'];

const all = [
  { name: 'decision', description: 'the package’s decision head, behind a reply to the prompt alone' },
  { name: 'always-gen', description: 'draw, whatever is asked' },
  { name: 'always-ret', description: 'find, whatever is asked' },
] as const satisfies readonly Condition[];

const contrasts: readonly Contrast[] = [
  { a: 'decision', b: 'always-gen', question: 'Is deciding better than always drawing?' },
  { a: 'decision', b: 'always-ret', question: 'Than always finding?' },
];

/** @param options `dataFolder` is the file itself @throws {AppError} INVALID naming what is wrong with it */
export async function openParti({ modelFolder, dataFolder: file, only, precision }: SetOptions): Promise<Task> {
  const { counts, training, test } = splitParti(parsePartiVotes(await readText(file), file));
  if (test.length === 0) throw new AppError('INVALID', `${file} leaves no prompt to test on`);
  const { model, settings } = await identify(modelFolder, file, precision);
  const { conditions, ...chosen } = chooseConditions<(typeof all)[number]>(all, contrasts, only, ({ name }) =>
    name === 'decision' && model.manifest.gill?.choices === undefined ? 'decision head' : undefined,
  );

  await using stack = new AsyncDisposableStack();
  let speak: Speak | undefined;
  const owned = stack.move();
  return {
    name: 'PartiPrompts: draw or find',
    settings: {
      ...settings,
      'labels by votes': `${counts.gen} gen, ${counts.ret} ret, ${counts.same} same (left out)`,
      'left for training': training.length,
      ...chosen.settings,
    },
    items: test.map((_, i) => `${training.length + i + 1}`),
    conditions,
    metrics: f1Metrics(labels, 'against the label that people’s votes give; macro: the mean of both'),
    contrasts: chosen.contrasts,
    seeded: true,
    prepare: async (name) => {
      if (name === 'decision') speak ??= owned.use(await openSpeak(model, { keeps: 'prefix', precision })).speak;
    },
    measure: async ({ index, condition, seed }, signal) => {
      const { prompt, label } = test[index]!;
      const constant = condition === 'decision' ? undefined : labels[condition === 'always-gen' ? 0 : 1]!;
      if (constant) return { values: f1Values(label, constant, labels) };
      return timed(async () => {
        const turn = { role: 'user', parts: [{ kind: 'text', text: prompt }] } as const;
        const spoken = await speak!([turn], 'ALWAYS', noiseSeed(index, seed), signal);
        const speed = spoken.firstTokenMs === undefined ? {} : { firstTokenMs: spoken.firstTokenMs };
        return { values: f1Values(label, decided(spoken), labels), said: spoken.text, speed };
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The larger probability is the model's choice, as on the server. */
function decided({ image }: Spoken): Label {
  if (!image?.decision) throw new AppError('MODEL_UNAVAILABLE', 'the language function decided nothing');
  return image.decision.findProbability > image.decision.drawProbability ? 'ret' : 'gen';
}
