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
const maxDepthRule: ValidationRule = (context) => {
  const depths: FragmentDepths = new Map();
  return {
    OperationDefinition(node) {
      const depth = depthOf(context, node.selectionSet, depths);
      if (depth > limits.maxDepth)
        context.reportError(
          refuse(`the operation is ${depth} fields deep, the limit is ${limits.maxDepth}: ask for less at a time`),
        );
    },
  };
};

/** Of each fragment once: spread twice at every level, it would double the work each time. 0 while it is being measured. */
type FragmentDepths = Map<string, number>;

function depthOf(context: ValidationContext, { selections }: SelectionSetNode, fragments: FragmentDepths): number {
  let deepest = 0;
  for (const selection of selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        if (!selection.name.value.startsWith('__') && selection.selectionSet)
          deepest = Math.max(deepest, 1 + depthOf(context, selection.selectionSet, fragments));
        else deepest = Math.max(deepest, 1);
        break;
      case Kind.INLINE_FRAGMENT:
        deepest = Math.max(deepest, depthOf(context, selection.selectionSet, fragments));
        break;
      case Kind.FRAGMENT_SPREAD: {
        const name = selection.name.value;
        const fragment = context.getFragment(name);
        if (fragment && !fragments.has(name)) {
          fragments.set(name, 0); // a cycle ends here
          fragments.set(name, depthOf(context, fragment.selectionSet, fragments));
        }
        deepest = Math.max(deepest, fragments.get(name) ?? 0);
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
