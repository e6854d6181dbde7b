// The C API of ONNX Runtime, reached by FFI in the library that onnxruntime-node ships: the package's own binding blocks
// the event loop for the length of a run and copies every output. Must never be called but by onnx-runtime.ts and onnx-providers.ts:
// a wrong pointer here ends the process, not the call.
import koffi, { type LibraryHandle } from 'koffi';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError, coerceError } from '../../core/app-error.ts';

/** An address in the process; 0 is null. */
export type Pointer = bigint;
/** An OrtStatus: null is success, anything else must be given to `check`. */
type Status = Pointer | null;
/** Where a C function stores a pointer. */
type Out = [Pointer | null];

/** The version of the C API we ask for. The table is append-only, so any later library serves it. */
const apiVersion = 22;

// Index of each function in struct OrtApi (onnxruntime_c_api.h, in order of declaration) and its C signature.
const functionTable = {
  getErrorMessage: [2, 'const char *(void *status)'],
  createSession: [7, 'void *(void *env, const char *path, void *options, _Out_ void **session)'],
  createSessionFromArray: [8, 'void *(void *env, void *model, size_t bytes, void *options, _Out_ void **session)'],
  run: [
    9,
    'void *(void *session, void *options, void *inputNames, void *inputs, size_t inputCount, void *outputNames, size_t outputCount, void *outputs)',
  ],
  createSessionOptions: [10, 'void *(_Out_ void **options)'],
  setGraphOptimizationLevel: [23, 'void *(void *options, int level)'],
  setIntraOpThreads: [24, 'void *(void *options, int threads)'],
  createRunOptions: [39, 'void *(_Out_ void **options)'],
  setTerminate: [46, 'void *(void *runOptions)'],
  createTensorWithData: [
    49,
    'void *(void *memory, void *data, size_t bytes, void *shape, size_t rank, int type, _Out_ void **value)',
  ],
  createCpuMemoryInfo: [69, 'void *(int allocator, int memoryType, _Out_ void **memory)'],
  releaseStatus: [93, 'void (void *status)'],
  releaseSession: [95, 'void (void *session)'],
  releaseValue: [96, 'void (void *value)'],
  releaseRunOptions: [97, 'void (void *options)'],
  releaseSessionOptions: [100, 'void (void *options)'],
  createEnvWithGlobalThreadPools: [119, 'void *(int level, const char *id, void *threading, _Out_ void **env)'],
  disablePerSessionThreads: [120, 'void *(void *options)'],
  createThreadingOptions: [121, 'void *(_Out_ void **options)'],
  releaseThreadingOptions: [122, 'void (void *options)'],
  getAvailableProviders: [125, 'void *(_Out_ void **names, _Out_ int *count)'],
  releaseAvailableProviders: [126, 'void *(void *names, int count)'],
  addSessionConfigEntry: [130, 'void *(void *options, const char *key, const char *value)'],
  setGlobalIntraOpThreads: [147, 'void *(void *options, int threads)'],
  setGlobalInterOpThreads: [148, 'void *(void *options, int threads)'],
  setGlobalSpinControl: [149, 'void *(void *options, int allowed)'],
  appendCudaProvider: [204, 'void *(void *options, void *cudaOptions)'],
  createCudaProviderOptions: [205, 'void *(_Out_ void **cudaOptions)'],
  updateCudaProviderOptions: [206, 'void *(void *cudaOptions, const char **keys, const char **values, size_t count)'],
  releaseCudaProviderOptions: [208, 'void (void *cudaOptions)'],
  appendProvider: [
    216,
    'void *(void *options, const char *name, const char **keys, const char **values, size_t count)',
  ],
} as const satisfies Record<string, readonly [number, string]>;

export type Callable<Arguments extends unknown[], Result> = ((...args: Arguments) => Result) & {
  /** Runs on a thread of libuv's pool; what the arguments point to must stay referenced until the callback. */
  readonly async: (...args: [...Arguments, (error: unknown, result: Result) => void]) => void;
};

export interface OrtApi {
  readonly createSession: Callable<[env: Pointer, path: string, options: Pointer, out: Out], Status>;
  readonly createSessionFromArray: Callable<
    [env: Pointer, model: Uint8Array, bytes: number, options: Pointer, out: Out],
    Status
  >;
  readonly run: Callable<
    [
      session: Pointer,
      options: Pointer,
      inputNames: BigUint64Array,
      inputs: BigUint64Array,
      inputCount: number,
      outputNames: BigUint64Array,
      outputCount: number,
      outputs: BigUint64Array,
    ],
    Status
  >;
  readonly createSessionOptions: Callable<[out: Out], Status>;
  readonly setGraphOptimizationLevel: Callable<[options: Pointer, level: number], Status>;
  readonly createRunOptions: Callable<[out: Out], Status>;
  readonly setTerminate: Callable<[runOptions: Pointer], Status>;
  readonly createTensorWithData: Callable<
    [
      memory: Pointer,
      data: NodeJS.ArrayBufferView,
      bytes: number,
      shape: BigInt64Array,
      rank: number,
      type: number,
      out: Out,
    ],
    Status
  >;
  readonly createCpuMemoryInfo: Callable<[allocator: number, memoryType: number, out: Out], Status>;
  readonly releaseSession: Callable<[session: Pointer], void>;
  readonly releaseValue: Callable<[value: Pointer], void>;
  readonly releaseRunOptions: Callable<[options: Pointer], void>;
  readonly releaseSessionOptions: Callable<[options: Pointer], void>;
  readonly createEnvWithGlobalThreadPools: Callable<[level: number, id: string, threading: Pointer, out: Out], Status>;
  readonly disablePerSessionThreads: Callable<[options: Pointer], Status>;
  readonly createThreadingOptions: Callable<[out: Out], Status>;
  readonly releaseThreadingOptions: Callable<[options: Pointer], void>;
  readonly setIntraOpThreads: Callable<[options: Pointer, threads: number], Status>;
  readonly addSessionConfigEntry: Callable<[options: Pointer, key: string, value: string], Status>;
  readonly setGlobalIntraOpThreads: Callable<[options: Pointer, threads: number], Status>;
  readonly setGlobalInterOpThreads: Callable<[options: Pointer, threads: number], Status>;
  readonly setGlobalSpinControl: Callable<[options: Pointer, allowed: number], Status>;
  readonly getAvailableProviders: Callable<[names: Out, count: [number]], Status>;
  readonly releaseAvailableProviders: Callable<[names: Pointer, count: number], Status>;
  readonly appendCudaProvider: Callable<[options: Pointer, cudaOptions: Pointer], Status>;
  readonly createCudaProviderOptions: Callable<[out: Out], Status>;
  readonly updateCudaProviderOptions: Callable<
    [cudaOptions: Pointer, keys: readonly string[], values: readonly string[], count: number],
    Status
  >;
  readonly releaseCudaProviderOptions: Callable<[cudaOptions: Pointer], void>;
  readonly appendProvider: Callable<
    [options: Pointer, name: string, keys: readonly string[], values: readonly string[], count: number],
    Status
  >;
}

/** Room for ONNX Runtime's call depth on koffi's threads; its default of 128 KiB overflows. */
const stackBytes = 8 * 1024 * 1024;

/** Kept for the life of the process: koffi unmaps a library whose handle was collected, and its functions with it. */
let library: LibraryHandle | undefined;
let loaded: { readonly api: OrtApi; readonly check: (status: Status) => void } | undefined;

/** The table of functions, and `check`, which throws what a status says. @throws {AppError} MODEL_UNAVAILABLE */
export function loadOrtLibrary(): { readonly api: OrtApi; readonly check: (status: Status) => void } {
  return (loaded ??= load());
}

/** Where a typed array's first element lies. */
export const addressOf = (data: NodeJS.ArrayBufferView): Pointer => koffi.address(data);

/** The C strings of an array of pointers to them. */
export const decodeStrings = (array: Pointer, count: number): string[] =>
  koffi.decode(array, koffi.array('const char *', count, 'Array')) as string[];

/** Calls a function whose last argument is where it stores a pointer. */
export function create(make: (out: Out) => Status): Pointer {
  const out: Out = [null];
  loadOrtLibrary().check(make(out));
  const [pointer] = out;
  if (pointer === null) throw new AppError('INTERNAL', 'ONNX Runtime reported success but returned a null pointer');
  return pointer;
}

function load(): { api: OrtApi; check: (status: Status) => void } {
  // since 1.30 the library tells its maker about every session and keeps a device id in the home folder, unless it is told not to
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  koffi.config({ sync_stack_size: stackBytes, async_stack_size: stackBytes });
  const file = libraryPath();
  try {
    library = koffi.load(file);
  } catch (thrown) {
    throw new AppError(
      'MODEL_UNAVAILABLE',
      `ONNX Runtime cannot be loaded from ${file}: is onnxruntime-node installed for this platform?`,
      coerceError(thrown),
    );
  }
  const getApiBase = library.func('void *OrtGetApiBase()') as () => Pointer;
  const [getApi] = koffi.decode(getApiBase(), koffi.array('void *', 2, 'Array')) as [Pointer, Pointer];
  const table = koffi.call(getApi, koffi.proto('void *(uint32_t version)'), apiVersion) as Pointer | null;
  if (table === null)
    throw new AppError('MODEL_UNAVAILABLE', `${file} does not offer version ${apiVersion} of ONNX Runtime's C API`);
  const size = Math.max(...Object.values(functionTable).map(([index]) => index)) + 1;
  const addresses = koffi.decode(table, koffi.array('void *', size, 'Array')) as Pointer[];
  // what C offers has no types; the signatures above are the ones OrtApi states
  const functions: unknown = Object.fromEntries(
    Object.entries(functionTable).map(([name, [index, signature]]): [string, unknown] => [
      name,
      koffi.decode(addresses[index], koffi.proto(signature)),
    ]),
  );
  const { getErrorMessage, releaseStatus, ...api } = functions as OrtApi & {
    getErrorMessage: (status: Pointer) => string;
    releaseStatus: (status: Pointer) => void;
  };
  const check = (status: Status): void => {
    if (status === null) return;
    const message = getErrorMessage(status);
    releaseStatus(status);
    throw new AppError('INTERNAL', `ONNX Runtime: ${message}`);
  };
  return { api, check };
}

function libraryPath(): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    linux: 'libonnxruntime.so.1',
    darwin: 'libonnxruntime.1.dylib',
    win32: 'onnxruntime.dll',
  };
  const name = names[process.platform];
  if (!name) throw new AppError('MODEL_UNAVAILABLE', `onnxruntime-node has no library for ${process.platform}`);
  return path.join(libraryFolder(), name);
}

/** Where the package keeps ONNX Runtime, and ONNX Runtime looks for the providers that are files of their own. */
export function libraryFolder(): string {
  const require = createRequire(import.meta.url);
  const root = path.dirname(require.resolve('onnxruntime-node/package.json'));
  return path.join(root, 'bin', 'napi-v6', process.platform, process.arch);
}
