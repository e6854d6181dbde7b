// Images built from the repository's Dockerfile. Must never take in more than .dockerignore lets through: the content's hash
// decides whether anything is deployed anew.
import path from 'node:path';
import { aws_ecr_assets as assets, aws_ecs as ecs } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

const root = path.resolve(import.meta.dirname, '..');

/** Stages of the Dockerfile. */
type Target = 'api' | 'cpu' | 'cuda';
type Architecture = 'arm64' | 'amd64';

/** @param target a stage of the Dockerfile */
export function imageAsset(scope: Construct, target: Target, architecture: Architecture): assets.DockerImageAsset {
  return new assets.DockerImageAsset(scope, 'Image', {
    directory: root,
    file: 'Dockerfile',
    target,
    platform: architecture === 'arm64' ? assets.Platform.LINUX_ARM64 : assets.Platform.LINUX_AMD64,
  });
}

export function image(scope: Construct, target: Target, architecture: Architecture): ecs.ContainerImage {
  return ecs.ContainerImage.fromDockerImageAsset(imageAsset(scope, target, architecture));
}
