import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The plain page lies beside `src` and `dist`, one folder up from either. */
const PLAIN_PAGE = fileURLToPath(new URL('../../public', import.meta.url));

/** What the plain page may do: its own script and style, its own WebSocket, nothing else. */
const PLAIN_PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves a folder of static files at `/`: the one given, or the plain page. A client from outside brings its
 * own policy, for nobody here knows what it needs.
 */
export async function serveClient(app: NestFastifyApplication, folder: string | undefined): Promise<void> {
  // Not by Nest's useStaticAssets: its types are those of an older @fastify/static.
  await app.register(fastifyStatic, {
    root: folder === undefined ? PLAIN_PAGE : resolve(folder),
    setHeaders: (reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (folder === undefined) reply.header('content-security-policy', PLAIN_PAGE_POLICY);
    },
  });
}
