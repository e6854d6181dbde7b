// Where a process has its model package from: a folder, or S3 first. Until it is there, functions say that they load, with
// the bytes. Must never fetch twice for the two functions of one process.
import path from 'node:path';
import { AppError, coerceError, errorTable } from '../../core/app-error.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { FunctionError, FunctionHealth, LoadedFunction } from '../../core/function-contract.ts';
import type { Log } from '../../core/log.ts';
import { fetchModel, isS3Uri } from '../../infra/weights/fetch-model.ts';

export interface ModelSource extends AsyncDisposable {
  /** Resolves with the package's folder. @throws {AppError} MODEL_UNAVAILABLE */
  readonly folder: Promise<string>;
  readonly health: () => FunctionHealth;
}

export function openModelSource(configuration: Configuration, log: Log): ModelSource {
  const { modelFolder: uri, dataFolder, region, s3, functionUrls } = configuration;
  let health: FunctionHealth = { state: 'loading', loadedBytes: 0, totalBytes: 0 };
  const closing = new AbortController();
  const startedAt = performance.now();
  const allElsewhere = functionUrls.llm !== undefined && functionUrls.diffusion !== undefined;
  const fetching = isS3Uri(uri)
    ? fetchModel(
        { uri, folder: path.join(dataFolder, 'models'), region, s3, files: allElsewhere ? 'gallery' : 'all' },
        (loadedBytes, totalBytes) => (health = { state: 'loading', loadedBytes, totalBytes }),
        closing.signal,
      ).then((folder) => {
        log.info({ uri, ms: Math.round(performance.now() - startedAt) }, 'the model package is here');
        return folder;
      })
    : Promise.resolve(uri);
  fetching.catch((thrown: unknown) => {
    health = { state: 'failed', message: coerceError(thrown).message };
    if (!closing.signal.aborted) log.error({ err: coerceError(thrown) }, 'the model package cannot be fetched');
  });
  return {
    folder: fetching,
    health: () => health,
    async [Symbol.asyncDispose]() {
      closing.abort(new AppError('MODEL_UNAVAILABLE', 'the process stops'));
      await Promise.allSettled([fetching]);
    },
  };
}

/** A function that is opened once its package is there. */
export function openWhenThere<Input, Event>(
  source: ModelSource,
  open: (folder: string) => Promise<LoadedFunction<Input, Event>>,
): LoadedFunction<Input, Event> {
  let opened: LoadedFunction<Input, Event> | undefined;
  let failure: string | undefined;
  let closed = false;
  const closing = Promise.withResolvers<undefined>();
  const opening = (async () => {
    try {
      // the source is closed after this: whoever waited for it then would wait for ever
      const folder = await Promise.race([source.folder, closing.promise]);
      if (folder !== undefined && !isClosed()) opened = await open(folder);
    } catch (thrown) {
      failure = coerceError(thrown).message;
    }
  })();
  /** It changes while something is awaited, which the compiler cannot know. */
  function isClosed(): boolean {
    return closed;
  }
  const health = (): FunctionHealth =>
    opened?.health() ?? (failure === undefined ? source.health() : { state: 'failed', message: failure });
  return {
    health,
    async run(input, emit, signal) {
      if (opened) return opened.run(input, emit, signal);
      const code = 'MODEL_UNAVAILABLE';
      const error: FunctionError = {
        type: 'error',
        code,
        message: failure ?? 'the weights are still on their way',
        retryable: errorTable[code].retryable,
      };
      emit(error as Event);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      closing.resolve(undefined);
      await opening;
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
