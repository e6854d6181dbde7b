// How TypeScript types are made from the SDL. `npm run fix` writes schema/generated/, `npm run check` compares it.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
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
          ApiToken: '../../functions/api/nodes.ts#ApiTokenNode',
          Conversation: '../../functions/api/nodes.ts#ConversationNode',
          UserMessage: '../../functions/api/nodes.ts#UserMessageNode',
          AssistantMessage: '../../functions/api/nodes.ts#AssistantMessageNode',
          Message: '../../functions/api/nodes.ts#MessageNode',
          Image: '../../functions/api/nodes.ts#ImageNode',
          GalleryImage: '../../functions/api/nodes.ts#GalleryImageNode',
          UploadedImage: '../../functions/api/nodes.ts#UploadedImageNode',
          Upload: '../../functions/api/nodes.ts#UploadNode',
          GeneratedImage: '../../functions/api/nodes.ts#GeneratedImageNode',
          Node: '../../functions/api/nodes.ts#AnyNode',
          MessagePart: '../../functions/api/nodes.ts#PartNode',
          TextPart: '../../functions/api/nodes.ts#TextPartNode',
          ImageDecision: '../../functions/api/nodes.ts#ImageDecisionNode',
          ImagePart: '../../functions/api/nodes.ts#ImagePartNode',
          Activity: '../../functions/api/nodes.ts#ActivityNode',
          ImageProgress: '../../functions/api/nodes.ts#ImageProgressNode',
          Recipe: '../../functions/api/nodes.ts#RecipeNode',
          MessageEvent: '../../functions/api/nodes.ts#MessageEventNode',
          TextEvent: '../../functions/api/nodes.ts#TextEventNode',
          ImageEvent: '../../functions/api/nodes.ts#ImageEventNode',
          ImageDoneEvent: '../../functions/api/nodes.ts#ImageDoneEventNode',
          MessageDoneEvent: '../../functions/api/nodes.ts#MessageDoneEventNode',
          ActivityEvent: '../../functions/api/nodes.ts#ActivityEventNode',
          ImageProgressEvent: '../../functions/api/nodes.ts#ImageProgressEventNode',
          ConversationEvent: '../../functions/api/nodes.ts#ConversationEventNode',
          MessageAddedEvent: '../../functions/api/nodes.ts#MessageAddedEventNode',
          MessageEndedEvent: '../../functions/api/nodes.ts#MessageEndedEventNode',
          ConversationDeletedEvent: '../../functions/api/nodes.ts#ConversationDeletedEventNode',
        },
      },
    },
    'schema/generated/client-types.ts': {
      documents: 'clients/ts/{fragments,operations,picture-operations}.ts',
      plugins: ['typescript-operations'],
      config: {
        enumType: 'string-literal',
        useTypeImports: true,
        immutableTypes: true,
        maybeValue: 'T | null',
        inputMaybeValue: 'T | null | undefined',
        scalars: { ID: 'string', DateTime: 'string', UUID: 'string', URL: 'string' },
      },
    },
  },
};

export default config;
