// The page at `/`: what runs, what it can do, and the newest pictures, read through the public API like any client would.
import { createHash } from 'node:crypto';

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
table { border-collapse: collapse } td { padding: .2rem 1.5rem .2rem 0; vertical-align: top }
#pictures { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none }
#pictures img { width: 144px; height: 144px; border-radius: 8px; image-rendering: auto; background: #8883 }
#pictures p { width: 144px; margin: .2rem 0; font-size: .8rem }
code { background: #8882; padding: .1rem .3rem; border-radius: 4px }`;

const script = `
const query = \`{
  capabilities { model contextTokens functions { name state workers } imageSizes { width height } }
  conversations(first: 5) { edges { node { title images(first: 4) { edges { node { alt file(size: THUMBNAIL) { url } } } } } } }
}\`;
const byId = (id) => document.getElementById(id);
async function refresh() {
  try {
    const response = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
    const { data, errors } = await response.json();
    if (!data) throw new Error(errors[0].message);
    const { model, contextTokens, functions, imageSizes } = data.capabilities;
    byId('model').textContent = model ? model + ', context of ' + contextTokens + ' tokens, pictures of ' +
      imageSizes.map((size) => size.width + '×' + size.height).join(', ') : 'no worker has reported yet';
    byId('functions').replaceChildren(...functions.map(({ name, state, workers }) => row(name, state.toLowerCase() + ', ' + workers + (workers === 1 ? ' worker' : ' workers'))));
    const images = data.conversations.edges.flatMap(({ node }) => node.images.edges.map((edge) => edge.node)).filter((image) => image.file);
    byId('pictures').replaceChildren(...images.map(picture));
    byId('state').textContent = 'running';
  } catch (error) {
    byId('state').textContent = 'not answering: ' + error.message;
  }
}
function row(...cells) {
  const tr = document.createElement('tr');
  tr.append(...cells.map((text) => Object.assign(document.createElement('td'), { textContent: text })));
  return tr;
}
function picture({ alt, file }) {
  const li = document.createElement('li');
  li.append(Object.assign(document.createElement('img'), { src: file.url, alt }), Object.assign(document.createElement('p'), { textContent: alt }));
  return li;
}
refresh();
setInterval(refresh, 3000);`;

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gill-server</title>
<style>${style}</style>
<h1>gill-server</h1>
<p>A conversation server whose replies interleave text and pictures. The API is at <code>/graphql</code>: POST for queries
and mutations, WebSocket (<code>graphql-transport-ws</code>) or <code>Accept: text/event-stream</code> for subscriptions.</p>
<table>
<tr><td>server</td><td id="state">…</td></tr>
<tr><td>model</td><td id="model">…</td></tr>
<tbody id="functions"></tbody>
</table>
<p>Try <code>npm run demo -- "a red fox under an umbrella at night"</code>.</p>
<h2>Newest pictures</h2>
<ul id="pictures"></ul>
<script>${script}</script>
</html>
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const statusPage = {
  html,
  /** Nothing but this page's own script and style; pictures from anywhere, since S3 has its own origin. */
  contentSecurityPolicy: `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src * data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'`,
} as const;
