// The service that runs workers, as those see it who want one: how many it is asked for, and asking for another number. Must
// never be asked for more than the rule of desired-workers.ts allows.
import { AppError, unreachable } from '../../core/app-error.ts';
import type { WakeConfiguration } from '../../core/configuration.ts';
import { ambientCredentials, callAws, type ReadCredentials } from '../aws/signed-call.ts';

export interface WorkerService {
  /** Workers the service is asked for, running or not yet. */
  readonly desired: () => Promise<number>;
  readonly ask: (workers: number) => Promise<void>;
}

export function openWake(
  wake: WakeConfiguration,
  region: string,
  read: ReadCredentials = ambientCredentials(region),
  endpoint?: string,
): WorkerService {
  switch (wake.kind) {
    case 'ecs':
      return ecsService(wake, (action, body) => {
        const target = `AmazonEC2ContainerServiceV20141113.${action}`;
        return callAws({ service: 'ecs', region, endpoint, headers: jsonHeaders(target), body }, read);
      });
    case 'sagemaker':
      return sageMakerEndpoint(wake.endpoint, (action, body) => {
        const url = endpoint ?? `https://api.sagemaker.${region}.amazonaws.com`;
        const headers = jsonHeaders(`SageMaker.${action}`);
        return callAws({ service: 'sagemaker', region, endpoint: url, headers, body }, read);
      });
    default:
      return unreachable(wake);
  }
}

type Call = (action: string, body: object) => Promise<unknown>;

const jsonHeaders = (target: string) => ({ 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target });

function ecsService({ cluster, service }: { cluster: string; service: string }, call: Call): WorkerService {
  return {
    async desired() {
      const answer = await call('DescribeServices', { cluster, services: [service] });
      const [found] = (answer as { services?: { desiredCount: number }[] }).services ?? [];
      if (!found) throw new AppError('CONFIGURATION', `ECS knows no service ${service}: check WAKE_ECS_SERVICE`);
      return found.desiredCount;
    },
    async ask(workers) {
      await call('UpdateService', { cluster, service, desiredCount: workers });
    },
  };
}

/** An asynchronous endpoint, the only kind that may stand at zero. */
function sageMakerEndpoint(endpoint: string, call: Call): WorkerService {
  const describe = async (): Promise<{ VariantName: string; DesiredInstanceCount: number }> => {
    const answer = await call('DescribeEndpoint', { EndpointName: endpoint });
    const { ProductionVariants: variants = [] } = answer as {
      ProductionVariants?: { VariantName: string; DesiredInstanceCount: number }[];
    };
    const [variant] = variants;
    if (!variant) throw new AppError('MODEL_UNAVAILABLE', `the endpoint ${endpoint} is not in service yet`);
    return variant;
  };
  return {
    desired: async () => (await describe()).DesiredInstanceCount,
    async ask(workers) {
      const { VariantName } = await describe();
      await call('UpdateEndpointWeightsAndCapacities', {
        EndpointName: endpoint,
        DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount: workers }],
      });
    },
  };
}

/** The same in memory, for one process and for tests. */
export function createMemoryService(onAsk: (workers: number) => void = () => undefined): WorkerService {
  let desired = 0;
  return {
    desired: () => Promise.resolve(desired),
    ask(workers) {
      desired = workers;
      onAsk(workers);
      return Promise.resolve();
    },
  };
}
