// Workers that claim jobs themselves, none while nothing is to be done: on ECS Managed Instances with one GPU each, or on
// Fargate where the functions are elsewhere. Must never be reached from outside, nor keep a deployment waiting for a GPU.
import {
  Aws,
  Duration,
  RemovalPolicy,
  Size,
  aws_ec2 as ec2,
  aws_ecs as ecs,
  aws_iam as iam,
  aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { accept } from './accept.ts';
import { idleInstanceSeconds, taskVolumeGb } from './figures.ts';
import { image } from './image.ts';
import { insights } from './insights.ts';

/** How others make workers start, whatever they run on. */
export interface Wake {
  /** What infra/scaling/wake.ts reads. */
  readonly environment: Record<string, string>;
  readonly grant: (who: iam.IGrantable) => void;
}

export interface WorkersProps {
  readonly vpc: ec2.IVpc;
  readonly environment: Record<string, string>;
  readonly grant: (who: iam.IGrantable) => void;
  readonly spot: boolean;
  readonly containerInsights: boolean;
  /** False: the functions run elsewhere, and a worker needs a processor only. */
  readonly gpu: boolean;
}

/** Where the worker keeps repacked weights; the only folder it may write to, the root file system is read-only. */
const dataFolder = '/data';

export class Workers extends Construct {
  readonly wake: Wake;
  readonly role: iam.IRole;
  readonly securityGroup: ec2.SecurityGroup;
  /** What runs the program. */
  readonly program: ecs.CfnService;

  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id);
    const { vpc } = props;
    this.securityGroup = new ec2.SecurityGroup(this, 'Group', { vpc, description: 'Workers: outbound only' });
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc, containerInsightsV2: insights(this, props) });
    const capacity = props.gpu ? this.makeCapacity(props) : undefined;
    if (capacity) cluster.addManagedInstancesCapacityProvider(capacity);
    const task = new ecs.TaskDefinition(this, 'Task', {
      ...(props.gpu
        ? {
            compatibility: ecs.Compatibility.MANAGED_INSTANCES,
            // the instance's own public address is the way out; an awsvpc task would need a NAT gateway
            networkMode: ecs.NetworkMode.HOST,
            cpu: '3072',
            memoryMiB: '13312',
          }
        : {
            compatibility: ecs.Compatibility.FARGATE,
            runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64 },
            cpu: '512',
            memoryMiB: '1024',
          }),
    });
    task.addVolume({ name: 'data' });
    const container = task.addContainer('Worker', {
      image: props.gpu ? image(this, 'cuda', 'amd64') : image(this, 'cpu', 'arm64'),
      ...(props.gpu ? { gpuCount: 1 } : {}),
      // SIGTERM: nothing more is claimed, what runs is finished or handed back
      stopTimeout: Duration.seconds(120),
      readonlyRootFilesystem: true,
      // named, so that an instance whose GPU cannot be used ends with a sentence and does not draw slowly at its price
      environment: {
        ...props.environment,
        ROLE: 'worker',
        GILL_DATA_FOLDER: dataFolder,
        ...(props.gpu ? { DEVICE: 'cuda' } : {}),
      },
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'worker',
        logGroup: new logs.LogGroup(this, 'Log', {
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      }),
    });
    container.addMountPoints({ sourceVolume: 'data', containerPath: dataFolder, readOnly: false });
    this.role = task.taskRole;
    props.grant(this.role);

    // FargateService is the construct that takes a strategy of managed instances
    const service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: task,
      // none: a new account has no quota for GPUs, and a deployment that waits for one rolls back
      desiredCount: 0,
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      enableECSManagedTags: true,
      ...(capacity
        ? { capacityProviderStrategies: [{ capacityProvider: capacity.capacityProviderName, weight: 1 }] }
        : { assignPublicIp: true, securityGroups: [this.securityGroup] }),
    });
    this.program = serviceOf(service);
    if (capacity) {
      // it always writes awsvpc settings, which ECS refuses for a task in host mode
      this.program.addPropertyDeletionOverride('NetworkConfiguration');
      service.node.addDependency(capacity);
    }

    this.wake = {
      environment: { WAKE_ECS_CLUSTER: cluster.clusterName, WAKE_ECS_SERVICE: service.serviceName },
      grant: (grantee) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
          resourceArns: [service.serviceArn],
        }),
    };
    accept(this, {
      'AwsSolutions-ECS2': 'Only names of resources are passed; there is no secret, access is by role.',
      'AwsSolutions-IAM5[Resource::*]': 'ecr:GetAuthorizationToken knows no resource.',
    });
    if (!capacity) return;
    const drift = 'Written by AWS for ECS Managed Instances: a narrower copy would miss what the service needs next.';
    const policy = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy';
    accept(this, {
      [`${policy}/AmazonECSInfrastructureRolePolicyForManagedInstances]`]: drift,
      [`${policy}/AmazonECSInstanceRolePolicyForManagedInstances]`]: drift,
    });
  }

  private makeCapacity({ vpc, spot }: WorkersProps): ecs.ManagedInstancesCapacityProvider {
    // the construct's own role has one name for every Region; AWS lets only roles with this prefix be passed
    const name = `ecsInstanceRole-gill-${Aws.REGION}`;
    const role = new iam.Role(this, 'InstanceRole', {
      roleName: name,
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonECSInstanceRolePolicyForManagedInstances')],
    });
    const capacity = new ecs.ManagedInstancesCapacityProvider(this, 'Capacity', {
      ec2InstanceProfile: new iam.InstanceProfile(this, 'InstanceProfile', { role, instanceProfileName: name }),
      subnets: vpc.publicSubnets,
      securityGroups: [this.securityGroup],
      capacityOptionType: spot ? ecs.CapacityOptionType.SPOT : ecs.CapacityOptionType.ON_DEMAND,
      taskVolumeStorage: Size.gibibytes(taskVolumeGb),
      instanceRequirements: {
        vCpuCountMin: 4,
        vCpuCountMax: 16,
        memoryMin: Size.gibibytes(16),
        memoryMax: Size.gibibytes(64),
        acceleratorManufacturers: [ec2.AcceleratorManufacturer.NVIDIA],
        acceleratorTypes: [ec2.AcceleratorType.GPU],
        acceleratorCountMin: 1,
        acceleratorCountMax: 1,
        acceleratorTotalMemoryMin: Size.mebibytes(22_000),
        allowedInstanceTypes: ['g6.*', 'g5.*', 'g6e.*'],
      },
    });
    // an idle instance goes after this long; the construct has no property for it yet
    const resource = capacity.node.defaultChild as ecs.CfnCapacityProvider;
    resource.addPropertyOverride(
      'ManagedInstancesProvider.InfrastructureOptimization.ScaleInAfter',
      idleInstanceSeconds,
    );
    return capacity;
  }
}

/** The service itself, without the security group and the scaling that CDK puts around it. */
export function serviceOf(service: ecs.FargateService): ecs.CfnService {
  const resource = service.node.findChild('Service');
  if (!(resource instanceof ecs.CfnService)) throw new Error('the service is built differently in this CDK');
  return resource;
}
