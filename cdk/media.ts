// Buckets: pictures, weights, and the logs of who read them. Private, TLS only, kept when the stack goes. Must never be
// reached without a signature.
import { Duration, RemovalPolicy, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { accept, arnOf } from './accept.ts';

/** Files that are written once under a key that names job and attempt: see functions/worker. */
const pictures = 'images/';
const previews = 'previews/';
const uploads = 'uploads/';
const models = 'models/';

export class Media extends Construct {
  readonly logs: s3.Bucket;
  readonly pictures: s3.Bucket;
  /** Weights, and the code of the web function, which Lambda reads at every start. */
  readonly weights: s3.Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const shared = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    } satisfies s3.BucketProps;
    const noLeftovers = { abortIncompleteMultipartUploadAfter: Duration.days(1) };

    this.logs = new s3.Bucket(this, 'Logs', {
      ...shared,
      lifecycleRules: [{ ...noLeftovers, expiration: Duration.days(90) }],
    });
    this.pictures = new s3.Bucket(this, 'Pictures', {
      ...shared,
      serverAccessLogsBucket: this.logs,
      serverAccessLogsPrefix: 'pictures/',
      // a signed URL is the permission; any page that was given one may show the file
      // and whoever was given a signed form may send its one file
      cors: [
        {
          allowedMethods: [s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.POST],
          allowedOrigins: ['*'],
          allowedHeaders: ['*'],
          maxAge: 3_600,
        },
      ],
      lifecycleRules: [
        { ...noLeftovers, prefix: previews, expiration: Duration.days(1) },
        { ...noLeftovers, prefix: uploads, expiration: Duration.days(1) },
        {
          ...noLeftovers,
          prefix: pictures,
          transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
        },
      ],
    });
    this.weights = new s3.Bucket(this, 'Weights', {
      ...shared,
      versioned: true,
      serverAccessLogsBucket: this.logs,
      serverAccessLogsPrefix: 'weights/',
      lifecycleRules: [{ ...noLeftovers, noncurrentVersionExpiration: Duration.days(7) }],
    });
  }

  /** A presigned request acts with its signer's own rights: to read what it signs for, and to store what is uploaded. */
  grantSigning(who: iam.IGrantable): void {
    this.grant(who, this.pictures, ['s3:GetObject']);
    this.grant(who, this.pictures, ['s3:PutObject'], uploads);
    this.grantListing(who); // without it a file that has not come yet looks like one that is forbidden
  }

  grantDrawing(who: iam.IGrantable): void {
    this.grant(who, this.pictures, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']);
    // HeadBucket at start: that a bucket is missing is told before the first picture is lost
    this.grantListing(who);
    this.grant(who, this.weights, ['s3:GetObject'], models);
  }

  private grantListing(who: iam.IGrantable): void {
    iam.Grant.addToPrincipal({ grantee: who, actions: ['s3:ListBucket'], resourceArns: [this.pictures.bucketArn] });
  }

  /** Every key of the bucket of pictures, or one prefix; acknowledged where the policy lies. */
  private grant(who: iam.IGrantable, bucket: s3.Bucket, actions: string[], prefix = ''): void {
    iam.Grant.addToPrincipal({ grantee: who, actions, resourceArns: [bucket.arnForObjects(`${prefix}*`)] });
  }

  /** To be called for the scope that holds the policies. */
  acceptKeys(scope: Construct): void {
    accept(scope, {
      [`AwsSolutions-IAM5[Resource::${arnOf(this.pictures)}/*]`]: 'Every key of the bucket that holds pictures alone.',
      [`AwsSolutions-IAM5[Resource::${arnOf(this.pictures)}/${uploads}*]`]: 'One key prefix of one bucket.',
      [`AwsSolutions-IAM5[Resource::${arnOf(this.weights)}/${models}*]`]: 'One key prefix of one bucket.',
    });
  }

  /** What core/configuration.ts reads. */
  environment(region: string): Record<string, string> {
    return { S3_BUCKET: this.pictures.bucketName, S3_REGION: region };
  }
}
