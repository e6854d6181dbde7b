// One SQS queue as a bell: send, wait, take away, count. Speaks the service's JSON protocol. A message says nothing, so its
// body is never read.
import { ambientCredentials, callAws, type ReadCredentials } from '../aws/signed-call.ts';

/** What a bus needs of a queue; tests have one that loses, doubles and delays. */
export interface BellQueue {
  readonly send: () => Promise<void>;
  /** Waits for bells, at most 20 s. @returns a receipt for each; empty when none came @throws the signal's reason */
  readonly receive: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly remove: (receipt: string) => Promise<void>;
  /** Bells that wait or are being answered, roughly. */
  readonly count: () => Promise<number>;
}

/** What one answer may hold; all of them ring once. */
const bellsPerAnswer = 10;
const waitSeconds = 20;

/** @param url of the queue; its host is the endpoint */
export function openSqsQueue(
  url: string,
  region: string,
  read: ReadCredentials = ambientCredentials(region),
): BellQueue {
  const endpoint = new URL(url).origin;
  const call = (action: string, body: object, signal?: AbortSignal): Promise<unknown> =>
    callAws(
      {
        service: 'sqs',
        region,
        endpoint,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
        body: { QueueUrl: url, ...body },
        ...(signal ? { signal } : {}),
      },
      read,
    );
  return {
    async send() {
      await call('SendMessage', { MessageBody: 'look' });
    },
    async receive(signal) {
      const answer = await call(
        'ReceiveMessage',
        { MaxNumberOfMessages: bellsPerAnswer, WaitTimeSeconds: waitSeconds },
        signal,
      );
      const { Messages = [] } = answer as { Messages?: { ReceiptHandle: string }[] };
      return Messages.map(({ ReceiptHandle }) => ReceiptHandle);
    },
    async remove(receipt) {
      await call('DeleteMessage', { ReceiptHandle: receipt });
    },
    async count() {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
      const { Attributes = {} } = (await call('GetQueueAttributes', { AttributeNames: names })) as {
        Attributes?: Record<string, string>;
      };
      return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    },
  };
}
