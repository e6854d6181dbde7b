// The same worker image as an asynchronous SageMaker endpoint, the one kind that may stand at zero, for accounts that may not
// run ECS with GPUs. Nothing invokes it: its container claims jobs like any worker, and the controller sets its size.
import { aws_iam as iam, aws_sagemaker as sagemaker } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { accept } from './accept.ts';
import { imageAsset } from './image.ts';
import type { Media } from './media.ts';
import type { Wake } from './workers.ts';

export interface SageMakerWorkersProps {
  readonly media: Media;
  readonly environment: Record<string, string>;
  readonly grant: (who: iam.IGrantable) => void;
}

const instanceType = 'ml.g6.xlarge';
const variantName = 'main';
/** Where answers of invocations would go; the service insists on a place. */
const answers = 'previews/sagemaker/';

export class SageMakerWorkers extends Construct {
  readonly wake: Wake;
  readonly role: iam.Role;
  /** What runs the program. */
  readonly program: sagemaker.CfnEndpoint;

  constructor(scope: Construct, id: string, props: SageMakerWorkersProps) {
    super(scope, id);
    const asset = imageAsset(this, 'cuda', 'amd64');
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    asset.repository.grantPull(this.role);
    for (const actions of [
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      ['cloudwatch:PutMetricData'],
    ])
      this.role.addToPolicy(new iam.PolicyStatement({ actions, resources: ['*'] }));
    props.grant(this.role);

    const model = new sagemaker.CfnModel(this, 'Model', {
      executionRoleArn: this.role.roleArn,
      primaryContainer: {
        image: asset.imageUri,
        environment: { ...props.environment, ROLE: 'worker', DEVICE: 'cuda', GILL_DATA_FOLDER: '/tmp/gill' },
      },
    });
    model.node.addDependency(this.role);
    const bucket = `s3://${props.media.pictures.bucketName}`;
    const config = new sagemaker.CfnEndpointConfig(this, 'Config', {
      asyncInferenceConfig: {
        outputConfig: { s3OutputPath: `${bucket}/${answers}`, s3FailurePath: `${bucket}/${answers}failed/` },
        clientConfig: { maxConcurrentInvocationsPerInstance: 4 },
      },
      productionVariants: [
        // the service asks for one at creation; the controller takes it down
        {
          variantName,
          modelName: model.attrModelName,
          instanceType,
          initialInstanceCount: 1,
          initialVariantWeight: 1,
        },
      ],
    });
    const endpoint = new sagemaker.CfnEndpoint(this, 'Endpoint', { endpointConfigName: config.attrEndpointConfigName });
    this.program = endpoint;
    this.wake = {
      environment: { WAKE_SAGEMAKER_ENDPOINT: endpoint.attrEndpointName },
      grant: (grantee) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'],
          resourceArns: [endpoint.attrEndpointArn],
        }),
    };
    accept(this, {
      'AwsSolutions-IAM5[Resource::*]':
        'ECR tokens, logs and metrics: SageMaker asks for these actions without a resource.',
    });
  }
}
