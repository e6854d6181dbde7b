// The viewer's own things: what it may use, tokens of its programs, and its end. Only its own credential reaches the writes: a
// token that leaked must neither make others nor delete the account.
import { parsePublicId, toPublicId } from '../../../core/ids.ts';
import { limits } from '../../../core/limits.ts';
import { requireRight, type Right } from '../../../infra/auth/identity.ts';
import { createApiToken, listApiTokens, revokeApiToken } from '../../../infra/database/api-tokens.ts';
import { computeUse } from '../../../infra/database/budget.ts';
import { isRefused } from '../../../infra/database/refused.ts';
import { countUnfinished } from '../../../infra/database/unfinished.ts';
import { deleteViewer } from '../../../infra/database/viewers.ts';
import type {
  ApiTokenResolvers,
  ApiTokenRight,
  MutationResolvers,
  UserError,
  ViewerResolvers,
} from '../../../schema/generated/resolver-types.ts';
import { checkText } from '../check-input.ts';
import type { Context } from '../context.ts';
import type { ApiTokenNode } from '../nodes.ts';

const rightOf: Record<ApiTokenRight, Right> = { READ: 'read', WRITE: 'write' };

export const Viewer: ViewerResolvers = {
  id: ({ id }) => toPublicId('viewer', id),
  limits: async (_, __, { services, viewer }) => {
    const { usedMs, resetsAt } = await computeUse(services.db, viewer.id);
    return {
      computeSeconds: services.computeBudgetMs === undefined ? null : services.computeBudgetMs / 1_000,
      computeSecondsUsed: usedMs / 1_000,
      resetsAt,
      unfinishedJobs: limits.maxUnfinishedJobsPerViewer,
      unfinishedJobsUsed: await countUnfinished(services.db, viewer.id),
    };
  },
  apiTokens: (_, __, context) => loadApiTokens(context),
};

export const ApiToken: ApiTokenResolvers = {
  id: ({ id }) => toPublicId('apiToken', id),
  rights: ({ rights }) => (['READ', 'WRITE'] as const).filter((right) => rights.includes(rightOf[right])),
};

export async function loadApiTokens({ services, viewer }: Context): Promise<ApiTokenNode[]> {
  const rows = await listApiTokens(services.db, viewer.id);
  return rows.map((row) => ({ __typename: 'ApiToken', ...row }));
}

export const viewerMutations = {
  async createApiToken(_, { input }, { services, viewer }) {
    requireRight(viewer, 'manage');
    const refuse = (error: UserError) => ({ apiToken: null, secret: null, userErrors: [error] });
    const error = checkText(input.name, limits.maxTitleCodePoints, ['name']);
    if (error) return refuse(error);
    const invalid = (message: string, ...path: string[]) => refuse({ code: 'INVALID', message, path });
    if (!services.hasTokens)
      return refuse({
        code: 'CONFLICT',
        message: 'this server asks nobody for a token: set AUTH_TOKENS or OIDC_ISSUER first',
        path: null,
      });
    const rights = [...new Set(input.rights.map((right) => rightOf[right]))];
    if (rights.length === 0) return invalid('a token without rights is good for nothing: give READ or WRITE', 'rights');
    const expiresAt = input.expiresAt ?? null;
    if (expiresAt && expiresAt.getTime() <= Date.now())
      return invalid(`${expiresAt.toISOString()} is over already: give a time in the future`, 'expiresAt');
    const result = await createApiToken(services.db, { viewerId: viewer.id, name: input.name, rights, expiresAt });
    if (isRefused(result)) return refuse({ code: result.code, message: result.message, path: null });
    const made = { id: result.id, name: input.name, rights, createdAt: result.createdAt, expiresAt };
    return { apiToken: { __typename: 'ApiToken', ...made }, secret: result.token, userErrors: [] };
  },

  async revokeApiToken(_, { input }, { services, viewer }) {
    requireRight(viewer, 'manage');
    const parsed = parsePublicId(input.apiTokenId);
    const refuse = (message: string) => ({
      revokedApiTokenId: null,
      userErrors: [{ code: 'NOT_FOUND' as const, message, path: ['apiTokenId'] }],
    });
    if (parsed?.kind !== 'apiToken') return refuse(`"${input.apiTokenId.slice(0, 80)}" is no token id`);
    const result = await revokeApiToken(services.db, { viewerId: viewer.id, apiTokenId: parsed.uuid });
    return isRefused(result) ? refuse(result.message) : { revokedApiTokenId: input.apiTokenId, userErrors: [] };
  },

  async deleteViewer(_, { input }, { services, viewer }) {
    requireRight(viewer, 'manage');
    const refuse = (message: string) => ({
      deletedViewerId: null,
      userErrors: [{ code: 'NOT_FOUND' as const, message, path: ['viewerId'] }],
    });
    // another viewer's id looks like one that never was
    if (input.viewerId !== toPublicId('viewer', viewer.id)) return refuse('that is not your own id: see viewer { id }');
    const result = await deleteViewer(services.db, viewer.id, services.computeBudgetMs !== undefined);
    if (isRefused(result)) return refuse(result.message);
    services.forgetViewer(viewer.name);
    services.bus.ring('cancel');
    services.bus.ring('jobs');
    return { deletedViewerId: input.viewerId, userErrors: [] };
  },
} satisfies Partial<MutationResolvers>;
