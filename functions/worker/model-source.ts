// Where a process has its model package from: a folder, or S3 first. Until it is there, functions say that they load, with
// the bytes. Must never fetch twice for the two functions of one process.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Configuration } from '../../core/configuration.ts';
import { functionError } from '../../core/function-error.ts';
import type { FunctionHealth, LoadedFunction } from '../../core/function-contract.ts';
import type { Log } from '../../core/log.ts';
import { fetchModel, isS3Uri } from '../../infra/weights/fetch-model.ts';

export interface ModelSource extends AsyncDisposable {
  /** Resolves with the package's folder, however long that takes. @throws {AppError} CONFIGURATION; when it is disposed */
  readonly folder: Promise<string>;
  readonly health: () => FunctionHealth;
}

export interface FetchTimes {
  /** Rest before the package is looked at again; doubles, up to 30 s. */
  readonly restMs: number;
  /** A store that is away this long is told as a failure; until then the weights are still on their way. */
  readonly patienceMs: number;
}

const defaultTimes: FetchTimes = { restMs: 1_000, patienceMs: 60_000 };
const mostRestMs = 30_000;

/** Looks again for as long as it lives: a worker that is warm must not stay broken because a store was away as it started. */
export function openModelSource(
  configuration: Configuration,
  log: Log,
  { restMs, patienceMs }: FetchTimes = defaultTimes,
): ModelSource {
  const { modelFolder: uri, dataFolder, region, s3 } = configuration;
  let health: FunctionHealth = { state: 'loading', loadedBytes: 0, totalBytes: 0 };
  const closing = new AbortController();
  const startedAt = performance.now();
  const waitedMs = (): number => Math.round(performance.now() - startedAt);
  const request = { uri, folder: path.join(dataFolder, 'models'), region, s3 };

  async function fetch(): Promise<string> {
    for (let pauseMs = restMs; ; pauseMs = Math.min(pauseMs * 2, mostRestMs)) {
      try {
        const folder = await fetchModel(
          { ...request, files: allElsewhere(configuration) ? 'gallery' : 'all' },
          (loadedBytes, totalBytes) => (health = { state: 'loading', loadedBytes, totalBytes }),
          closing.signal,
        );
        log.info({ uri, ms: waitedMs() }, 'the model package is here');
        return folder;
      } catch (thrown) {
        closing.signal.throwIfAborted();
        const error = coerceError(thrown);
        const hopeless = error instanceof AppError && error.code === 'CONFIGURATION';
        if (hopeless || isWrong(error) || waitedMs() > patienceMs) health = { state: 'failed', message: error.message };
        log.error({ err: error, pauseMs }, 'the model package cannot be fetched');
        if (hopeless) throw error;
      }
      await delay(pauseMs, undefined, { signal: closing.signal });
    }
  }

  const fetching = isS3Uri(uri) ? fetch() : Promise.resolve(uri);
  fetching.catch(() => undefined); // it was told, or the process stops
  return {
    folder: fetching,
    health: () => health,
    async [Symbol.asyncDispose]() {
      closing.abort(new AppError('MODEL_UNAVAILABLE', 'the process stops'));
      await Promise.allSettled([fetching]);
    },
  };
}

/** Text is written and pictures are drawn elsewhere: nothing here needs their weights. */
export const allElsewhere = ({ functionUrls: { llm, diffusion } }: Configuration): boolean =>
  llm !== undefined && diffusion !== undefined;

/** What only a person can mend: a file that is not there, forbidden, or another one than model.json says. */
function isWrong({ cause }: Error): boolean {
  if (!(cause instanceof Error)) return true;
  const { $metadata: { httpStatusCode = 0 } = {} } = cause as { $metadata?: { httpStatusCode?: number } };
  return httpStatusCode >= 400 && httpStatusCode < 500;
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
      const error = functionError('MODEL_UNAVAILABLE', failure ?? 'the weights are still on their way');
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
