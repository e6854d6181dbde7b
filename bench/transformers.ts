// `node transformers.ts <work> <shape> <dtype>`: transformers.js on an ONNX export of the served weights (make-onnx.py), greedy, through
// its own generate(). Must never reach for the network.
import { BaseStreamer, type TextStreamer } from '@huggingface/transformers';
import { openPeer } from './transformers-model.ts';
import { measure, promptOf, workOf, type Measured } from './work.ts';

const work = workOf(process.argv[2]);
if (work.sequences > 1) throw new Error('transformers.js has no batching of replies that come and go');
const { model, tensorOf, maskOf } = await openPeer(process.argv[3]!, process.argv[4]!);

/** Told the prompt first, then each token. */
class Arrivals extends BaseStreamer {
  readonly times: number[] = [];
  #prompt = true;
  override put(): void {
    if (this.#prompt) this.#prompt = false;
    else this.times.push(performance.now());
  }
  override end(): void {
    // the times are all there is
  }
}

async function round(number: number): Promise<Measured> {
  const prompt = promptOf(work, 0, number);
  const arrivals = new Arrivals();
  const streamer: unknown = arrivals; // the library's type file asks for the streamer of text, where any will do
  const startedAt = performance.now();
  await model.generate({
    inputs: tensorOf(prompt),
    attention_mask: maskOf(prompt),
    max_new_tokens: work.tokens,
    do_sample: false,
    streamer: streamer as TextStreamer,
  });
  if (arrivals.times.length !== work.tokens) throw new Error(`${arrivals.times.length} of ${work.tokens} tokens came`);
  return measure([arrivals.times], startedAt);
}

await round(0); // warm
console.log(JSON.stringify(await round(1)));
process.exit(0); // its threads would keep the process
