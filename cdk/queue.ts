// The bell: a queue that says "look for jobs", and where bells go that nobody could take. Must never carry work: the row in
// the database is the job, so losing or repeating a message is harmless.
import { Duration, aws_iam as iam, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export class Queue extends Construct {
  readonly bells: sqs.Queue;
  readonly dead: sqs.Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const shared = {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // the longest there is: jobs wait as long as they must, and a bell that ran out would end the alarm about its age, and
      // would be missed where the controller counts bells; a late one is harmless
      retentionPeriod: Duration.days(14),
    } satisfies sqs.QueueProps;
    this.dead = new sqs.Queue(this, 'Dead', shared);
    this.bells = new sqs.Queue(this, 'Bells', {
      ...shared,
      visibilityTimeout: Duration.seconds(60),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: 5 },
    });
  }

  grantRing(who: iam.IGrantable): void {
    this.grant(who, ['sqs:SendMessage']);
  }

  grantHear(who: iam.IGrantable): void {
    this.grant(who, ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage']);
  }

  grantCount(who: iam.IGrantable): void {
    this.grant(who, ['sqs:GetQueueAttributes']);
  }

  private grant(grantee: iam.IGrantable, actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.bells.queueArn] });
  }

  environment(): Record<string, string> {
    return { SQS_QUEUE_URL: this.bells.queueUrl };
  }
}
