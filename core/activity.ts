// What is going on right now, as stored on a job and shown to whoever waits. State, never history.

export type Phase =
  'QUEUED' | 'WARMING' | 'LOADING_WEIGHTS' | 'READING' | 'DECODING_TEXT' | 'DRAWING' | 'DECODING_PIXELS' | 'STORING';

export interface Activity {
  readonly phase: Phase;
  /** Jobs that come before this one. */
  readonly position?: number;
  readonly estimatedMs?: number;
  readonly loadedBytes?: number;
  readonly totalBytes?: number;
}

export interface ImageProgress {
  readonly phase: Phase;
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** Object key of the newest preview. */
  readonly previewKey?: string;
  readonly estimatedMs?: number;
}
