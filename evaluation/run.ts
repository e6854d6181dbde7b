// `npm run eval -- <task> …`: measures a model package on a set and writes a report. Must never print a figure that its
// own records do not hold.
import path from 'node:path';
import { AppError, coerceError, isAbort } from '../core/app-error.ts';
import { anyNumber, checkOptions, mostSeeds, parse, usage, wholeNumber, type Arguments } from './command-line.ts';
import { runTask } from './harness/run-task.ts';
import type { Task } from './harness/task.ts';
import { keepHabits } from './model/changed-package.ts';
import { openCaptioning } from './tasks/captioning.ts';
import { openDialoguePerplexity } from './tasks/dialogue-perplexity.ts';
import { describeFrechet } from './tasks/frechet.ts';
import { describeGate } from './tasks/gate.ts';
import { describeMeant, describeSeveral } from './tasks/hand-pictures.ts';
import { openParti } from './tasks/parti.ts';
import type { SetOptions } from './tasks/picture-task.ts';
import { openRefine } from './tasks/refine.ts';
import { openRetrieval } from './tasks/retrieval.ts';
import { openVisDial } from './tasks/visdial.ts';
import { openVist } from './tasks/vist.ts';

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => stopping.abort(new DOMException(`stopped by ${name}`, 'AbortError')));
}

try {
  await main(process.argv.slice(2));
} catch (thrown) {
  const error = coerceError(thrown);
  if (!(error instanceof AppError) && !isAbort(error)) throw error;
  console.error(isAbort(error) ? `${error.message}: run again with --resume to go on` : error.message);
  process.exitCode = 1;
}

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parse(argv);
  const [taskName] = positionals;
  if (values.help || taskName === undefined) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  if (positionals.length > 1)
    throw new AppError('INVALID', `one task at a time: "${positionals[1]!}" stands behind "${taskName}"`);
  checkOptions(taskName, values);
  const { data } = values;
  if (data === undefined) throw new AppError('INVALID', 'say with --data where the set lies (--help tells more)');
  if (taskName === 'frechet') {
    const { drawn, lite0, inception } = values;
    if (inception !== undefined && lite0 !== undefined)
      throw new AppError('INVALID', 'frechet compares one kind of features: --inception or --lite0');
    const features =
      inception !== undefined
        ? ({ of: 'inception', file: inception } as const)
        : lite0 !== undefined && ({ of: 'lite0', file: lite0 } as const);
    if (drawn === undefined || !features)
      throw new AppError(
        'INVALID',
        'frechet needs --drawn <folder>, and --inception or --lite0 <weights>, beside --data',
      );
    console.log(await describeFrechet(data, drawn, features, stopping.signal));
    return;
  }
  await using kept = values.parity === undefined ? undefined : await keepHabits(values.model, values.parity.split(','));
  const modelFolder = kept?.model.folder ?? values.model;
  const describe = { gate: describeGate, meant: describeMeant, several: describeSeveral }[taskName];
  if (describe) {
    console.log(await describe(modelFolder, data, stopping.signal, (line) => console.error(line)));
    return;
  }
  const options = {
    out: values.out ?? path.join('data', 'evaluation', taskName),
    first: wholeNumber('first', values.first, 0, 0),
    limit: wholeNumber('limit', values.limit, Infinity),
    seeds: wholeNumber('seeds', values.seeds, 1, 1, mostSeeds),
    resume: values.resume,
    estimateOnly: values.estimate,
    resamples: wholeNumber('resamples', values.resamples, 2000),
    say: (line: string) => console.error(line),
  };
  await using task = await openTask(taskName, data, { ...values, model: modelFolder });
  const report = await runTask(task, options, stopping.signal);
  if (report !== undefined) console.log(report);
}

async function openTask(name: string, dataFolder: string, values: Arguments): Promise<Task> {
  const { precision } = values;
  if (precision !== 'int8' && precision !== 'float32')
    throw new AppError('INVALID', `--precision is "${precision}", but must be int8 or float32`);
  const setOptions: SetOptions = {
    modelFolder: values.model,
    dataFolder,
    only: values.conditions?.split(','),
    metricFiles: {
      clip: values.clip,
      alexnet: values.alexnet,
      lite0: values.lite0,
      metric: values.metric,
      oracle: values.oracle,
    },
    extra: { longTower: values['long-tower'], pixelMini: values['pixel-mini'] },
    precision,
    drawing: {
      ...(values.steps === undefined ? {} : { steps: wholeNumber('steps', values.steps, 1) }),
      ...(values.guidance === undefined ? {} : { guidance: anyNumber('guidance', values.guidance) }),
    },
  };
  switch (name) {
    case 'vist':
      return openVist(setOptions);
    case 'visdial':
      return openVisDial(setOptions);
    case 'refine':
      return openRefine(setOptions);
    case 'retrieval':
      return openRetrieval(setOptions);
    case 'captioning':
      return openCaptioning(setOptions);
    case 'parti':
      return openParti(setOptions);
    case 'perplexity':
      return openDialoguePerplexity({ modelFolder: values.model, dataFolder, precision });
    default:
      throw new AppError('INTERNAL', `"${name}" has options, but nobody opens it`);
  }
}
