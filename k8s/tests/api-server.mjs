import { once } from 'node:events';
import { createServer } from 'node:http';
import { asStored } from './stored.mjs';

const CLUSTER_WIDE = ['Namespace', 'PriorityClass'];
const groupOf = ({ apiVersion }) => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);
const pluralOf = (kind) => kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se').concat('s');

/** What `kubectl` asks before it applies: which versions there are, and which kinds. */
function discoveryOf(objects) {
  const versions = new Set(objects.map(groupOf));
  const groups = [...versions]
    .filter((path) => path.startsWith('apis/'))
    .map((path) => path.split('/').slice(1));
  const answers = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map(([name, version]) => {
        const entry = { groupVersion: `${name}/${version}`, version };
        return { name, versions: [entry], preferredVersion: entry };
      }),
    },
  };
  for (const path of versions) {
    const kinds = new Set(objects.filter((object) => groupOf(object) === path).map(({ kind }) => kind));
    answers[`/${path}`] = {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: path.replace(/^apis?\//, ''),
      resources: [...kinds].map((kind) => ({
        name: pluralOf(kind),
        singularName: kind.toLowerCase(),
        kind,
        namespaced: !CLUSTER_WIDE.includes(kind),
        verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
      })),
    };
  }
  return answers;
}

const failure = (code, reason) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message: reason,
});

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

/**
 * A server that keeps what `kubectl apply` sends, as a Kubernetes API server would store it, for the kinds of these objects. It knows no
 * patches: it notes each one and leaves the object as it is. The merging is kubectl's own.
 * @returns {Promise<{url: string, patches: {path: string, patch: object}[], close: () => void}>}
 */
export async function serveApi(objects) {
  const discovery = discoveryOf(objects);
  const kept = new Map();
  const patches = [];
  const answer = async (request, path) => {
    if (discovery[path]) return [200, discovery[path]];
    if (request.method === 'POST') {
      const object = asStored(await bodyOf(request));
      kept.set(`${path}/${object.metadata.name}`, object);
      return [201, object];
    }
    const object = kept.get(path);
    if (!object) return [404, failure(404, 'NotFound')];
    if (request.method === 'PATCH') patches.push({ path, patch: await bodyOf(request) });
    return [200, object];
  };
  const server = createServer(async (request, response) => {
    const [code, body] = await answer(request, new URL(request.url, 'http://localhost').pathname);
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    patches,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
