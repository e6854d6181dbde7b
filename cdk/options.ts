// What a deployment may choose, read from the command line (`-c key=value`) or cdk.json. Must never guess: an unknown value
// stops the synthesis with a sentence.

const choices = {
  /** `web`: Lambda Web Function, nothing while idle. `fargate`: load balancer and WebSockets, billed by the hour. */
  api: ['web', 'fargate'],
  /** `dsql`: Aurora DSQL. `aurora`: Aurora Serverless PostgreSQL that pauses; it lies in a VPC, so the API must be `fargate`. */
  database: ['dsql', 'aurora'],
  /** `ecs`: own workers on ECS Managed Instances. `sagemaker-async`: the same image as an endpoint. `external`: URLs. */
  gpu: ['ecs', 'sagemaker-async', 'external'],
} as const;

type Choice<Key extends keyof typeof choices> = (typeof choices)[Key][number];

export interface Options {
  readonly api: Choice<'api'>;
  readonly database: Choice<'database'>;
  readonly gpu: Choice<'gpu'>;
  readonly maxWorkers: number;
  /** Spare capacity at about 40 % of the price; a worker that is taken away hands its jobs back. */
  readonly spot: boolean;
  readonly keepWarmSeconds: number;
  /** Metrics of ECS about clusters, services and tasks. They are billed by the hour, also of a service at zero. */
  readonly containerInsights: boolean;
  /** Half of it and all of it are told to `alarmEmail`; without one there is no budget. */
  readonly monthlyBudgetUsd: number;
  /** Where alarms and the budget's notices go. */
  readonly alarmEmail: string | undefined;
  /** Whose tokens the API takes. Undefined: only those of the SSM parameter. */
  readonly oidc: { readonly issuer: string; readonly audience: string } | undefined;
  /** Seconds of computing one viewer may use in a day. Undefined: no bound. */
  readonly dailyComputeSeconds: number | undefined;
  /** ACM certificate of `api=fargate`'s load balancer. Undefined: plain HTTP, which shows every token on its way. */
  readonly certificateArn: string | undefined;
  /** Collector that API and workers send their traces to, as OTLP over HTTP. Undefined: no traces. */
  readonly tracesEndpoint: string | undefined;
  /** Functions of `gpu=external`. */
  readonly functionUrls:
    { readonly llm: string; readonly diffusion: string; readonly vision: string | undefined } | undefined;
}

/** @throws Error naming the key, its value and what is allowed */
export function readOptions(read: (key: string) => unknown): Options {
  const text = (key: string): string | undefined => {
    const value = read(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new Error(`-c ${key} must be text, not ${typeof value}`);
  };
  const one = <Key extends keyof typeof choices>(key: Key, fallback: Choice<Key>): Choice<Key> => {
    const value = text(key) ?? fallback;
    const allowed: readonly Choice<Key>[] = choices[key];
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new Error(`-c ${key}=${value} must be one of ${allowed.join(', ')}`);
    return found;
  };
  const yesOrNo = (key: string): boolean => {
    const value = text(key) ?? 'false';
    if (value !== 'true' && value !== 'false') throw new Error(`-c ${key}=${value} must be true or false`);
    return value === 'true';
  };
  const count = (key: string, fallback: number): number => {
    const value = Number(text(key) ?? fallback);
    if (!Number.isInteger(value) || value < 0) throw new Error(`-c ${key} must be a whole number`);
    return value;
  };

  const database = one('database', 'dsql');
  const api = one('api', database === 'aurora' ? 'fargate' : 'web');
  if (database === 'aurora' && api === 'web')
    throw new Error('-c database=aurora lies in a VPC that a web function cannot enter for free: use -c api=fargate');
  const gpu = one('gpu', 'ecs');
  const [llm, diffusion, vision] = [text('llmUrl'), text('diffusionUrl'), text('visionUrl')];
  if (gpu === 'external' && !(llm && diffusion)) throw new Error('-c gpu=external needs -c llmUrl=… -c diffusionUrl=…');
  const [issuer, audience] = [text('oidcIssuer'), text('oidcAudience')];
  const certificateArn = text('certificateArn');
  if (certificateArn !== undefined && api !== 'fargate')
    throw new Error('-c certificateArn is for -c api=fargate: a web function has a certificate of its own');
  if (!issuer !== !audience) throw new Error('-c oidcIssuer=… and -c oidcAudience=… go together');
  return {
    api,
    database,
    gpu,
    maxWorkers: count('maxWorkers', 2),
    spot: yesOrNo('spot'),
    keepWarmSeconds: count('keepWarmSeconds', 600),
    containerInsights: yesOrNo('containerInsights'),
    monthlyBudgetUsd: count('monthlyBudgetUsd', 50),
    alarmEmail: text('alarmEmail'),
    oidc: issuer && audience ? { issuer, audience } : undefined,
    dailyComputeSeconds: text('dailyComputeSeconds') === undefined ? undefined : count('dailyComputeSeconds', 0),
    certificateArn,
    tracesEndpoint: text('tracesEndpoint'),
    functionUrls: llm && diffusion ? { llm, diffusion, vision } : undefined,
  };
}
