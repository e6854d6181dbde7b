// Whether ECS reports on a cluster of its own accord. Must never be on unasked: its metrics are billed by the hour, also those
// of a service that stands at zero.
import { aws_ecs as ecs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { accept } from './accept.ts';

export function insights(
  scope: Construct,
  { containerInsights }: { readonly containerInsights: boolean },
): ecs.ContainerInsights {
  if (containerInsights) return ecs.ContainerInsights.ENABLED;
  accept(scope, {
    'AwsSolutions-ECS4': 'Billed while idle. The program has metrics of its own; -c containerInsights=true adds these.',
  });
  return ecs.ContainerInsights.DISABLED;
}
