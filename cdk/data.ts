// Where the truth lies: Aurora DSQL, which bills nothing while nobody asks, or Aurora Serverless PostgreSQL, which pauses.
// Must never be deleted with the stack.
import {
  Duration,
  RemovalPolicy,
  Stack,
  aws_dsql as dsql,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_rds as rds,
} from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { countRole } from '../functions/controller/count-login.ts';
import { accept } from './accept.ts';

/** The database role that API and workers log in as, on DSQL the controller too; the migration makes it. */
export const databaseRole = 'gill';
const databaseName = 'gill';

/** What the other constructs need of a database, whichever it is. */
export interface Data {
  /** DATABASE_URL of the role `gill`. */
  readonly url: string;
  /** Connect as `gill`, with a token made of the caller's own role. */
  readonly grantConnect: (who: iam.IGrantable) => void;
  /** Run the migrations, as the owner of everything. */
  readonly grantMigrate: (who: iam.IGrantable) => void;
  /** How the migration reaches the database as its owner (functions/controller/migrate.ts). */
  readonly migration: Record<string, string>;
  /** Read what waits, from outside any network. */
  readonly grantCount: (who: iam.IGrantable) => void;
  /** How the controller reaches the database (functions/controller/scale.ts). */
  readonly counting: Record<string, string>;
  /** The password of a login for counting alone, which the migration makes. Undefined: counted is as `gill`. */
  readonly countSecret: string | undefined;
  /** What must be there before a statement is answered. */
  readonly ready: IDependable;
  /** Lets a security group in; nothing to do where the database is a public API. */
  readonly letIn: (peer: ec2.IConnectable) => void;
}

export class DsqlData extends Construct implements Data {
  readonly url: string;
  readonly migration: Record<string, string>;
  readonly counting: Record<string, string>;
  readonly countSecret = undefined;
  readonly ready: IDependable;
  private readonly cluster: dsql.CfnCluster;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.cluster = new dsql.CfnCluster(this, 'Cluster', { deletionProtectionEnabled: true });
    this.cluster.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.url = `dsql://${databaseRole}@${this.cluster.attrEndpoint}/postgres`;
    this.ready = this.cluster;
    this.counting = { DATABASE_URL: this.url };
    this.migration = { MIGRATE_AS: `dsql://admin@${this.cluster.attrEndpoint}/postgres` };
  }

  /** Aurora DSQL has no grant helper in CDK. */
  grantConnect(who: iam.IGrantable): void {
    this.grant(who, 'dsql:DbConnect');
  }

  grantMigrate(who: iam.IGrantable): void {
    this.grant(who, 'dsql:DbConnectAdmin');
  }

  grantCount(who: iam.IGrantable): void {
    this.grantConnect(who);
  }

  letIn(): void {
    // a public API whose door is IAM
  }

  private grant(grantee: iam.IGrantable, action: string): void {
    iam.Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [this.cluster.attrResourceArn] });
  }
}

export interface AuroraDataProps {
  readonly vpc: ec2.IVpc;
}

export class AuroraData extends Construct implements Data {
  readonly url: string;
  readonly migration: Record<string, string>;
  readonly counting: Record<string, string>;
  readonly countSecret: string;
  readonly ready: IDependable;
  private readonly cluster: rds.DatabaseCluster;
  private readonly counter: rds.DatabaseSecret;

  constructor(scope: Construct, id: string, { vpc }: AuroraDataProps) {
    super(scope, id);
    this.cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: rds.AuroraPostgresEngineVersion.VER_17_4 }),
      writer: rds.ClusterInstance.serverlessV2('Writer'),
      serverlessV2MinCapacity: 0,
      serverlessV2MaxCapacity: 4,
      serverlessV2AutoPauseDuration: Duration.minutes(5),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      defaultDatabaseName: databaseName,
      credentials: rds.Credentials.fromGeneratedSecret('owner'),
      iamAuthentication: true,
      // the migration comes through it, so nothing of ours has to stand inside the network
      enableDataApi: true,
      storageEncrypted: true,
      backup: { retention: Duration.days(7) },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      cloudwatchLogsExports: ['postgresql'],
    });
    const { hostname, port } = this.cluster.clusterEndpoint;
    this.url = `rds://${databaseRole}@${hostname}:${port}/${databaseName}`;
    this.migration = {
      DATA_API_CLUSTER_ARN: this.cluster.clusterArn,
      DATA_API_SECRET_ARN: this.cluster.secret?.secretArn ?? '',
      DATA_API_DATABASE: databaseName,
    };
    // a cluster without its instance answers nothing; not the whole cluster, whose rules name those who come after it
    this.ready = this.cluster.node.findChild('Writer');
    this.counter = new rds.DatabaseSecret(this, 'Counter', { username: countRole });
    this.countSecret = this.counter.secretArn;
    this.counting = { ...this.migration, DATA_API_SECRET_ARN: this.countSecret };
    accept(this, {
      'AwsSolutions-SMG4':
        "The owner's is used by the migration alone, the counter's reads nine columns and no text; all others log in with IAM tokens.",
      'AwsSolutions-RDS11': 'The port is reachable from two security groups only.',
    });
  }

  grantConnect(who: iam.IGrantable): void {
    const { region, account, partition } = Stack.of(this);
    const user = `${this.cluster.clusterResourceIdentifier}/${databaseRole}`;
    iam.Grant.addToPrincipal({
      grantee: who,
      actions: ['rds-db:connect'],
      resourceArns: [`arn:${partition}:rds-db:${region}:${account}:dbuser:${user}`],
    });
  }

  grantMigrate(who: iam.IGrantable): void {
    this.grantStatements(who);
    this.cluster.secret?.grantRead(who);
    // it tells the database what to check that password with
    this.counter.grantRead(who);
  }

  /** With the counter's secret: whose statements run is decided by the secret that a caller may read. */
  grantCount(who: iam.IGrantable): void {
    this.grantStatements(who);
    this.counter.grantRead(who);
  }

  private grantStatements(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['rds-data:ExecuteStatement'],
      resourceArns: [this.cluster.clusterArn],
    });
  }

  letIn(peer: ec2.IConnectable): void {
    this.cluster.connections.allowDefaultPortFrom(peer);
  }
}
