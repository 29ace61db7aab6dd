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

/** For a year the browser asks for this host over TLS alone (RFC 6797). Other hosts of the domain decide for themselves. */
const TLS_ONLY = 'max-age=31536000';

/**
 * Serves a folder of static files at `/`: the given one, or the plain page. Files and folders whose names begin with a dot are
 * not served: a `.env` or a `.git` is there by mistake. A client from outside sets its own policy, because only its authors
 * know what it needs.
 */
export async function serveClient(
  app: NestFastifyApplication,
  folder: string | undefined,
  trustProxy: boolean,
): Promise<void> {
  secureAnswers(app, trustProxy);
  // Nest's useStaticAssets has the types of an older @fastify/static.
  await app.register(fastifyStatic, {
    root: folder === undefined ? PLAIN_PAGE : resolve(folder),
    dotfiles: 'ignore',
    setHeaders: (reply) => {
      if (folder === undefined) reply.header('content-security-policy', PLAIN_PAGE_POLICY);
    },
  });
}

/**
 * Headers of every HTTP answer. TLS ends at the proxy, so the gateway knows of it only from one that it trusts: a browser must
 * not be told to insist on TLS where there is none.
 */
function secureAnswers(app: NestFastifyApplication, trustProxy: boolean): void {
  const http = app.getHttpAdapter().getInstance();
  http.addHook('onSend', async ({ headers }, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    const scheme = trustProxy
      ? headers['x-forwarded-proto']?.toString().split(',').at(-1)?.trim()
      : undefined;
    if (scheme === 'https') reply.header('strict-transport-security', TLS_ONLY);
  });
}
