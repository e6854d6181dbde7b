// What this deployment can do, from the limits and from what its workers report.
import { limits } from '../../../core/limits.ts';
import { conditioningsOf, firstConditioningOf, imagePoliciesOf } from '../picture-choices.ts';
import { uploadTypes } from '../uploads.ts';
import type { FunctionReport, Fleet } from '../../../infra/database/workers.ts';
import type { Capabilities, FunctionState, FunctionStatus } from '../../../schema/generated/resolver-types.ts';

export function describeCapabilities({ workers, modelCard }: Fleet): Capabilities {
  const reports = workers.flatMap((worker) => worker.functions);
  return {
    model: modelCard?.model ?? null,
    modelDigest: modelCard?.modelDigest ?? null,
    contextTokens: modelCard?.contextTokens ?? null,
    samplers: modelCard?.samplers ?? [],
    defaultSteps: modelCard?.defaultSteps ?? null,
    defaultGuidance: modelCard?.defaultGuidance ?? null,
    defaultStrength: modelCard?.defaultParentGuidance ?? null,
    imageSizes: modelCard?.imageSizes ?? [],
    maxReplyTokens: limits.maxReplyTokens,
    maxPartsPerMessage: limits.maxPartsPerMessage,
    readsImages: modelCard?.readsImages ?? false,
    imagePolicies: imagePoliciesOf(modelCard),
    conditionings: conditioningsOf(modelCard),
    firstConditioning: firstConditioningOf(modelCard),
    maxTakes: limits.maxTakes,
    maxPicturesPerReply: modelCard?.countsPictures ? limits.maxPicturesPerReply : 1,
    maxImagesPerMessage: limits.maxImagesPerMessage,
    maxUploadBytes: limits.maxUploadBytes,
    maxUploadPixels: limits.maxUploadPixels,
    uploadTypes,
    maxTextCodePoints: limits.maxTextCodePoints,
    functions: [describeFunction('llm', reports), describeFunction('diffusion', reports)],
  };
}

function describeFunction(name: FunctionReport['name'], reports: readonly FunctionReport[]): FunctionState {
  const own = reports.filter((report) => report.name === name);
  return { name, state: readiest(own), workers: own.length };
}

function readiest(reports: readonly FunctionReport[]): FunctionStatus {
  if (reports.length === 0) return 'COLD';
  const ready = reports.filter(({ health }) => health.state === 'ready');
  if (ready.some(({ busy }) => !busy)) return 'READY';
  if (ready.length > 0) return 'BUSY';
  return reports.some(({ health }) => health.state === 'loading') ? 'WARMING' : 'UNHEALTHY';
}
