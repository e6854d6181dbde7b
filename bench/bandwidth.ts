// `node bandwidth.ts`: how fast both cores read memory by the clock, as one JSON line. A process of its own, so that the half gigabyte it
// reads is gone before anything is timed.
import { readBandwidth } from './memory.ts';

export interface Bandwidth {
  readonly bytesPerMs: number;
}

const measured: Bandwidth = { bytesPerMs: await readBandwidth(({ wallMs }) => wallMs) };
console.log(JSON.stringify(measured));
process.exit(0); // ONNX Runtime's threads would keep the process
