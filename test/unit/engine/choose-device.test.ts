// Which device is taken, from offers of every kind: a named one or none, auto the best that computes, and why is always said.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLog } from '../../../core/log.ts';
import type { Device, DeviceChoice } from '../../../core/device.ts';
import { chooseDevice, whatFailed, type Offer } from '../../../functions/engine/choose-device.ts';
import { isAppError } from '../../harness/is-app-error.ts';

const all = ['CUDAExecutionProvider', 'WebGpuExecutionProvider', 'CPUExecutionProvider'];

/** @param broken what stands in the way of computing */
function offer(broken: string | undefined, change: Partial<Offer> = {}): Offer & { readonly tried: Device[] } {
  const tried: Device[] = [];
  return {
    providers: all,
    missingFile: () => undefined,
    tryOut: (device) => {
      tried.push(device);
      return broken === undefined ? Promise.resolve() : Promise.reject(new Error(broken));
    },
    ...change,
    tried,
  };
}

async function choose(choice: DeviceChoice, from: Offer): Promise<{ device: Device; level: string; msg: string }> {
  const lines: string[] = [];
  const device = await chooseDevice(
    choice,
    createLog('test', 'info', { write: (line) => void lines.push(line) }),
    from,
  );
  assert.equal(lines.length, 1, 'one line says what was taken');
  const line = JSON.parse(lines[0]!) as { level: string; msg: string; device: Device };
  assert.equal(line.device, device);
  return { device, level: line.level, msg: line.msg };
}

const noDriver = `/src/provider_bridge_ort.cc:1988 Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library /ort/libonnxruntime_providers_cuda.so with error: libcuda.so.1: cannot open shared object file: No such file or directory\n`;
const missing = { missingFile: () => '/ort/libonnxruntime_providers_cuda.so' };
const unknown = { providers: ['CPUExecutionProvider'] };

describe('auto', () => {
  test('takes cuda where it computes', async () => {
    const found = await choose('auto', offer(undefined));
    assert.deepEqual(found, { device: 'cuda', level: 'info', msg: 'computing on cuda, DEVICE=auto: it opens' });
  });

  test('takes the processor where no provider is installed, and tries nothing', async () => {
    const from = offer(undefined, missing);
    const { device, level, msg } = await choose('auto', from);
    assert.deepEqual([device, level, from.tried], ['cpu', 'info', []]);
    assert.match(msg, /computing on cpu, DEVICE=auto: .*libonnxruntime_providers_cuda\.so is not there/);
  });

  test('warns where one is installed that does not compute', async () => {
    const { device, level, msg } = await choose('auto', offer(noDriver));
    assert.deepEqual([device, level], ['cpu', 'warn']);
    assert.match(msg, /DEVICE=auto: cuda cannot be had \(libcuda\.so\.1: cannot open/);
  });

  test('never takes webgpu by itself', async () => {
    const from = offer(undefined, { providers: ['WebGpuExecutionProvider', 'CPUExecutionProvider'] });
    assert.equal((await choose('auto', from)).device, 'cpu');
    assert.deepEqual(from.tried, []);
  });
});

describe('a device that is named', () => {
  test('is taken, and nothing else is looked at', async () => {
    for (const device of ['cpu', 'cuda', 'webgpu'] as const) {
      const from = offer(undefined);
      assert.equal((await choose(device, from)).device, device);
      assert.deepEqual(from.tried, device === 'cpu' ? [] : [device]);
    }
    assert.equal((await choose('cpu', offer(noDriver, unknown))).device, 'cpu');
  });

  const refusals: readonly (readonly [DeviceChoice, Offer, RegExp])[] = [
    [
      'cuda',
      offer(noDriver),
      /^DEVICE=cuda cannot be had \(libcuda\.so\.1: [^)]+\): .*nvidia-smi.*, or set DEVICE=cpu$/,
    ],
    ['cuda', offer(undefined, missing), /^DEVICE=cuda .*_cuda\.so is not there\): .*install\.js.*, or set DEVICE=cpu$/],
    [
      'cuda',
      offer(undefined, unknown),
      /^DEVICE=cuda .*ONNX Runtime for \w+ \w+ does not know it.*, or set DEVICE=cpu$/,
    ],
    ['webgpu', offer(undefined, unknown), /^DEVICE=webgpu .*does not know it.*, or set DEVICE=cpu$/],
    ['webgpu', offer('no adapter'), /^DEVICE=webgpu cannot be had \(no adapter\): .*Vulkan.*, or set DEVICE=cpu$/],
  ];
  for (const [device, from, message] of refusals) {
    test(`is refused with what is missing and what to do: ${message.source}`, () =>
      assert.rejects(choose(device, from), isAppError('CONFIGURATION', message)));
  }
});

describe('of what ONNX Runtime says, the part that helps', () => {
  const told: readonly (readonly [string, string])[] = [
    [noDriver, 'libcuda.so.1: cannot open shared object file: No such file or directory'],
    [
      'Parse() [ONNXRuntimeError] : 1 : FAIL : option "device_id": CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=h ; file=/src/a.cc',
      'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version',
    ],
    [
      "Non-zero status code returned while running Conv node. Name:'Conv_0' Status Message: /src/k.h:296 Handle() [ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : cuDNN is unavailable: dlopen failed for libcudnn.so",
      'cuDNN is unavailable: dlopen failed for libcudnn.so',
    ],
    [
      'status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n',
      'Failed to get a WebGPU adapter: No supported adapters',
    ],
    ['first\nsecond', 'first'],
  ];
  for (const [message, part] of told) test(part, () => assert.equal(whatFailed(message), part));
});
