// The one way every door takes from a request to an operation that may run: parse, validate, which operation, what it may
// cost with these variables. Whatever is refused here is refused on every door. Must never execute anything.
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { AppError } from '../../core/app-error.ts';
import { limits } from '../../core/limits.ts';
import { requireRight, type Right } from '../../infra/auth/identity.ts';
import { complexityOf, requireAffordable } from './complexity.ts';
import { limitRules } from './limit-rules.ts';
import { firstFieldRead } from './write-only.ts';

export interface OperationRequest {
  readonly query: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

export interface PreparedOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly document: DocumentNode;
  /** The document's text: equal texts are equal documents. */
  readonly source: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Points, as `limits.maxComplexity` counts them. */
  readonly complexity: number;
}

/** Every reason why a request is not run. */
export class RefusedOperation extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super(errors.map((error) => error.message).join('; '));
    this.errors = errors;
  }
}

interface Asking {
  readonly rights: ReadonlySet<Right>;
}

/** @param caller whose rights must allow this kind of operation, and what it selects */
export type PrepareOperation = (request: OperationRequest, caller: Asking) => PreparedOperation;

const cachedDocuments = 500;
const maxCachedBytes = 20_000;

/** @returns a function that throws {RefusedOperation} */
export function createPrepareOperation(schema: GraphQLSchema): PrepareOperation {
  const cache = new Map<string, DocumentNode>();

  /** Parsed and validated once; the least recently used document is forgotten first. */
  function documentOf(source: string): DocumentNode {
    const known = cache.get(source);
    const document = known ?? parseAndValidate(schema, source);
    if (source.length <= maxCachedBytes) {
      cache.delete(source);
      cache.set(source, document);
      if (cache.size > cachedDocuments) cache.delete(cache.keys().next().value!);
    }
    return document;
  }

  function requireUnread(caller: Asking, document: DocumentNode, operation: OperationDefinitionNode): void {
    if (caller.rights.has('read')) return;
    const field = firstFieldRead(schema, document, operation);
    if (field === undefined) return;
    throw new AppError(
      'FORBIDDEN',
      `${field} needs the right "read", which this API token lacks: of what it wrote it is shown ids, userErrors and uploads`,
    );
  }

  return ({ query, variables, operationName }, caller) => {
    if (typeof query !== 'string' || query === '')
      throw refuse('the request has no "query": send the document as a string');
    if (!isOptionalObject(variables)) throw refuse('"variables" must be an object');
    if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
      throw refuse('"operationName" must be a string');
    const document = documentOf(query);
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      const known = document.definitions
        .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
        .map((node) => node.name?.value ?? '(unnamed)');
      throw refuse(`"operationName" must be one of the document's operations: ${known.join(', ')}`);
    }
    requireRight(caller, operation.operation === OperationTypeNode.MUTATION ? 'write' : 'read');
    requireUnread(caller, document, operation);
    const name = operationName ?? operation.name?.value;
    return {
      kind: operation.operation,
      document,
      source: query,
      operationName: name,
      variables: variables ?? {},
      complexity: priceOf(schema, document, variables ?? {}, name),
    };
  };
}

/** @throws {RefusedOperation} when this door cannot carry this kind of operation */
export function requireKind(operation: PreparedOperation, allowed: readonly PreparedOperation['kind'][]): void {
  if (allowed.includes(operation.kind)) return;
  const advice =
    operation.kind === 'subscription'
      ? 'here: use WebSocket (graphql-transport-ws), or POST with "Accept: text/event-stream"'
      : 'by GET: send it with POST';
  const error = new AppError('METHOD_NOT_ALLOWED', `a ${operation.kind} cannot be answered ${advice}`);
  throw new RefusedOperation([new GraphQLError(error.message, { originalError: error })]);
}

function parseAndValidate(schema: GraphQLSchema, source: string): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(source, { maxTokens: limits.maxDocumentTokens });
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError)) throw thrown;
    throw new RefusedOperation([
      new GraphQLError(thrown.message, {
        source: thrown.source,
        positions: thrown.positions,
        extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      }),
    ]);
  }
  const errors = validate(schema, document, [...specifiedRules, ...limitRules], { maxErrors: 20 });
  if (errors.length > 0) throw new RefusedOperation(errors);
  return document;
}

function priceOf(...operation: Parameters<typeof complexityOf>): number {
  try {
    const complexity = complexityOf(...operation);
    requireAffordable(complexity);
    return complexity;
  } catch (thrown) {
    if (thrown instanceof GraphQLError) throw new RefusedOperation([thrown]);
    throw thrown;
  }
}

function refuse(message: string): RefusedOperation {
  return new RefusedOperation([new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } })]);
}

const isOptionalObject = (value: unknown): value is Record<string, unknown> | undefined | null =>
  value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
