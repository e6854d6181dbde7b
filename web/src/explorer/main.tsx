// The API explorer at `/graphql` in a browser: GraphiQL over the same doors as everyone. Loaded by nothing else, so that the
// page stays small. What `#query=…&variables=…` holds is shown and not run.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { setNonce } from 'get-nonce';
import { GraphiQL } from 'graphiql';
import { createClient as createSocketClient } from 'graphql-ws';
import 'graphiql/style.css';
import './explorer.css';
import { readToken } from '../token.ts';
import { TokenForm } from '../views/token-form.tsx';
import { firstQuery, firstVariables } from './first-query.ts';

const endpoint = `${location.origin}/graphql`;
const token = readToken();
const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
const root = document.getElementById('root')!;

// menus and dialogs bring small sheets of their own; the policy admits those that carry this answer's nonce
setNonce(document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')!.content);

if (await isRefused()) {
  createRoot(root).render(<TokenForm problem="This token is not known." />);
} else {
  const given = new URLSearchParams(location.hash.slice(1));
  const query = given.get('query');
  createRoot(root).render(
    <StrictMode>
      <GraphiQL
        fetcher={createGraphiQLFetcher({
          url: endpoint,
          headers: authorization,
          wsClient: createSocketClient({
            url: endpoint.replace(/^http/, 'ws'),
            connectionParams: authorization,
            lazyCloseTimeout: 3_000,
          }),
        })}
        defaultQuery={firstQuery}
        defaultEditorToolsVisibility="variables"
        showPersistHeadersSettings={false} // a token is a password
        {...(query === null ? {} : { query, variables: given.get('variables') ?? '{}' })}
        {...(query === null && localStorage.getItem('graphiql:tabState') === null ? { variables: firstVariables } : {})}
      >
        <GraphiQL.Logo>
          <a className="explorer-home" href="/">
            gill
          </a>
        </GraphiQL.Logo>
      </GraphiQL>
    </StrictMode>,
  );
}

/** Whether the server wants a token that this tab does not have. */
async function isRefused(): Promise<boolean> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: '{"query":"{ __typename }"}',
  });
  return response.status === 401;
}
