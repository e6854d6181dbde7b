// Every observation reaches its metric, and what dashboard, alerts and documentation name exists.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Observation } from '../../../core/observation.ts';
import { createMetrics } from '../../../infra/telemetry/metrics.ts';

const observations: { readonly [K in Observation['kind']]: [Extract<Observation, { kind: K }>, ...RegExp[]] } = {
  prompt: [
    { kind: 'prompt', items: 100, cachedItems: 64 },
    /^gill_prompt_tokens_total{component="worker"} 100$/m,
    /^gill_prompt_cached_tokens_total{component="worker"} 64$/m,
  ],
  read: [{ kind: 'read', items: 32, ms: 40 }, /^gill_prompt_chunk_seconds_sum{component="worker"} 0.04$/m],
  step: [
    { kind: 'step', rows: 3, ms: 7 },
    /^gill_decode_batch_rows_bucket{le="3",component="worker"} 1$/m,
    /^gill_decode_step_seconds_sum{component="worker"} 0.007$/m,
    /^gill_decoded_tokens_total{component="worker"} 3$/m,
  ],
  slots: [
    { kind: 'slots', total: 8, active: 2, waiting: 1, positions: 300, totalPositions: 16_384, keptBytes: 5_000 },
    /^gill_reply_slots{state="waiting",component="worker"} 1$/m,
    /^gill_kv_positions{state="active",component="worker"} 300$/m,
    /^gill_kv_kept_bytes{component="worker"} 5000$/m,
  ],
  claim: [
    { kind: 'claim', job: 'reply', waitedMs: 300 },
    /^gill_queue_wait_seconds_sum{component="worker",job="reply"} 0.3$/m,
  ],
  jobEnd: [
    { kind: 'jobEnd', job: 'image', outcome: 'finished', ms: 2_000 },
    /^gill_job_seconds_count{component="worker",job="image",outcome="finished"} 1$/m,
  ],
  firstText: [{ kind: 'firstText', ms: 250 }, /^gill_first_text_seconds_sum{component="worker"} 0.25$/m],
  written: [{ kind: 'written', tokens: 50, ms: 500 }, /^gill_reply_tokens_per_second_sum{component="worker"} 100$/m],
  pictureCall: [{ kind: 'pictureCall', ms: 20 }, /^gill_picture_call_seconds_sum{component="worker"} 0.02$/m],
  eventLag: [{ kind: 'eventLag', ms: 9 }, /^gill_event_lag_seconds_sum{component="worker"} 0.009$/m],
};

const metrics = createMetrics('worker');
metrics.gauge('gill_subscriptions', 'Open subscriptions', () => 17);
metrics.gauge('gill_sockets', 'Open WebSockets', () => 5);
for (const [observation] of Object.values(observations)) metrics.observe(observation);
const text = await metrics.render();

test('every observation is in what Prometheus reads', () => {
  for (const [observation, ...lines] of Object.values(observations))
    for (const line of lines) assert.match(text, line, observation.kind);
  assert.match(text, /^gill_subscriptions{component="worker"} 17$/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds{/m);
});

test('dashboard, alerts and documentation name metrics that exist, and the documentation names all of ours', async () => {
  const known = new Set(text.matchAll(/^# TYPE (\S+)/gm).map(([, name]) => name!));
  const documentation = await readFile('docs/operations.md', 'utf8');
  const files = ['infra/telemetry/dashboard.json', 'infra/telemetry/alerts.yaml'];
  for (const words of [documentation, ...(await Promise.all(files.map((file) => readFile(file, 'utf8'))))]) {
    const named = [...words.matchAll(/\b(?:gill|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
    assert.ok(named.length > 0);
    for (const name of named)
      assert.ok(known.has(name.replace(/_(?:bucket|count|sum)$/, '')) || known.has(name), `there is no metric ${name}`);
  }
  for (const name of known)
    if (name.startsWith('gill_')) assert.ok(documentation.includes(name), `${name} is not documented`);
});

test('each measure that operators are promised is on the dashboard and has an alert', async () => {
  const files = ['infra/telemetry/dashboard.json', 'infra/telemetry/alerts.yaml'];
  for (const file of files) {
    const words = await readFile(file, 'utf8');
    for (const name of [
      'gill_queue_wait_seconds',
      'gill_first_text_seconds',
      'gill_reply_tokens_per_second',
      'gill_decode_batch_rows',
      'gill_kv_positions',
      'gill_prompt_cached_tokens_total', // prefix hit rate
      'gill_decode_step_seconds',
      'gill_picture_call_seconds', // step time of a picture
      'gill_event_lag_seconds',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      assert.ok(words.includes(name), `${name} is not in ${file}`);
  }
});
