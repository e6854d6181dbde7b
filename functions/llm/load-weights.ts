// Starts the thread that prepares the weights and hands over what it made. Must never leave the thread running.
import { Worker } from 'node:worker_threads';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { GgufTensor } from '../engine/gguf.ts';
import type { DecoderShape } from './decoder-graph.ts';
import type { PreparedGraph, PrepareMessage, PrepareRequest } from './prepare-weights.ts';

export interface LoadedWeights {
  readonly graph: PreparedGraph;
  readonly shape: DecoderShape;
  /** Shape (V, H), as stored in the file. */
  readonly embeddings: GgufTensor;
}

/**
 * Reads, checks and repacks the weights in a thread of their own; from the cache when they were repacked before.
 * @throws {AppError} MODEL_UNAVAILABLE when the file is missing, damaged or no such model; the signal's reason
 */
export async function loadWeights(
  request: PrepareRequest,
  onProgress: (loadedBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<LoadedWeights> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./prepare-weights.ts', import.meta.url), { workerData: request });
  const { promise, resolve, reject } = Promise.withResolvers<LoadedWeights>();
  const abort = (): void => reject(coerceError(signal.reason));
  signal.addEventListener('abort', abort, { once: true });
  thread.on('message', (message: PrepareMessage) => {
    if (message.type === 'progress') onProgress(message.loadedBytes, message.totalBytes);
    else resolve(message);
  });
  thread.on('error', (thrown) => {
    const { message } = coerceError(thrown); // an error that crosses threads keeps its sentence, not its class
    reject(new AppError('MODEL_UNAVAILABLE', message, thrown));
  });
  thread.on('exit', (code) => reject(new AppError('MODEL_UNAVAILABLE', `loading the weights ended with code ${code}`)));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await thread.terminate();
  }
}
