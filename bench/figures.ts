// `npm --prefix bench run figures [-- part …]`: measures how cost grows on this machine, draws it, and writes it into
// docs/performance.md. Quiet machine please: beside other work it counts processor time instead of the clock's, and says so.
import { measureBatch, measureContext, measurePictures } from './growth.ts';
import { measureKeyValueQuality, measureKeyValueTimes } from './keys-values.ts';
import { measureLookup } from './lookup.ts';
import { writePart } from './page.ts';

export interface Part {
  /** Markdown. */
  readonly text: string;
  /** SVG by file name in docs/images. */
  readonly charts?: Readonly<Record<string, string>>;
}

const parts: Readonly<Record<string, () => Promise<Part>>> = {
  context: measureContext,
  batch: measureBatch,
  pictures: measurePictures,
  'keys-values': measureKeyValueQuality,
  'keys-values-times': measureKeyValueTimes,
  lookup: measureLookup,
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const measure = parts[name];
  if (!measure) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(', ')}`);
  const part = await measure();
  writePart(name, part);
  console.log(`${name}\n${part.text}\n`);
}
process.exit(0); // ONNX Runtime's threads would keep the process
