// What a caller who may write but not read is shown of what it wrote: ids, what was refused, and how an upload goes on. A
// mutation's payload would otherwise be a query by another name: its conversation holds every message. Pure: a document in, the
// first field too many out.
import { TypeInfo, isInterfaceType, isObjectType, separateOperations, visit, visitWithTypeInfo, BREAK } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';

/** An upload is a way of writing: where the file goes and whether it was taken, not what it shows. */
const openTypes = new Set(['Upload']);
/** Of anything else that has an id of its own. */
const openFields = new Set(['id', '__typename']);

/** @returns the coordinate of a field that needs the right to read, such as `Conversation.title` */
export function firstFieldRead(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): string | undefined {
  const types = new TypeInfo(schema);
  let found: string | undefined;
  const visitor = visitWithTypeInfo(types, {
    Field(node) {
      const parent = types.getParentType();
      if (!isObjectType(parent) && !isInterfaceType(parent)) return;
      const isNode = parent.name === 'Node' || parent.getInterfaces().some(({ name }) => name === 'Node');
      if (!isNode || openTypes.has(parent.name) || openFields.has(node.name.value)) return;
      found = `${parent.name}.${node.name.value}`;
      return BREAK;
    },
  });
  // what the other operations of the document read, by fragments of their own too, is not run
  visit(separateOperations(document)[operation.name?.value ?? '']!, visitor);
  return found;
}
