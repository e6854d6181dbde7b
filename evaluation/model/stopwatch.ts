// How fast the model was, as records tell it. Must never count what measures the picture.
import type { Measured, Speed } from '../harness/task.ts';
import type { DrawnPicture } from './draw.ts';
import type { Spoken } from './speak.ts';

/** Adds the CPU time of the work, over all cores, to what was spent before it. */
export async function timed<T extends Measured>(work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const made = await work();
  const { user, system } = process.cpuUsage(before);
  return { ...made, speed: { ...made.speed, modelCpuMs: (made.speed?.modelCpuMs ?? 0) + (user + system) / 1000 } };
}

/** @param spoken what the picture was asked for with; undefined: drawing began at once */
export function speedOf(spoken: Spoken | undefined, drawn: DrawnPicture | undefined): Speed {
  const drawingMs = spoken?.imageMs ?? 0;
  return {
    ...(spoken?.firstTokenMs !== undefined && { firstTokenMs: spoken.firstTokenMs }),
    ...(drawn?.firstPreviewMs !== undefined && { firstPreviewMs: drawingMs + drawn.firstPreviewMs }),
    ...(spoken?.spentBeforeMs !== undefined && { modelCpuMs: spoken.spentBeforeMs }),
    firstPictureMs: drawingMs + (drawn?.pixelsMs ?? 0),
  };
}
