// `node transformers-logits.ts <shape> <dtype>`: logits of transformers.js, for logits-pipe.ts.
import type { Tensor } from '@huggingface/transformers';
import { serveLogits } from './logits-pipe.ts';
import { openPeer } from './transformers-model.ts';

const { model, tensorOf, maskOf } = await openPeer(process.argv[2]!, process.argv[3]!);

await serveLogits(async (ids) => {
  const { logits } = (await model.forward({ input_ids: tensorOf(ids), attention_mask: maskOf(ids) })) as {
    readonly logits: Tensor;
  };
  return logits.data as Float32Array;
});
