// Observations as Prometheus metrics, one registry a process; docs/operations.md lists them. Must never carry a label
// whose values users make: ids, names and words would grow the registry without bound.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { unreachable } from '../../core/app-error.ts';
import type { Observe } from '../../core/observation.ts';

export interface Metrics {
  readonly observe: Observe;
  /** A gauge that is read when Prometheus asks. */
  readonly gauge: (name: string, help: string, read: () => number) => void;
  /** What `GET /metrics` answers. */
  readonly contentType: string;
  readonly render: () => Promise<string>;
}

/** Seconds: from a decoding step to a queue on a busy day. */
const fast = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2];
const slow = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** @param component `api`, `worker`, `llm`, `diffusion` or `vision`: a label of every metric */
export function createMetrics(component: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ component });
  collectDefaultMetrics({ register: registry }); // event-loop delay, memory, CPU time, garbage collection
  const registers = [registry];
  const seconds = <L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
    new Histogram({ name, help, buckets, labelNames, registers });
  const counter = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const queueWait = seconds('gill_queue_wait_seconds', 'From the making of a job to its first claim', slow, ['job']);
  const jobTime = seconds('gill_job_seconds', 'Duration of an attempt', slow, ['job', 'outcome']);
  const firstText = seconds('gill_first_text_seconds', 'From the start of an attempt to its first text', slow);
  const speed = new Histogram({
    name: 'gill_reply_tokens_per_second',
    help: 'Speed of one reply behind its first text',
    buckets: [2, 5, 10, 20, 40, 60, 80, 100, 125, 150, 200, 400],
    registers,
  });
  const step = seconds('gill_decode_step_seconds', 'One pass over one token of every reply', fast);
  const rows = new Histogram({
    name: 'gill_decode_batch_rows',
    help: 'Replies that shared a pass',
    buckets: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64],
    registers,
  });
  const tokens = counter('gill_decoded_tokens_total', 'Tokens decoded');
  const read = seconds('gill_prompt_chunk_seconds', 'One pass over a chunk of a prompt', fast);
  const promptTokens = counter('gill_prompt_tokens_total', 'Tokens of prompts, computed or not');
  const cachedTokens = counter(
    'gill_prompt_cached_tokens_total',
    'Those of them that were copied from earlier prompts',
  );
  const slots = gauge('gill_reply_slots', 'Replies the language engine can decode at once', ['state']);
  const positions = gauge('gill_kv_positions', 'Positions that active replies hold', ['state']);
  const kept = gauge('gill_kv_kept_bytes', 'Keys, values and states of earlier prompts, for reuse');
  const pictureCall = seconds('gill_picture_call_seconds', 'One call of a picture network', fast);
  const eventLag = seconds('gill_event_lag_seconds', 'From an event’s transaction to its readers’ process', fast);

  const observe: Observe = (seen) => {
    switch (seen.kind) {
      case 'prompt':
        promptTokens.inc(seen.items);
        cachedTokens.inc(seen.cachedItems);
        return;
      case 'read':
        return read.observe(seen.ms / 1000);
      case 'step':
        rows.observe(seen.rows);
        tokens.inc(seen.rows);
        return step.observe(seen.ms / 1000);
      case 'slots':
        slots.set({ state: 'total' }, seen.total);
        slots.set({ state: 'active' }, seen.active);
        slots.set({ state: 'waiting' }, seen.waiting);
        positions.set({ state: 'total' }, seen.totalPositions);
        positions.set({ state: 'active' }, seen.positions);
        return kept.set(seen.keptBytes);
      case 'claim':
        return queueWait.observe({ job: seen.job }, seen.waitedMs / 1000);
      case 'jobEnd':
        return jobTime.observe({ job: seen.job, outcome: seen.outcome }, seen.ms / 1000);
      case 'firstText':
        return firstText.observe(seen.ms / 1000);
      case 'written':
        if (seen.tokens > 0 && seen.ms > 0) speed.observe((seen.tokens * 1000) / seen.ms);
        return;
      case 'pictureCall':
        return pictureCall.observe(seen.ms / 1000);
      case 'eventLag':
        return eventLag.observe(Math.max(0, seen.ms) / 1000);
      default:
        return unreachable(seen);
    }
  };

  return {
    observe,
    gauge: (name, help, value) => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
