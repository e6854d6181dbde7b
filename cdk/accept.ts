// The findings of cdk-nag and of CDK's own checks that are meant to be, each with its reason. Must never accept a rule for
// more than the construct that needs it, where the finding's id allows that.
import { Stack, Validations } from 'aws-cdk-lib';
import type { CfnResource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** @param findings rule id, with its detail in brackets where it has one → why it is right */
export function accept(scope: Construct, findings: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(findings)) Validations.of(scope).acknowledge({ id, reason });
}

/** How cdk-nag writes the ARN of a resource of this stack. */
export function arnOf(resource: Construct): string {
  return `<${Stack.of(resource).getLogicalId(resource.node.defaultChild as CfnResource)}.Arn>`;
}
