// Puts a worker together from the environment: database, bells, files, and the functions, in this process or behind URLs.
// Must never start half: what was opened before a failure is closed again, in reverse order.
import { sql } from 'kysely';
import path from 'node:path';
import { AppError, coerceError } from '../../core/app-error.ts';
import { readConfiguration, type Configuration } from '../../core/configuration.ts';
import type { Device } from '../../core/device.ts';
import type {
  DiffusionEvent,
  DiffusionFunction,
  DiffusionInput,
  FunctionHealth,
  LlmEvent,
  LlmFunction,
  LlmInput,
  ModelCard,
  VisionEvent,
  VisionFunction,
  VisionInput,
} from '../../core/function-contract.ts';
import { limits } from '../../core/limits.ts';
import { createLog, type Log } from '../../core/log.ts';
import type { Observe } from '../../core/observation.ts';
import { connectBus } from '../../infra/bus/connect-bus.ts';
import { openDatabase } from '../../infra/database/connection.ts';
import { createS3MediaStore } from '../../infra/media/s3-media-store.ts';
import { localIdentity, readIdentity } from '../../infra/provenance/signing-identity.ts';
import { retry } from '../../infra/process/retry.ts';
import { startTraces } from '../../infra/telemetry/traces.ts';
import { openModelPackage, readModelCard, type ModelPackage } from '../engine/model-package.ts';
import { createTurns, type Turns } from '../engine/turns.ts';
import { installGallery } from './install-gallery.ts';
import { allElsewhere, openModelSource, openWhenThere, type ModelSource } from './model-source.ts';
import { connectRemoteFunction } from './remote-function.ts';
import { createSignPicture } from './sign-picture.ts';
import { traceDiffusion, traceLlm, traceVision } from './trace-functions.ts';
import { startWorker } from './worker.ts';

/** How long text is gathered before it is written: short enough to read as a stream, long enough to spare commits. */
const textBatchMs = 25;

export interface AssembledWorker extends AsyncDisposable {
  /** Failed where a model that was to be loaded here cannot be: functions behind URLs have hosts of their own to see to them. */
  readonly health: () => FunctionHealth;
}

/** @param signal aborts the waiting for PostgreSQL and S3 */
export async function assembleWorker(signal: AbortSignal, observe?: Observe): Promise<AssembledWorker> {
  const configuration = readConfiguration(process.env);
  const { databaseUrl, s3, worker: slots } = configuration;
  const log = createLog('worker', configuration.logLevel);
  if (!databaseUrl) throw new AppError('CONFIGURATION', 'DATABASE_URL must be set: npm start sets it by itself');
  if (!s3) throw new AppError('CONFIGURATION', 'S3_BUCKET must be set: npm start sets it by itself');

  await using parts = new AsyncDisposableStack();
  parts.use(await startTraces(configuration.traces, 'worker', log));
  const shared = { device: await deviceOf(configuration, log), turns: createTurns(), observe };
  // weights load in the background while the rest connects
  const source = parts.use(openModelSource(configuration, log));
  const llm = parts.use(await openLlm(configuration, source, log, shared));
  const diffusion = parts.use(await openDiffusion(configuration, source, shared));
  // who has the other two elsewhere keeps no weights here, for this one neither
  const vision =
    allElsewhere(configuration) && configuration.functionUrls.vision === undefined
      ? undefined
      : parts.use(await openVision(configuration, source, shared));
  let card: ModelCard | undefined;
  const opening = openPackage(configuration, source, log);
  // a picture that no function looks at is not read, whatever the package could do
  const sees = vision !== undefined;
  void opening.then((model) => {
    const offered = model && readModelCard(model);
    card = offered && { ...offered, readsImages: sees && offered.readsImages };
  });
  const identity = configuration.signingIdentity
    ? readIdentity(configuration.signingIdentity)
    : await localIdentity(configuration.dataFolder);

  const { db } = parts.use(
    openDatabase(databaseUrl, {
      maxConnections: slots.replySlots + slots.imageSlots + 4,
      applicationName: 'gill-worker',
    }),
  );
  await retry(() => sql`select 1`.execute(db), { what: 'PostgreSQL', signal, log });
  const bus = parts.use(
    await retry(() => connectBus(configuration, log), { what: 'the bell connection', signal, log }),
  );
  const media = parts.use(createS3MediaStore(s3));
  await retry(() => media.check(signal), { what: 'S3', signal, log });
  parts.use(onceThere(opening, (model, stop) => installGallery({ db, media, log }, model, stop)));

  parts.use(
    startWorker({
      db,
      bus,
      media,
      llm,
      diffusion,
      vision,
      modelCard: () => card,
      signPicture: createSignPicture(identity),
      log,
      ...(observe ? { observe } : {}),
      leaseMs: limits.leaseMs,
      outageMs: limits.maxOutageMs,
      textBatchMs,
      slots: { reply: slots.replySlots, image: slots.imageSlots },
    }),
  );
  const { functionUrls } = configuration;
  const local = [...(functionUrls.llm ? [] : [llm]), ...(functionUrls.diffusion ? [] : [diffusion])];
  const all = parts.move();
  return {
    health: () => local.map((each) => each.health()).find(({ state }) => state === 'failed') ?? { state: 'ready' },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What functions of one process have in common. */
interface Shared {
  /** Undefined where none of them computes here. */
  readonly device: Device | undefined;
  readonly turns?: Turns;
  readonly observe?: Observe | undefined;
}

// imported when needed: a worker whose functions run elsewhere never loads ONNX Runtime

/** @throws {AppError} CONFIGURATION when the device that was named does not compute */
export async function deviceOf(configuration: Configuration, log: Log): Promise<Device | undefined> {
  if (allElsewhere(configuration)) return undefined;
  const { chooseDevice } = await import('../engine/choose-device.ts');
  return chooseDevice(configuration.device, log);
}

export async function openLlm(
  configuration: Configuration,
  source: ModelSource,
  log: Log,
  shared: Shared,
): Promise<LlmFunction> {
  const { functionUrls, dataFolder, worker } = configuration;
  if (functionUrls.llm) return connectRemoteFunction<LlmInput, LlmEvent>(functionUrls.llm);
  const { openLanguageFunction } = await import('../llm/language-function.ts');
  const options = {
    cacheFolder: cacheFolder(dataFolder),
    slots: worker.replySlots,
    contextTokens: worker.contextTokens,
    kvBytes: worker.kvMegabytes * 2 ** 20,
    ...shared,
    log,
  };
  return traceLlm(
    openWhenThere(source, (modelFolder) => Promise.resolve(openLanguageFunction({ modelFolder, ...options }))),
  );
}

export async function openDiffusion(
  configuration: Configuration,
  source: ModelSource,
  shared: Shared,
): Promise<DiffusionFunction> {
  const { functionUrls, worker } = configuration;
  if (functionUrls.diffusion) return connectRemoteFunction<DiffusionInput, DiffusionEvent>(functionUrls.diffusion);
  const { openPictureFunction } = await import('../diffusion/picture-function.ts');
  const options = { slots: worker.imageSlots, ...shared };
  return traceDiffusion(
    openWhenThere(source, (modelFolder) => Promise.resolve(openPictureFunction({ modelFolder, ...options }))),
  );
}

export async function openVision(
  { functionUrls }: Configuration,
  source: ModelSource,
  { device, turns }: Shared,
): Promise<VisionFunction> {
  if (functionUrls.vision) return connectRemoteFunction<VisionInput, VisionEvent>(functionUrls.vision);
  const { openVisionFunction } = await import('../vision/vision-function.ts');
  const options = { device, ...(turns && { turns }) };
  return traceVision(
    openWhenThere(source, (modelFolder) => Promise.resolve(openVisionFunction({ modelFolder, ...options }))),
  );
}

/** Weights as they were repacked once; safe to delete. */
const cacheFolder = (dataFolder: string): string => path.join(dataFolder, 'weights');

/** Work on what may come late or never; aborted, and waited for, when it is disposed. */
function onceThere<T>(
  coming: Promise<T | undefined>,
  work: (it: T, stop: AbortSignal) => Promise<unknown>,
): AsyncDisposable {
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<undefined>();
  const working = Promise.race([coming, stopped.promise]).then((it) =>
    it === undefined || stopping.signal.aborted ? undefined : work(it, stopping.signal),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new AppError('MODEL_UNAVAILABLE', 'the process stops'));
      stopped.resolve(undefined);
      await working;
    },
  };
}

/** A worker without a model still runs deletions, and its functions tell everyone why they cannot load. */
async function openPackage(
  configuration: Configuration,
  { folder }: ModelSource,
  log: Log,
): Promise<ModelPackage | undefined> {
  try {
    return await openModelPackage(await folder, configuration.worker.contextTokens);
  } catch (thrown) {
    const { message } = coerceError(thrown);
    if (allElsewhere(configuration))
      log.info({ reason: message }, 'no model package here: what the functions offer is not told');
    else log.error({ err: coerceError(thrown) }, message);
    return undefined;
  }
}
