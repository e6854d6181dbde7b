// The executable schema: the SDL of schema/ and the resolvers, made once.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { resolvers } from './resolvers/index.ts';

export function createSchema(): GraphQLSchema {
  const folder = path.join(import.meta.dirname, '../../schema');
  const typeDefs = globSync('*.graphql', { cwd: folder })
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
  return makeExecutableSchema({
    typeDefs,
    resolvers,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}
