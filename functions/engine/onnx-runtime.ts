// Tensors and sessions of ONNX Runtime. Runs are asynchronous, write into memory the caller owns, and end inside the run
// when their signal aborts. Must never be handed a buffer that someone else frees or moves, and never block the event
// loop: loading and running happen on worker threads.
import os from 'node:os';
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Device } from '../../core/device.ts';
import { elementCode, type ElementType } from './onnx-graph.ts';
import { addressOf, create, loadOrtLibrary, type Pointer } from './onnx-library.ts';
import { addProvider } from './onnx-providers.ts';

/** The typed array that carries each element type; half precision travels as its bits. */
interface ElementArrays {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
}

/** A dense row-major tensor over memory that the caller owns: reading `data` after a run sees what the run wrote. */
export interface Tensor<T extends ElementType = ElementType> extends Disposable {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: ElementArrays[T];
}

export interface SessionOptions {
  /**
   * Where the operators compute; those that the device has no kernel for compute on the processor, and ONNX Runtime carries what
   * passes between. Tensors stay in ordinary memory all the same. Default: the processor.
   */
  readonly device?: Device;
  /** Names of nodes that compute on the processor although WebGPU has a kernel for them. */
  readonly notOnWebGpu?: readonly string[];
  /** Session config entries of ONNX Runtime, e.g. `session.intra_op.allow_spinning`. */
  readonly config?: Readonly<Record<string, string>>;
  /**
   * Threads of its own that spin so long before they sleep, instead of those all sessions share, which sleep at once. For a
   * network of many small operators; `node test/drill/measure-language.ts speed` prints what it does to the tokens a second.
   */
  readonly spinMicroseconds?: number;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A loaded model. Several runs may be under way at once. Disposing waits for them and frees the weights. */
export interface Session extends AsyncDisposable {
  /**
   * Runs the model once. Every output is allocated by the caller and written in place; an input and an output may be one
   * tensor where the operator allows it (the KV cache of GroupQueryAttention).
   * @throws {AppError} INTERNAL with ONNX Runtime's sentence; the signal's reason when aborted, within milliseconds
   */
  readonly run: (inputs: Tensors, outputs: Tensors, signal?: AbortSignal) => Promise<void>;
}

interface Handle {
  readonly value: Pointer;
  /** Runs that use the tensor right now. */
  users: number;
}

const handles = new WeakMap<Tensor, Handle>();
/** What running calls point to. V8 must not collect it, whatever it proves about our variables. */
const inFlight = new Set<object>();

/**
 * Wraps `data` without copying it; without `data`, memory of zeros is allocated.
 * Dispose it when no run uses it any more: that frees ONNX Runtime's record, the memory is the garbage collector's.
 */
export function createTensor<T extends ElementType>(
  type: T,
  shape: readonly number[],
  data: ElementArrays[T] = allocate(type, count(shape)),
): Tensor<T> {
  if (data.length !== count(shape)) {
    throw new AppError(
      'INTERNAL',
      `a tensor of shape (${shape.join(', ')}) needs ${count(shape)} elements, not ${data.length}`,
    );
  }
  const { api } = loadOrtLibrary();
  // Tiny typed arrays live inside V8's heap, which moves them; asking for `buffer` puts their bytes in fixed memory.
  if (data.buffer.byteLength < data.byteLength) throw new AppError('INTERNAL', 'the tensor’s memory was detached');
  const dims = BigInt64Array.from(shape, (size) => BigInt(size));
  const value = create((out) =>
    api.createTensorWithData(runtime().memory, data, data.byteLength, dims, dims.length, elementCode[type], out),
  );
  const handle: Handle = { value, users: 0 };
  const tensor: Tensor<T> = {
    type,
    shape,
    data,
    [Symbol.dispose]: () => {
      if (!handles.has(tensor)) return;
      if (handle.users > 0) throw new AppError('INTERNAL', 'a tensor was disposed while a run uses it');
      handles.delete(tensor);
      api.releaseValue(value);
    },
  };
  handles.set(tensor, handle);
  return tensor;
}

/**
 * Loads a model from its bytes, or from a file, whose weights beside it are mapped and not read.
 * @throws {AppError} INTERNAL with ONNX Runtime's sentence when the model is malformed or unreadable, or the device does not open
 */
export async function openSession(
  model: Uint8Array | { readonly path: string },
  options: SessionOptions = {},
): Promise<Session> {
  const { api } = loadOrtLibrary();
  const session = await load(model, options);
  const names = createNames();
  const running = new Set<Promise<void>>();
  let closed = false;

  const run: Session['run'] = async (inputs, outputs, signal) => {
    if (closed) throw new AppError('INTERNAL', 'the session is disposed');
    signal?.throwIfAborted();
    const call = runOnce(session, names, inputs, outputs, signal);
    running.add(call);
    try {
      await call;
    } finally {
      running.delete(call);
    }
  };
  return {
    run,
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      await Promise.allSettled(running);
      api.releaseSession(session);
    },
  };
}

/** Apart from `openSession`, whose closures live as long as the session and would keep the model's bytes with them. */
async function load(
  model: Uint8Array | { readonly path: string },
  { device = 'cpu', notOnWebGpu = [], config = {}, spinMicroseconds }: SessionOptions,
): Promise<Pointer> {
  const { api, check } = loadOrtLibrary();
  const { env } = runtime();
  const options = create((out) => api.createSessionOptions(out));
  try {
    if (spinMicroseconds === undefined) check(api.disablePerSessionThreads(options));
    else {
      check(api.setIntraOpThreads(options, os.availableParallelism()));
      for (const [key, value] of [
        ['allow_spinning', '1'],
        ['spin_duration_us', String(spinMicroseconds)],
      ] as const)
        check(api.addSessionConfigEntry(options, `session.intra_op.${key}`, value));
    }
    check(api.setGraphOptimizationLevel(options, allOptimizations));
    for (const [key, value] of Object.entries(config)) check(api.addSessionConfigEntry(options, key, value));
    addProvider(options, device, notOnWebGpu);
    return await new Promise<Pointer>((resolve, reject) => {
      const out: [Pointer | null] = [null];
      const pinned = { model, out };
      inFlight.add(pinned);
      const done = (error: unknown, status: Pointer | null): void => {
        inFlight.delete(pinned);
        try {
          if (error) throw coerceError(error);
          check(status);
          if (out[0] === null) throw new AppError('INTERNAL', 'ONNX Runtime made no session');
          resolve(out[0]);
        } catch (thrown) {
          reject(coerceError(thrown));
        }
      };
      if (model instanceof Uint8Array) api.createSessionFromArray.async(env, model, model.length, options, out, done);
      else api.createSession.async(env, model.path, options, out, done);
    });
  } finally {
    api.releaseSessionOptions(options);
  }
}

/** ORT_ENABLE_ALL. */
const allOptimizations = 99;

async function runOnce(
  session: Pointer,
  names: Names,
  inputs: Tensors,
  outputs: Tensors,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { api, check } = loadOrtLibrary();
  const used = [...Object.values(inputs), ...Object.values(outputs)].map(handleOf);
  const pinned = {
    inputs,
    outputs,
    inputNames: names(Object.keys(inputs)),
    outputNames: names(Object.keys(outputs)),
    inputValues: BigUint64Array.from(Object.values(inputs), (tensor) => handleOf(tensor).value),
    outputValues: BigUint64Array.from(Object.values(outputs), (tensor) => handleOf(tensor).value),
  };
  // one record per call, so that terminating a run never touches another
  const options = create((out) => api.createRunOptions(out));
  const terminate = (): void => check(api.setTerminate(options));
  signal?.addEventListener('abort', terminate, { once: true });
  inFlight.add(pinned);
  for (const handle of used) handle.users++;
  try {
    const status = await new Promise<Pointer | null>((resolve, reject) => {
      api.run.async(
        session,
        options,
        pinned.inputNames,
        pinned.inputValues,
        pinned.inputValues.length,
        pinned.outputNames,
        pinned.outputValues.length,
        pinned.outputValues,
        (error, result) => (error ? reject(coerceError(error)) : resolve(result)),
      );
    });
    check(status);
  } catch (thrown) {
    signal?.throwIfAborted(); // then the status only says that we terminated the run
    throw thrown;
  } finally {
    for (const handle of used) handle.users--;
    inFlight.delete(pinned);
    signal?.removeEventListener('abort', terminate);
    api.releaseRunOptions(options);
  }
  signal?.throwIfAborted();
}

function handleOf(tensor: Tensor): Handle {
  const handle = handles.get(tensor);
  if (!handle) throw new AppError('INTERNAL', `a tensor of shape (${tensor.shape.join(', ')}) was used after disposal`);
  return handle;
}

/** Addresses of C strings, in the order asked. */
type Names = (wanted: readonly string[]) => BigUint64Array;

function createNames(): Names {
  const strings = new Map<string, { readonly bytes: Uint8Array; readonly address: Pointer }>();
  return (wanted) =>
    BigUint64Array.from(wanted, (name) => {
      let string = strings.get(name);
      if (!string) {
        const bytes = new TextEncoder().encode(`${name}\0`);
        strings.set(name, (string = { bytes, address: addressOf(bytes) }));
      }
      return string.address;
    });
}

interface Runtime {
  readonly env: Pointer;
  /** Says of a tensor that its bytes are ordinary memory. */
  readonly memory: Pointer;
}

let started: Runtime | undefined;

/** One environment and one thread pool for all sessions of the process: pools that know nothing of each other would fight. */
function runtime(): Runtime {
  return (started ??= startRuntime());
}

const warningLevel = 2;
const deviceAllocator = 0;
const defaultMemory = 0;

function startRuntime(): Runtime {
  const { api, check } = loadOrtLibrary();
  const threading = create((out) => api.createThreadingOptions(out));
  try {
    // the calling thread counts as one
    check(api.setGlobalIntraOpThreads(threading, os.availableParallelism()));
    check(api.setGlobalInterOpThreads(threading, 1));
    // Threads that spin while they wait are a tenth faster on an idle machine and three times slower on one that also
    // draws, serves and stores: on 2 busy cores a token took 48 ms with spinning and 12 ms without.
    check(api.setGlobalSpinControl(threading, 0));
    return {
      env: create((out) => api.createEnvWithGlobalThreadPools(warningLevel, 'gill', threading, out)),
      memory: create((out) => api.createCpuMemoryInfo(deviceAllocator, defaultMemory, out)),
    };
  } finally {
    api.releaseThreadingOptions(threading);
  }
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function allocate<T extends ElementType>(type: T, length: number): ElementArrays[T] {
  const make: { readonly [K in ElementType]: (n: number) => ElementArrays[K] } = {
    float32: (n) => new Float32Array(n),
    float16: (n) => new Uint16Array(n),
    uint8: (n) => new Uint8Array(n),
    int8: (n) => new Int8Array(n),
    int32: (n) => new Int32Array(n),
    int64: (n) => new BigInt64Array(n),
  };
  return make[type](length);
}
