// The network of whatever needs one: public subnets with no way in. Must never hold a NAT gateway or an interface endpoint:
// both bill by the hour.
import { aws_ec2 as ec2, type aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { maxZones } from './figures.ts';

export interface NetworkProps {
  readonly logs: s3.IBucket;
  /** Subnets without any route outside, for a database. */
  readonly isolated: boolean;
}

export class Network extends Construct {
  readonly vpc: ec2.Vpc;

  constructor(scope: Construct, id: string, { logs, isolated }: NetworkProps) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: maxZones,
      natGateways: 0,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 },
        ...(isolated ? [{ name: 'data', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }] : []),
      ],
      gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
      flowLogs: {
        rejected: {
          trafficType: ec2.FlowLogTrafficType.REJECT,
          destination: ec2.FlowLogDestination.toS3(logs, 'network/'),
        },
      },
      // emptying the default group takes a function of its own; nothing is ever put into that group
      restrictDefaultSecurityGroup: false,
    });
  }
}
