// What can be asked of `npm run eval`, and by which options of which task. Must never let an option pass that its task does not look
// at: it would be taken for heard.
import { parseArgs } from 'node:util';
import { AppError, coerceError } from '../core/app-error.ts';

export const usage = `npm run eval -- <task> --data <folder> [options]

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

const defaults: Readonly<Record<string, string>> = { model: 'models/storybook', precision: 'int8' };

export type Arguments = ReturnType<typeof parse>['values'];

/** @throws {AppError} INVALID for an option that there is not */
export function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false },
        model: { type: 'string', default: defaults['model']! },
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
        precision: { type: 'string', default: defaults['precision']! },
        resamples: { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new AppError('INVALID', coerceError(thrown).message, thrown);
  }
}

/** Cells of all seeds are listed before the first is measured. */
export const mostSeeds = 1000;

/** @throws {AppError} INVALID naming the option, what it is given and its bounds */
export function wholeNumber(
  name: string,
  text: string | undefined,
  otherwise: number,
  least = 1,
  most = 999_999_999,
): number {
  if (text === undefined) return otherwise;
  if (!/^(0|[1-9]\d{0,8})$/.test(text) || Number(text) < least || Number(text) > most)
    throw new AppError('INVALID', `--${name} is "${text}", but must be a whole number from ${least} to ${most}`);
  return Number(text);
}

/** @throws {AppError} INVALID naming the option and what it is given */
export function anyNumber(name: string, text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new AppError('INVALID', `--${name} is "${text}", but must be a number`);
  return Number(text);
}

/** Beside --help and --data. */
const model = ['model', 'parity'];
const records = ['out', 'first', 'limit', 'resume', 'estimate', 'resamples'];
const heard = [...model, ...records, 'conditions', 'seeds', 'precision'];
const drawn = [...heard, 'steps', 'guidance', 'long-tower'];
const measured = ['clip', 'alexnet', 'lite0', 'metric', 'oracle'];
const optionsOf = new Map<string, readonly string[]>(
  Object.entries({
    vist: [...drawn, ...measured, 'pixel-mini'],
    visdial: [...drawn, ...measured, 'pixel-mini'],
    refine: [...drawn, 'oracle'],
    retrieval: heard,
    captioning: heard,
    parti: heard,
    perplexity: [...model, ...records, 'precision'],
    frechet: ['drawn', 'lite0', 'inception'],
    gate: model,
    meant: model,
    several: model,
  }),
);

/** An option that a task does not look at would be taken for one that it does. @throws {AppError} INVALID naming it */
export function checkOptions(task: string, given: Arguments): void {
  const known = optionsOf.get(task);
  if (known === undefined) throw new AppError('INVALID', `there is no task "${task}": --help lists them`);
  const ignored = Object.entries(given).find(
    ([name, value]) => !['help', 'data', ...known].includes(name) && value !== false && value !== defaults[name],
  );
  if (ignored) throw new AppError('INVALID', `${task} takes no --${ignored[0]}`);
}
