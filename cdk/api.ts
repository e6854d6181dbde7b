// The API: the same program as on a laptop, as a web function that bills nothing while nobody asks, or on Fargate behind a
// load balancer where WebSockets are wanted. Must never be reachable without a token: it checks them itself.
import {
  CfnOutput,
  Duration,
  RemovalPolicy,
  Stack,
  aws_certificatemanager as acm,
  aws_ec2 as ec2,
  aws_ecs as ecs,
  aws_ecs_patterns as patterns,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { accept, arnOf } from './accept.ts';
import { bundleApi } from './bundle.ts';
import { image } from './image.ts';
import { insights } from './insights.ts';
import type { Media } from './media.ts';
import { serviceOf } from './workers.ts';

export interface ApiProps {
  readonly media: Media;
  /** Database, bell, files, and how to wake a worker. */
  readonly environment: Record<string, string>;
  /** Gives the role what that environment needs. */
  readonly grant: (who: iam.IGrantable) => void;
  /** Name of the SSM parameter that holds AUTH_TOKENS; made by hand, so that no template holds a secret. Undefined: none. */
  readonly tokensParameter: string | undefined;
}

/**
 * Scales from and to zero, streams for 15 minutes at most, HTTP/1.1 without upgrade: live replies over SSE alone. A revision has
 * no setting for memory (CloudFormation knows none): what the estimate counts with is assumed there, and said.
 */
export class WebApi extends Construct {
  readonly role: iam.Role;
  /** What runs the program. */
  readonly program: IConstruct;

  constructor(scope: Construct, id: string, props: ApiProps & { readonly buildFolder: string }) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = logGroupOf(this);
    logGroup.grantWrite(this.role);
    props.grant(this.role);
    grantTokens(this.role, props.tokensParameter);
    const web = new lambda.WebFunction(this, 'Function', {
      runtime: lambda.WebFunctionRuntime.NODEJS_24_X,
      code: lambda.WebFunctionCode.fromAssetToProvidedBucket(props.media.weights, bundleApi(props.buildFolder), {
        keyPrefix: 'code/',
      }),
      role: this.role,
      logGroup,
      environment: { ...props.environment, ...tokensEnvironment(props.tokensParameter) },
      timeout: Duration.minutes(15),
      maxConcurrencyPerEnvironment: 64,
      // the service's own signatures cannot be made by plain GraphQL clients: the server checks bearer tokens
      defaultEndpointAuth: lambda.WebFunctionAuthType.APPLICATION_MANAGED,
      defaultEndpoint: { maxEnvironments: 20, rateLimit: 500 },
    });
    this.program = web;
    new CfnOutput(this, 'Url', { value: `https://${web.endpoint.domainName}/graphql` });

    const copy = "Written by CDK's own resource that copies the code into our bucket.";
    accept(Stack.of(this), {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]': copy,
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]':
        copy,
      'AwsSolutions-IAM5[Action::s3:Abort*]': copy,
      'AwsSolutions-IAM5[Action::s3:DeleteObject*]': copy,
      [`AwsSolutions-IAM5[Resource::${arnOf(props.media.weights)}/code/web-function/*]`]: copy,
      '@aws-cdk/aws-lambda:webFunctionPublicEndpoint': 'The server asks every request for a bearer token.',
    });
  }
}

export interface FargateApiProps extends ApiProps {
  readonly vpc: ec2.IVpc;
  /** Of the name that will point to the load balancer. Undefined: plain HTTP. */
  readonly certificateArn: string | undefined;
  readonly containerInsights: boolean;
}

/** One task always runs: about 35 to 40 dollars a month. */
export class FargateApi extends Construct {
  readonly role: iam.IRole;
  readonly connectable: ec2.IConnectable;
  /** What runs the program. */
  readonly program: IConstruct;

  constructor(scope: Construct, id: string, props: FargateApiProps) {
    super(scope, id);
    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: props.vpc,
      containerInsightsV2: insights(this, props),
    });
    const balanced = new patterns.ApplicationLoadBalancedFargateService(this, 'Service', {
      cluster,
      cpu: 256,
      memoryLimitMiB: 512,
      desiredCount: 1,
      minHealthyPercent: 100,
      assignPublicIp: true,
      taskSubnets: { subnetType: ec2.SubnetType.PUBLIC },
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      circuitBreaker: { rollback: true },
      ...(props.certificateArn === undefined
        ? {}
        : {
            certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
            redirectHTTP: true,
          }),
      // longer than the 12 s between two signs of life on a silent stream
      idleTimeout: Duration.minutes(15),
      taskImageOptions: {
        image: image(this, 'api', 'arm64'),
        containerPort: 8080,
        environment: { ...props.environment, ROLE: 'api', ...tokensEnvironment(props.tokensParameter) },
        logDriver: ecs.LogDrivers.awsLogs({ streamPrefix: 'api', logGroup: logGroupOf(this) }),
      },
    });
    balanced.targetGroup.configureHealthCheck({ path: '/healthz' });
    balanced.targetGroup.setAttribute('deregistration_delay.timeout_seconds', '60');
    balanced.service
      .autoScaleTaskCount({ minCapacity: 1, maxCapacity: 10 })
      .scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 50 });
    this.role = balanced.taskDefinition.taskRole;
    this.connectable = balanced.service;
    // the pattern has no property for it
    const task = balanced.taskDefinition.node.defaultChild as ecs.CfnTaskDefinition;
    task.addPropertyOverride('ContainerDefinitions.0.ReadonlyRootFilesystem', true);
    // without its security group: the database names that one, and comes before the migration
    this.program = serviceOf(balanced.service);
    props.grant(this.role);
    grantTokens(this.role, props.tokensParameter);
    const scheme = props.certificateArn === undefined ? 'http' : 'https';
    new CfnOutput(this, 'Url', { value: `${scheme}://${balanced.loadBalancer.loadBalancerDnsName}/graphql` });
    accept(this, {
      'AwsSolutions-ECS2': 'Only names of resources are passed; there is no secret, access is by role.',
      'AwsSolutions-ELB2': 'Access logs need a Region known at synthesis, and this stack is made for any.',
      'AwsSolutions-EC23': 'A public API: its listener is meant to be reached from anywhere.',
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resource.',
    });
  }
}

function logGroupOf(scope: Construct): logs.LogGroup {
  return new logs.LogGroup(scope, 'Log', {
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function tokensEnvironment(parameter: string | undefined): Record<string, string> {
  return parameter === undefined ? {} : { AUTH_TOKENS_PARAMETER: parameter };
}

function grantTokens(grantee: iam.IRole, parameter: string | undefined): void {
  if (parameter === undefined) return;
  const { region, account, partition } = Stack.of(grantee);
  iam.Grant.addToPrincipal({
    grantee,
    actions: ['ssm:GetParameter'],
    resourceArns: [`arn:${partition}:ssm:${region}:${account}:parameter${parameter}`],
  });
}
