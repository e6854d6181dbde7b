// The one stack: which constructs there are and who may do what. One on purpose: a web function copies its environment with
// raw references, which do not reach into another stack; what must outlive the stack is retained instead.
import { createHash } from 'node:crypto';
import { Stack, Tags, type App, type Environment } from 'aws-cdk-lib';
import type { aws_iam as iam } from 'aws-cdk-lib';
import { schemaStatements } from '../infra/database/migrate.ts';
import { loadColumns } from '../infra/scaling/read-load.ts';
import { Alarms } from './alarms.ts';
import { FargateApi, WebApi } from './api.ts';
import { Controller, Migration } from './controller.ts';
import { AuroraData, DsqlData, type Data } from './data.ts';
import { Media } from './media.ts';
import { Network } from './network.ts';
import type { Options } from './options.ts';
import { Queue } from './queue.ts';
import { SageMakerWorkers } from './sagemaker.ts';
import { Workers } from './workers.ts';

export interface StackOptions extends Options {
  /** Where code is bundled before it becomes an asset. */
  readonly buildFolder: string;
  /** Undefined: for any account and Region; then there are two zones, whatever is asked. */
  readonly env?: Environment;
}

const tokensParameter = '/gill/auth-tokens';
const model = 'storybook';

/** No lookups: it synthesizes without account, network or container engine. */
export function buildStack(app: App, options: StackOptions): Stack {
  const stack = new Stack(app, 'Gill', {
    ...(options.env ? { env: options.env } : {}),
    description: 'Conversation server whose replies interleave text and pictures',
  });
  Tags.of(stack).add('project', 'gill');
  const { api: host, gpu, buildFolder } = options;
  const media = new Media(stack, 'Media');
  const queue = new Queue(stack, 'Queue');
  const needsNetwork = gpu !== 'sagemaker-async' || host === 'fargate' || options.database === 'aurora';
  const network = needsNetwork
    ? new Network(stack, 'Network', { logs: media.logs, isolated: options.database === 'aurora' })
    : undefined;
  const data: Data =
    options.database === 'aurora'
      ? new AuroraData(stack, 'Data', { vpc: required(network).vpc })
      : new DsqlData(stack, 'Data');

  const shared = {
    ...media.environment(stack.region),
    ...queue.environment(),
    DATABASE_URL: data.url,
    ...(options.tracesEndpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: options.tracesEndpoint }),
  };
  const workerEnvironment = {
    ...shared,
    MODEL_URI: `s3://${media.weights.bucketName}/models/${model}`,
    ...(options.functionUrls
      ? {
          FUNCTIONS_LLM_URL: options.functionUrls.llm,
          FUNCTIONS_DIFFUSION_URL: options.functionUrls.diffusion,
          ...(options.functionUrls.vision ? { FUNCTIONS_VISION_URL: options.functionUrls.vision } : {}),
        }
      : {}),
  };
  const workerProps = {
    environment: workerEnvironment,
    grant: (who: iam.IGrantable) => {
      data.grantConnect(who);
      queue.grantHear(who);
      media.grantDrawing(who);
    },
  };
  const workers =
    gpu === 'sagemaker-async'
      ? new SageMakerWorkers(stack, 'Workers', { ...workerProps, media })
      : new Workers(stack, 'Workers', {
          ...workerProps,
          vpc: required(network).vpc,
          spot: options.spot,
          containerInsights: options.containerInsights,
          gpu: gpu === 'ecs',
        });
  if (workers instanceof Workers) data.letIn(workers.securityGroup);

  const apiProps = {
    media,
    environment: {
      ...shared,
      ...workers.wake.environment,
      ...(options.oidc ? { OIDC_ISSUER: options.oidc.issuer, OIDC_AUDIENCE: options.oidc.audience } : {}),
      ...(options.dailyComputeSeconds === undefined
        ? {}
        : { GILL_DAILY_COMPUTE_SECONDS: String(options.dailyComputeSeconds) }),
    },
    grant: (who: iam.IGrantable) => {
      data.grantConnect(who);
      queue.grantRing(who);
      media.grantSigning(who);
      workers.wake.grant(who);
    },
    // made by hand before the first deployment; with an issuer nobody needs one
    tokensParameter: options.oidc ? undefined : tokensParameter,
  };
  const api =
    host === 'web'
      ? new WebApi(stack, 'Api', { ...apiProps, buildFolder })
      : new FargateApi(stack, 'Api', {
          ...apiProps,
          vpc: required(network).vpc,
          certificateArn: options.certificateArn,
          containerInsights: options.containerInsights,
        });
  if (api instanceof FargateApi) data.letIn(api.connectable);

  const controller = new Controller(stack, 'Controller', {
    buildFolder,
    environment: {
      ...queue.environment(),
      ...workers.wake.environment,
      ...data.counting,
      MAX_WORKERS: String(options.maxWorkers),
      KEEP_WARM_SECONDS: String(options.keepWarmSeconds),
    },
    grant: (who) => {
      data.grantCount(who);
      queue.grantCount(who);
      workers.wake.grant(who);
    },
  });
  const logins = [workers.role, api.role, ...(options.database === 'dsql' ? [required(controller.function.role)] : [])];
  const migration = new Migration(stack, 'Migration', {
    buildFolder,
    environment: data.migration,
    grant: (who) => data.grantMigrate(who),
    version: versionOf([...schemaStatements(), JSON.stringify(loadColumns)]),
    logins,
    countSecret: data.countSecret,
  });
  migration.node.addDependency(data.ready);
  // the program finds the schema it was written for; the one before it runs on that too
  for (const program of [workers.program, api.program, controller.function]) program.node.addDependency(migration);
  new Alarms(stack, 'Alarms', {
    queue,
    controller: controller.function,
    email: options.alarmEmail,
    monthlyBudgetUsd: options.monthlyBudgetUsd,
  });
  media.acceptKeys(stack);
  return stack;
}

/** What the migration makes of a database, as a name for it. */
function versionOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a construct that another one needs was not made');
  return value;
}
