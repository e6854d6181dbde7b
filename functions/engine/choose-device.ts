// Which device a process computes on: the one that DEVICE names, or the best that opens. Must never take another than the one
// that was named, nor believe in a device that has not computed something: a file that is there may lack its driver.
import { AppError, coerceError } from '../../core/app-error.ts';
import type { Device, DeviceChoice } from '../../core/device.ts';
import type { Log } from '../../core/log.ts';
import { createGraph } from './onnx-graph.ts';
import { listProviders, missingFile, providerNames } from './onnx-providers.ts';
import { createTensor, openSession } from './onnx-runtime.ts';

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
    broken: 'the driver of a GPU must be there (on Linux one for Vulkan, and libvulkan.so.1)',
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
const failures = [/with error: (.+)/, /(CUDA failure \d+: [^;]+?) *;/, /(Failed to get a WebGPU adapter: .+)/];

/** @returns one line of the message, as short as it is known to be */
export function whatFailed(message: string): string {
  for (const pattern of failures) {
    const found = pattern.exec(message)?.[1];
    if (found !== undefined) return found.trim();
  }
  return message.split('\n', 1)[0]!.trim();
}

const offerHere = (): Offer => ({ providers: listProviders(), missingFile, tryOut });

/** @throws {AppError} INTERNAL when the device does not open, or computes wrongly */
async function tryOut(device: Device): Promise<void> {
  const graph = createGraph();
  const x = graph.input('x', 'float32', [2, 2]);
  graph.op('MatMul', [x, x], {}, { outputs: ['y'] });
  graph.output('y', 'float32', [2, 2]);
  await using session = await openSession(graph.toModel(), {
    device,
    config: { 'session.disable_cpu_ep_fallback': '1' },
  });
  using input = createTensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4));
  using output = createTensor('float32', [2, 2]);
  await session.run({ x: input }, { y: output });
  const got = output.data.join();
  if (got !== '7,10,15,22') throw new AppError('INTERNAL', `it computes ${got} where 7,10,15,22 is right`);
}
