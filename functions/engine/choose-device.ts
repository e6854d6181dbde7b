// Which device a process computes on: the one that DEVICE names, or the best that opens. Must never take another than the one
// that was named, nor believe in a device that has not computed something: a file that is there may lack its driver.
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Device, DeviceChoice } from '../../core/device.ts';
import type { Log } from '../../core/log.ts';
import { createGraph, shapeInitializer } from './onnx-graph.ts';
import { listProviders, missingFile, providerNames } from './onnx-providers.ts';
import { createTensor, openSession, type SessionOptions } from './onnx-runtime.ts';

/** What there is to choose from. */
export interface Offer {
  /** What ONNX Runtime was built to use. */
  readonly providers: readonly string[];
  /** A file that the device needs and that is not there. */
  readonly missingFile: (device: Device) => string | undefined;
  /** Computes something small on the device, and nothing of it on the processor. @throws whatever is in the way */
  readonly tryOut: (device: Device) => Promise<void>;
}

type Accelerator = Exclude<Device, 'cpu'>;

/** Whether the device computes. `broken`: it was installed, so somebody expected that it does. */
type Trial = { readonly kind: 'opens' } | { readonly kind: 'absent' | 'broken'; readonly why: string };

/** What whoever named the device can do about it. */
const remedies: Readonly<Record<Accelerator, Readonly<Record<'absent' | 'broken', string>>>> = {
  cuda: {
    absent:
      'on x86-64 Linux run "node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12" or take the image’s target cuda',
    broken: 'CUDA 12, cuDNN 9 and the driver of an NVIDIA GPU must be there (nvidia-smi shows the driver)',
  },
  webgpu: {
    absent: 'take onnxruntime-node for another system',
    broken:
      'a GPU and its driver must be there, and no software in its place (on Linux a Vulkan driver and libvulkan.so.1)',
  },
};

/**
 * WebGPU is taken only when it is named: software may stand behind it that is slower than the processor.
 * @throws {AppError} CONFIGURATION with what is missing and what to do, when the device that was named does not compute
 */
export async function chooseDevice(choice: DeviceChoice, log: Log, offer: Offer = offerHere()): Promise<Device> {
  switch (choice) {
    case 'cpu':
      return tell(log, choice, 'cpu', 'as it says');
    case 'auto': {
      const trial = await attempt('cuda', offer);
      if (trial.kind === 'opens') return tell(log, choice, 'cuda', 'it opens');
      // a GPU that was prepared and stands idle is worth a look
      return tell(log, choice, 'cpu', `cuda cannot be had (${trial.why})`, trial.kind === 'broken' ? 'warn' : 'info');
    }
    case 'cuda':
    case 'webgpu': {
      const trial = await attempt(choice, offer);
      if (trial.kind === 'opens') return tell(log, choice, choice, 'it opens');
      throw new AppError(
        'CONFIGURATION',
        `DEVICE=${choice} cannot be had (${trial.why}): ${remedies[choice][trial.kind]}, or set DEVICE=cpu`,
      );
    }
  }
}

function tell(log: Log, choice: DeviceChoice, device: Device, why: string, level: 'info' | 'warn' = 'info'): Device {
  log[level]({ device }, `computing on ${device}, DEVICE=${choice}: ${why}`);
  return device;
}

async function attempt(device: Accelerator, { providers, missingFile, tryOut }: Offer): Promise<Trial> {
  if (!providers.includes(providerNames[device]))
    return { kind: 'absent', why: `ONNX Runtime for ${process.platform} ${process.arch} does not know it` };
  const file = missingFile(device);
  if (file !== undefined) return { kind: 'absent', why: `${file} is not there` };
  try {
    await tryOut(device);
    return { kind: 'opens' };
  } catch (thrown) {
    return { kind: 'broken', why: whatFailed(coerceError(thrown).message) };
  }
}

/** Where ONNX Runtime's sentences say what failed, among places in its sources. */
const failures = [
  /with error: (.+)/,
  /(CUDA failure \d+: [^;]+?) *;/,
  /(Failed to get a WebGPU adapter: .+)/,
  /.*\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : (.+)/,
];

/** @returns one line of the message, as short as it is known to be */
export function whatFailed(message: string): string {
  for (const pattern of failures) {
    const found = pattern.exec(message)?.[1];
    if (found !== undefined) return found.trim();
  }
  return message.split('\n', 1)[0]!.trim();
}

const offerHere = (): Offer => ({ providers: listProviders(), missingFile, tryOut });

/** Positions, heads and width of a head: more positions than a kernel takes in one piece. */
const [positions, heads, headWidth] = [48, 2, 64];
/** Of float32; TF32 or half precision would be near it, a wrong kernel is at a tenth and more. */
const tolerance = 1e-3;

/**
 * One of each of the great operators: CUDA’s convolution needs cuDNN, which nothing else asks for.
 * @throws {AppError} INTERNAL when the device does not open, or computes otherwise than the processor
 */
async function tryOut(device: Device): Promise<void> {
  const width = heads * headWidth;
  const graph = createGraph();
  const x = graph.input('x', 'float32', [1, positions, width]);
  const matrix = graph.initializer('matrix', 'float32', [width, width], waves(width * width, 1 / width));
  const kernel = graph.initializer('kernel', 'float32', [1, 1, 3, 3], waves(9, 1));
  const plane = graph.one('Reshape', [x, shapeInitializer(graph, 'plane', [1, 1, positions, width])]); // (1, 1, T, C)
  const convolved = graph.one('Conv', [plane, kernel], { pads: { ints: [1, 1, 1, 1] } }); // (1, 1, T, C)
  const values = graph.one('Reshape', [convolved, shapeInitializer(graph, 'rows', [1, positions, width])]); // (1, T, C)
  const query = graph.one('MatMul', [x, matrix]); // (1, T, C)
  const attention = { num_heads: { int: heads } };
  graph.op('MultiHeadAttention', [query, x, values], attention, { domain: 'com.microsoft', outputs: ['y'] }); // (1, T, C)
  graph.output('y', 'float32', [1, positions, width]);
  const model = graph.toModel();

  const compute = async (options: SessionOptions): Promise<Float32Array> => {
    await using session = await openSession(model, options);
    using input = createTensor('float32', [1, positions, width], waves(positions * width, 1));
    using output = createTensor('float32', [1, positions, width]);
    await session.run({ x: input }, { y: output });
    return output.data;
  };
  const found = await compute({ device, config: { 'session.disable_cpu_ep_fallback': '1' } });
  const right = await compute({ device: 'cpu' });
  const error = Math.hypot(...found.map((value, i) => value - right[i]!)) / Math.hypot(...right);
  if (!(error < tolerance))
    throw new AppError('INTERNAL', `what it computes is ${(100 * error).toFixed(1)} % off what the processor does`);
}

/** Numbers without a pattern that a wrong order of sums could meet by chance. */
const waves = (length: number, scale: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(i * i + i));
