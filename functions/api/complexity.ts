// What an operation may cost at most, in points, from its text and variables alone: about what its answer holds the event
// loop for, since execution cannot be interrupted. Lists count as long as they can be. Must never make a field free that
// can be asked for again and again under other names.
import {
  GraphQLError,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';
import { limits } from '../../core/limits.ts';

/** A point is a plain field: about 2 µs on the machine of test/drill/measure-queries.ts, which prints it. */
const plain = 1;
/** A row, its resolvers and its place in the answer. */
const object = 2;

/** What fields cost that are more than a value that lies there. */
const dearFields: Readonly<Record<string, number>> = {
  // half a millisecond for each that was not signed within the last minutes; its own turn of the loop is not counted twice
  'Image.file': 10,
  'ImageProgress.preview': 10,
  'Upload.url': 50,
  'Upload.fields': 50,
  // long strings: a message holds as much as one request, `limits.maxRequestBytes`, over `limits.maxPartsPerMessage` parts
  'TextPart.text': 10,
  'Recipe.words': 10,
};
/** Fields that Image declares are the same on what implements it. */
const ownerOf = (type: string): string => (/^(Generated|Uploaded|Gallery)Image$/.test(type) ? 'Image' : type);

/** How long lists without `first` can be. */
const listSizes: Readonly<Record<string, number>> = {
  alternatives: limits.maxAlternatives,
  apiTokens: limits.maxApiTokensPerViewer,
  parts: limits.maxPartsPerMessage,
  part: limits.maxPartsPerMessage,
  // of these parts so many are pictures, and all of a reply together have so many takes
  image: 1,
  takes: limits.maxTakes / limits.maxPartsPerMessage,
  edges: 1,
  // of a decision: matches, and pictures that can be meant
  candidates: limits.maxCandidates,
};
const pictureShare = limits.maxImagesPerMessage / limits.maxPartsPerMessage;
const otherListSize = 10;

const estimateCost: ComplexityEstimator = ({ args, childComplexity, field, type }) => {
  if (type.name.startsWith('__')) return 0;
  const dear = dearFields[`${ownerOf(type.name)}.${field.name}`] ?? 0;
  if (!isCompositeType(getNamedType(field.type))) return plain + dear;
  const given = args as { first?: unknown; last?: unknown; ids?: unknown };
  const asked = Array.isArray(given.ids) ? given.ids.length : (given.first ?? given.last);
  const one = object + dear + childComplexity;
  // out of range is refused by the resolver; here it must only not become free
  if (typeof asked === 'number') return object + Math.max(1, asked) * one;
  if (type.name === 'ImagePart' && field.name === 'image') return pictureShare * one;
  return (listSizes[field.name] ?? (isListType(getNullableType(field.type)) ? otherListSize : 1)) * one;
};

/** @throws {GraphQLError} for variables that do not fit their types, and QUERY_TOO_COMPLEX for more fields than are counted */
export function complexityOf(
  schema: GraphQLSchema,
  query: DocumentNode,
  variables: Record<string, unknown>,
  operationName?: string,
): number {
  try {
    const points = getComplexity({
      schema,
      query,
      variables,
      ...(operationName !== undefined && { operationName }),
      estimators: [estimateCost],
      // counted by a fragment's every use, so it also bounds the work of counting
      maxQueryNodes: limits.maxQueryNodes,
    });
    return Math.ceil(points);
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError) || !thrown.message.startsWith('Query exceeds')) throw thrown;
    throw tooComplex(
      `the operation has more than ${limits.maxQueryNodes} fields, fragments counted at every use: ask for less at a time`,
    );
  }
}

/** @throws {GraphQLError} QUERY_TOO_COMPLEX naming points and limit */
export function requireAffordable(complexity: number): void {
  if (complexity > limits.maxComplexity)
    throw tooComplex(
      `the operation costs ${complexity} points, the limit is ${limits.maxComplexity}: ask for shorter lists or fewer fields`,
    );
}

const tooComplex = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX' } });
