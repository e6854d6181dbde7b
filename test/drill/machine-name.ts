// What a figure was measured on: processor, cores, and the widest vector unit that int8 kernels find there, which decides
// how fast text is decoded more than the processor's name does.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

export const machineName = (): string =>
  `${cpus()[0]?.model ?? '?'} × ${availableParallelism()}, ${vectorUnit() ?? process.arch}`;

/** Undefined where the system does not tell (no Linux) or the processor is no x86. */
function vectorUnit(): string | undefined {
  let flags: ReadonlySet<string>;
  try {
    flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
  if (flags.has('avx512_vnni')) return 'AVX-512 VNNI';
  if (flags.has('avx512f')) return 'AVX-512';
  return flags.has('avx2') ? 'AVX2' : undefined;
}
