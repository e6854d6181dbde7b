// Validation rules that bound a document before anything runs: depth, aliases, directives. Introspection may be as deep as
// tools make it; its cost does not depend on data. Must never recurse into a fragment cycle, which another rule reports.
import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FieldNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { limits } from '../../core/limits.ts';

const refuse = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });

/** Counts nested fields, through fragments. */
const maxDepthRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    const depth = depthOf(context, node.selectionSet, new Set());
    if (depth > limits.maxDepth)
      context.reportError(
        refuse(`the operation is ${depth} fields deep, the limit is ${limits.maxDepth}: ask for less at a time`),
      );
  },
});

function depthOf(context: ValidationContext, { selections }: SelectionSetNode, visited: ReadonlySet<string>): number {
  let deepest = 0;
  for (const selection of selections) {
    // deep enough to refuse is deep enough to stop
    if (deepest > limits.maxDepth || visited.size > limits.maxDepth * 4) break;
    switch (selection.kind) {
      case Kind.FIELD:
        if (!selection.name.value.startsWith('__') && selection.selectionSet)
          deepest = Math.max(deepest, 1 + depthOf(context, selection.selectionSet, visited));
        else deepest = Math.max(deepest, 1);
        break;
      case Kind.INLINE_FRAGMENT:
        deepest = Math.max(deepest, depthOf(context, selection.selectionSet, visited));
        break;
      case Kind.FRAGMENT_SPREAD: {
        const name = selection.name.value;
        const fragment = context.getFragment(name);
        if (fragment && !visited.has(name))
          deepest = Math.max(deepest, depthOf(context, fragment.selectionSet, new Set([...visited, name])));
        break;
      }
    }
  }
  return deepest;
}

const maxAliasesRule: ValidationRule = (context) =>
  counting(context, 'aliases', limits.maxAliases, (count) => ({
    Field(node: FieldNode) {
      if (node.alias) count();
    },
  }));

const maxDirectivesRule: ValidationRule = (context) =>
  counting(context, 'directives', limits.maxDirectives, (count) => ({ Directive: () => void count() }));

function counting(
  context: ValidationContext,
  what: string,
  limit: number,
  visitor: (count: () => number) => ASTVisitor,
): ASTVisitor {
  let seen = 0;
  return {
    ...visitor(() => seen++),
    Document: {
      leave() {
        if (seen > limit) context.reportError(refuse(`the document has ${seen} ${what}, the limit is ${limit}`));
      },
    },
  };
}

export const limitRules: readonly ValidationRule[] = [maxDepthRule, maxAliasesRule, maxDirectivesRule];
