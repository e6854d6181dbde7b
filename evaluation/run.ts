// `npm run eval -- <task> …`: measures a model package on a set and writes a report. Must never print a figure that its
// own records do not hold.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, coerceError, isAbort } from '../core/app-error.ts';
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

const usage = `npm run eval -- <task> --data <folder> [options]

tasks
  vist         draw the fifth picture of a story          --data: val.story-in-sequence.json, images/
  visdial      draw the picture of a dialogue             --data: visdial_1.0_val.json, images/
  refine       a wish and its edits, turn by turn         --data: refinements.json, labels.json, images/; --oracle
  retrieval    the true picture among all of the set      --data: as vist or visdial
  captioning   what is said of a picture                  --data: as vist or visdial, labels.json
  perplexity   likelihood of a dialogue's answers         --data: visdial_1.0_val.json
  frechet      Fréchet distance of two folders of pictures --data: the true ones; --drawn: the others; --inception or --lite0
  gate         whether AUTO shows a picture where wanted   --data: the file of turns itself (training/turns-gate.txt)
  meant        which earlier picture a turn means          --data: the file itself (training/turns-pointer.txt)
  several      how many pictures AUTO shows                --data: the file itself (training/turns-several.txt)
  parti        draw or find, against people's votes       --data: the tab-separated file itself

options
  --model <package>     default models/storybook
  --out <folder>        default data/evaluation/<task>
  --first <n>           begin at this item, counted from 0, to share a run out; default 0
  --limit <n>           items, from that one; default all
  --seeds <n>           default 1
  --resume              go on with what the folder holds
  --estimate            measure one cell of each condition, print what all would take, and stop
  --conditions <a,b>    some of the task's conditions; default all
  --steps, --guidance   in place of the package's defaults
  --clip <file>         CLIP weights (safetensors, Hugging Face's names) for CLIP similarity and recall
  --alexnet <file>      AlexNet weights (safetensors) for LPIPS v0.1
  --lite0 <file>        EfficientNet-Lite0 weights (safetensors) for similarity, recall and EPS-lite0
  --inception <file>    Inception weights (safetensors, pytorch-fid's) for FID, by frechet alone
  --metric <file>       the storybook's metric encoder, for similarity and recall (training/checkpoints)
  --oracle <file>       the storybook's pixel oracle, for attributes
  --long-tower <file>   a text encoder with a long window, for the conditions "long-…" (training/checkpoints)
  --pixel-mini <folder> the mini after GLIDE, for the conditions "mini-…", whose steps are its own (training/checkpoints)
  --parity <a,b>        habits of GILL's reference code to keep (docs/parity.md); default the package's own
  --precision <int8|float32>   of the language model; default int8, as it is served; float32 rounds nothing, and takes longer
  --resamples <n>       of intervals and tests; default 2000
`;

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
    if (values.precision !== 'int8')
      throw new AppError('INVALID', `${taskName} asks what is served, which is int8: leave --precision out`);
    console.log(await describe(modelFolder, data, stopping.signal, (line) => console.error(line)));
    return;
  }
  await using task = await openTask(taskName, data, { ...values, model: modelFolder });
  const report = await runTask(
    task,
    {
      out: values.out ?? path.join('data', 'evaluation', taskName),
      first: wholeNumber('first', values.first, 0, 0),
      limit: wholeNumber('limit', values.limit, Infinity),
      seeds: wholeNumber('seeds', values.seeds, 1),
      resume: values.resume,
      estimateOnly: values.estimate,
      resamples: wholeNumber('resamples', values.resamples, 2000),
      say: (line) => console.error(line),
    },
    stopping.signal,
  );
  if (report !== undefined) console.log(report);
}

type Arguments = ReturnType<typeof parse>['values'];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        model: { type: 'string', default: 'models/storybook' },
        data: { type: 'string' },
        out: { type: 'string' },
        first: { type: 'string' },
        limit: { type: 'string' },
        seeds: { type: 'string' },
        resume: { type: 'boolean', default: false },
        estimate: { type: 'boolean', default: false },
        conditions: { type: 'string' },
        steps: { type: 'string' },
        guidance: { type: 'string' },
        clip: { type: 'string' },
        alexnet: { type: 'string' },
        lite0: { type: 'string' },
        inception: { type: 'string' },
        metric: { type: 'string' },
        oracle: { type: 'string' },
        'long-tower': { type: 'string' },
        'pixel-mini': { type: 'string' },
        drawn: { type: 'string' },
        parity: { type: 'string' },
        precision: { type: 'string', default: 'int8' },
        resamples: { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new AppError('INVALID', coerceError(thrown).message, thrown);
  }
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
      ...(values.guidance === undefined ? {} : { guidance: Number(values.guidance) }),
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
      throw new AppError('INVALID', `there is no task "${name}": --help lists them`);
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number, least = 1): number {
  if (text === undefined) return otherwise;
  if (!/^(0|[1-9]\d{0,8})$/.test(text) || Number(text) < least)
    throw new AppError('INVALID', `--${name} is "${text}", but must be a whole number from ${least}`);
  return Number(text);
}
