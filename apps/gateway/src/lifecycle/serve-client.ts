import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Where the build puts the web client. The image has it in the same place. */
const WEB_CLIENT = fileURLToPath(new URL('../../../web/dist/client', import.meta.url));

/** Our pages may use their own scripts, styles and pictures, and ask this host, and nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Files of the web client whose names hold the hash of what they contain: another content has another name. */
const HASHED = /[\\/]assets[\\/][^\\/]+$/;
const FOR_GOOD = 'public, max-age=31536000, immutable';
/** The rest may be kept, but is asked for each time: the answer is 304 as long as it is the same. */
const ASK_EACH_TIME = 'no-cache';

/** For a year the browser asks for this host over TLS alone (RFC 6797). Other hosts of the domain decide for themselves. */
const TLS_ONLY = 'max-age=31536000';

/**
 * Serves a folder of static files at `/`: the given one, or the web client. Files and folders whose names begin with a dot are
 * not served: a `.env` or a `.git` is there by mistake. A client from outside sets its own policy and its own time in caches, because
 * only its authors know what it needs. A gateway without either serves the rest as usual: a team may have its own client elsewhere.
 */
export async function serveClient(
  app: NestFastifyApplication,
  folder: string | undefined,
  trustProxy: boolean,
): Promise<void> {
  secureAnswers(app, trustProxy);
  if (folder === undefined && !existsSync(WEB_CLIENT)) return;
  // Nest's useStaticAssets has the types of an older @fastify/static.
  await app.register(fastifyStatic, {
    dotfiles: 'ignore',
    ...(folder === undefined ? WEB_CLIENT_OPTIONS : { root: resolve(folder) }),
  });
}

/** The build has compressed each file in advance. */
const WEB_CLIENT_OPTIONS: FastifyStaticOptions = {
  root: WEB_CLIENT,
  preCompressed: true,
  cacheControl: false,
  setHeaders: (reply, path) => {
    reply.header('content-security-policy', PAGE_POLICY);
    reply.header('cache-control', HASHED.test(path) ? FOR_GOOD : ASK_EACH_TIME);
  },
};

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
