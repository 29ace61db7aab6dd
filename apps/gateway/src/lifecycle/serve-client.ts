import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The plain page lies beside `src` and `dist`. */
const PLAIN_PAGE = fileURLToPath(new URL('../../public', import.meta.url));

/** The plain page may use its own script, style and WebSocket, and nothing else. */
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
 * Serves a folder of static files at `/`: the given one, or the plain page. A client from outside sets its own policy,
 * because only its authors know what it needs.
 */
export async function serveClient(app: NestFastifyApplication, folder: string | undefined): Promise<void> {
  // Nest's useStaticAssets has the types of an older @fastify/static.
  await app.register(fastifyStatic, {
    root: folder === undefined ? PLAIN_PAGE : resolve(folder),
    setHeaders: (reply) => {
      reply.header('x-content-type-options', 'nosniff');
      if (folder === undefined) reply.header('content-security-policy', PLAIN_PAGE_POLICY);
    },
  });
}
