// What looks after the rest: once a minute it sets how many workers there should be, and at each deployment it brings the
// schema up to date. Must never hold a right that only one of the two needs.
import {
  CustomResource,
  Duration,
  RemovalPolicy,
  Stack,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_scheduler as scheduler,
  aws_scheduler_targets as targets,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { accept, arnOf } from './accept.ts';
import { bundleHandler } from './bundle.ts';
import { handlerMegabytes } from './figures.ts';

interface HandlerProps {
  readonly buildFolder: string;
  readonly environment: Record<string, string>;
  readonly grant: (who: iam.IGrantable) => void;
}

/** Runs functions/controller/scale.ts every minute. */
export class Controller extends Construct {
  readonly function: lambda.Function;

  constructor(scope: Construct, id: string, props: HandlerProps) {
    super(scope, id);
    this.function = handler(this, 'scale', Duration.seconds(30), props);
    new scheduler.Schedule(this, 'EveryMinute', {
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      target: new targets.LambdaInvoke(this.function, { retryAttempts: 0 }),
    });
    // CDK puts the role of the schedule beside us, into the stack
    accept(Stack.of(this), {
      [`AwsSolutions-IAM5[Resource::${arnOf(this.function)}:*]`]:
        'Versions of this one function, written by the target of the schedule.',
    });
  }
}

export interface MigrationProps extends HandlerProps {
  /** Changes whenever there is something to migrate. */
  readonly version: string;
  /** Who may log in as the database role `gill`. */
  readonly logins: readonly iam.IRole[];
  /** Holds the password of the login that the controller counts with. Undefined: it is one of `logins`. */
  readonly countSecret: string | undefined;
}

/** Runs functions/controller/migrate.ts at each deployment that changes the schema or the logins. */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const migrate = handler(this, 'migrate', Duration.minutes(10), props);
    new CustomResource(this, 'Schema', {
      // the function answers CloudFormation itself: one function less than CDK's provider
      serviceToken: migrate.functionArn,
      resourceType: 'Custom::Schema',
      serviceTimeout: Duration.minutes(15),
      properties: {
        version: props.version,
        logins: props.logins.map((role) => role.roleArn),
        // a deployment that has it newly, or another one, gives the login its password
        ...(props.countSecret === undefined ? {} : { countSecret: props.countSecret }),
      },
    });
  }
}

function handler(
  scope: Construct,
  name: 'scale' | 'migrate',
  timeout: Duration,
  { buildFolder, environment, grant }: HandlerProps,
): lambda.Function {
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const logGroup = new logs.LogGroup(scope, 'Log', {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  logGroup.grantWrite(role);
  grant(role);
  return new lambda.Function(scope, 'Function', {
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    code: lambda.Code.fromAsset(bundleHandler(name, buildFolder)),
    handler: 'index.handler',
    timeout,
    memorySize: handlerMegabytes,
    environment,
    role,
    logGroup,
  });
}
