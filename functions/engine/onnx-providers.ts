// What ONNX Runtime can compute with beside the processor, and how a session is told to. Must never pick a device by itself, nor
// fall back to another one: choose-device.ts says which, and what does not open is an error.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Device } from '../../core/device.ts';
import { create, decodeStrings, libraryFolder, loadOrtLibrary, type Pointer } from './onnx-library.ts';

/** As ONNX Runtime calls it among those it was built to use. */
export const providerNames: Readonly<Record<Device, string>> = {
  cpu: 'CPUExecutionProvider',
  cuda: 'CUDAExecutionProvider',
  webgpu: 'WebGpuExecutionProvider',
};

/**
 * Providers that this build of ONNX Runtime can be asked for. Some are files of their own, which may be missing all the same.
 * @throws {AppError} MODEL_UNAVAILABLE
 */
export function listProviders(): readonly string[] {
  const { api, check } = loadOrtLibrary();
  const count: [number] = [0];
  const names = create((out) => api.getAvailableProviders(out, count));
  try {
    return decodeStrings(names, count[0]);
  } finally {
    check(api.releaseAvailableProviders(names, count[0]));
  }
}

/** The file that ONNX Runtime would load to compute on the device, if it needs one and that is not there. */
export function missingFile(device: Device): string | undefined {
  if (device !== 'cuda') return undefined; // the other two are inside the library
  const name = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  const file = path.join(libraryFolder(), name);
  return existsSync(file) ? undefined : file;
}

/**
 * Full float32 products, as on the processor: TF32, which would be the default, keeps 10 bits of a factor. And no timing of every
 * convolution at its first call, which would be the default as well and makes two starts of one program differ.
 */
const cudaOptions = { use_tf32: '0', cudnn_conv_algo_search: 'HEURISTIC' };

/** @throws {AppError} INTERNAL with ONNX Runtime's sentence when the device's library cannot be loaded */
export function addProvider(sessionOptions: Pointer, device: Device, notOnWebGpu: readonly string[]): void {
  const { api, check } = loadOrtLibrary();
  switch (device) {
    case 'cpu':
      return; // always there, and last
    case 'cuda': {
      const options = create((out) => api.createCudaProviderOptions(out));
      try {
        const [keys, values] = [Object.keys(cudaOptions), Object.values(cudaOptions)];
        check(api.updateCudaProviderOptions(options, keys, values, keys.length));
        check(api.appendCudaProvider(sessionOptions, options));
      } finally {
        api.releaseCudaProviderOptions(options);
      }
      return;
    }
    case 'webgpu': {
      const options = notOnWebGpu.length > 0 ? { forceCpuNodeNames: notOnWebGpu.join('\n') } : {};
      const [keys, values] = [Object.keys(options), Object.values(options)];
      check(api.appendProvider(sessionOptions, 'WebGPU', keys, values, keys.length));
    }
  }
}
