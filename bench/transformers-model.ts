// Opens an export of the served weights in transformers.js as its users do, on the processor with the bench's threads. Must never reach
// for the network: what is not in the folder is missing.
import path from 'node:path';
import { AutoModelForCausalLM, env, Tensor, type PreTrainedModel } from '@huggingface/transformers';
import { peersFolder } from './prepare.ts';
import { threads } from './work.ts';

export interface Peer {
  readonly model: PreTrainedModel;
  /** @returns shape (1, ids) */
  readonly tensorOf: (ids: readonly number[]) => Tensor;
  readonly maskOf: (ids: readonly number[]) => Tensor;
}

/** @param shape a folder of make-onnx.py */
export async function openPeer(shape: string, dtype: string): Promise<Peer> {
  if (dtype !== 'fp32' && dtype !== 'q8') throw new Error(`there is no variant ${dtype}: fp32, q8`);
  env.allowRemoteModels = false;
  env.localModelPath = path.join(peersFolder, 'transformers');
  const model = await AutoModelForCausalLM.from_pretrained(shape, {
    dtype,
    device: 'cpu',
    local_files_only: true,
    session_options: { intraOpNumThreads: threads },
  });
  return {
    model,
    tensorOf: (ids) => new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
    maskOf: (ids) => new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
  };
}
