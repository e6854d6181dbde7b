// What a person is told: bells nobody took, work that waits too long, a month that gets expensive; and one page of graphs.
// Must never cost more than it watches over: standard metrics only.
import {
  Duration,
  aws_budgets as budgets,
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_lambda as lambda,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Queue } from './queue.ts';

export interface AlarmsProps {
  readonly queue: Queue;
  readonly controller: lambda.IFunction;
  readonly email: string | undefined;
  readonly monthlyBudgetUsd: number;
}

export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { queue, controller, email, monthlyBudgetUsd }: AlarmsProps) {
    super(scope, id);
    const topic = new sns.Topic(this, 'Topic', { enforceSSL: true });
    if (email) topic.addSubscription(new subscriptions.EmailSubscription(email));

    const minute = { period: Duration.minutes(1) };
    const dead = queue.dead.metricApproximateNumberOfMessagesVisible(minute);
    const oldest = queue.bells.metricApproximateAgeOfOldestMessage(minute);
    const errors = controller.metricErrors({ period: Duration.minutes(5) });
    const alarm = (
      name: string,
      says: string,
      metric: cloudwatch.IMetric,
      threshold: number,
      periods: number,
    ): void => {
      new cloudwatch.Alarm(this, name, {
        alarmDescription: says,
        metric,
        threshold,
        evaluationPeriods: periods,
        // an idle queue publishes nothing
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      }).addAlarmAction(new actions.SnsAction(topic));
    };
    alarm('DeadBells', 'A bell was taken five times and never answered: look at the log of the workers.', dead, 1, 1);
    alarm('OldestBell', 'Work waits for 15 minutes: GPU quota or capacity is missing.', oldest, 900, 3);
    alarm('Controller', 'Workers are not scaled: look at the log of the controller.', errors, 1, 3);

    new cloudwatch.Dashboard(this, 'Dashboard', {
      widgets: [
        [
          new cloudwatch.GraphWidget({
            title: 'Bells waiting',
            width: 12,
            left: [queue.bells.metricApproximateNumberOfMessagesVisible(minute), dead],
          }),
          new cloudwatch.GraphWidget({ title: 'Age of the oldest bell, seconds', width: 12, left: [oldest] }),
        ],
      ],
    });

    if (!email) return;
    const notice = (threshold: number): budgets.CfnBudget.NotificationWithSubscribersProperty => ({
      notification: { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new budgets.CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyBudgetUsd, unit: 'USD' },
      },
      notificationsWithSubscribers: [notice(50), notice(100)],
    });
  }
}
