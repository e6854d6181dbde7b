// Hands memory that is not needed back to the system, which the process would keep otherwise. Does so on Linux only: elsewhere memory stays
// resident, and nothing else differs. Must never be given memory whose contents someone still reads.
import koffi from 'koffi';
import { coerceError } from '../../core/app-error.ts';
import { addressOf, type Callable, type Pointer } from './onnx-library.ts';

/**
 * What was freed: loading a model frees tens of megabytes that glibc would keep for later.
 * @returns false where the C library offers no such call, and keeps what it keeps
 */
export async function releaseFreedMemory(): Promise<boolean> {
  const trim = systemCall<[pad: number]>('int malloc_trim(size_t pad)'); // musl has none
  return trim !== undefined && (await onThread(trim, 0)) === 1;
}

/** No page size is larger on the machines that Node runs on but 64 KiB on some Arm ones; a multiple of the page is as good. */
const pageBytes = 65_536;
/** Linux: the pages are gone at once, and come back as zeros when they are touched. */
const dontNeed = 4;

/** The whole pages within `data`, whose contents are lost. */
export async function giveBackPages(data: Float32Array): Promise<void> {
  const begin = addressOf(data);
  const first = roundUp(begin);
  const bytes = begin + BigInt(data.byteLength) - first;
  const wholeBytes = bytes - (bytes % BigInt(pageBytes));
  if (wholeBytes <= 0n) return;
  const advise = systemCall<[address: Pointer, bytes: number, advice: number]>(
    'int madvise(uintptr_t address, size_t bytes, int advice)',
  );
  if (advise) await onThread(advise, first, Number(wholeBytes), dontNeed);
}

const roundUp = (address: Pointer): Pointer => {
  const page = BigInt(pageBytes);
  return ((address + page - 1n) / page) * page;
};

const known = new Map<string, Callable<never[], number> | undefined>();

function systemCall<Arguments extends unknown[]>(signature: string): Callable<Arguments, number> | undefined {
  if (process.platform !== 'linux') return undefined;
  if (!known.has(signature)) {
    let call: Callable<never[], number> | undefined;
    try {
      call = koffi.load(null).func(signature) as Callable<never[], number>;
    } catch {
      call = undefined; // this C library has no such function
    }
    known.set(signature, call);
  }
  return known.get(signature) as Callable<Arguments, number> | undefined;
}

const onThread = <Arguments extends unknown[]>(
  call: Callable<Arguments, number>,
  ...values: Arguments
): Promise<number> =>
  new Promise((resolve, reject) => {
    call.async(...values, (error: unknown, result: number) => (error ? reject(coerceError(error)) : resolve(result)));
  });
