// How TypeScript types are made from the SDL. `npm run fix` writes schema/generated/, `npm run check` compares it.
import type { CodegenConfig } from '@graphql-codegen/cli';

export const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  generates: {
    'schema/generated/resolver-types.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        enumType: 'string-literal',
        enumsAsTypes: true,
        useTypeImports: true,
        avoidOptionals: { field: true, inputValue: false },
        immutableTypes: true,
        maybeValue: 'T | null',
        inputMaybeValue: 'T | null | undefined',
        scalars: { ID: 'string', DateTime: 'Date', UUID: 'string', URL: 'string' },
        contextType: '../../functions/api/context.ts#Context',
        mappers: {
          Viewer: '../../functions/api/nodes.ts#ViewerNode',
          Conversation: '../../functions/api/nodes.ts#ConversationNode',
          UserMessage: '../../functions/api/nodes.ts#UserMessageNode',
          AssistantMessage: '../../functions/api/nodes.ts#AssistantMessageNode',
          Message: '../../functions/api/nodes.ts#MessageNode',
          Image: '../../functions/api/nodes.ts#ImageNode',
          GeneratedImage: '../../functions/api/nodes.ts#GeneratedImageNode',
          Node: '../../functions/api/nodes.ts#AnyNode',
        },
      },
    },
  },
};

export default config;
