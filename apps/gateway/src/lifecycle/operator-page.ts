import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { REST_ROOT } from '@parley/protocol/rest';
import type { OperatorPages } from '@parley/service-kit';
import { PAGE_POLICY } from './serve-client.js';

/** Where the build puts the operator's page. The image has it in the same place. */
const BUILT = fileURLToPath(new URL('../../../web/dist/admin', import.meta.url));
const PAGE = '/admin/';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A path that is served, with what it is answered with. */
interface ServedFile {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
export type OperatorPage = ReadonlyMap<string, ServedFile>;

/** The files of the operator's page by their paths, some hundred KB: nothing else can be asked for. Empty where it is not built. */
export function loadPage(folder = BUILT): OperatorPage {
  const page = new Map<string, ServedFile>();
  if (!existsSync(folder)) return page;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = PAGE + file.slice(folder.length + 1).replaceAll('\\', '/');
    const served = { status: 200, headers: headersOf(type, path), body: readFileSync(file) };
    page.set(entry.name === 'admin.html' ? PAGE : path, served);
  }
  // Relative, so that a proxy may serve it below a path.
  page.set('/admin', { status: 308, headers: { location: 'admin/' }, body: Buffer.alloc(0) });
  return page;
}

/**
 * Serves the page on the port of metrics, and what it asks for of the API there: the operations of keys alone, through the same gate as on
 * the clients' port.
 */
export function operatorPages(app: NestFastifyApplication, page: OperatorPage): OperatorPages {
  return (request, response) => {
    const path = pathOf(request);
    if (path.startsWith(`${REST_ROOT}/admin/`)) {
      withoutOwnOrigin(request);
      app.getHttpAdapter().getInstance().routing(request, response);
      return true;
    }
    const file = page.get(path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    response.writeHead(file.status, file.headers);
    response.end(request.method === 'HEAD' ? undefined : file.body);
    return true;
  };
}

/** Serves the page on the clients' port. */
export function servePublicly(app: NestFastifyApplication, page: OperatorPage): void {
  const http = app.getHttpAdapter().getInstance();
  for (const [path, { status, headers, body }] of page)
    http.get(path, (_, reply) => reply.status(status).headers(headers).send(body));
}

/** A page may ask where it comes from: ALLOWED_ORIGINS is about pages of others on the clients' port. */
function withoutOwnOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === `http://${host}` || origin === `https://${host}`) delete headers.origin;
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0]!;

const headersOf = (type: string, path: string): Record<string, string> => ({
  'content-type': type,
  'content-security-policy': PAGE_POLICY,
  'cache-control': path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
});
