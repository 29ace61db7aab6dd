import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { openApiDocument } from '@parley/protocol/rest';
import { etagOf, matches } from './etag.js';
import type { RestRequest } from './rest-request.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The part of Fastify's reply that is used here. */
interface Reply {
  status(status: number): Reply;
  header(name: string, value: string): Reply;
}

/** The OpenAPI document of the API. Anyone may read it. */
@Controller('api')
export class DocumentController {
  private readonly document = JSON.stringify(openApiDocument(version));
  private readonly tag = etagOf(this.document);

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-cache')
  openApi(@Req() { headers }: RestRequest, @Res({ passthrough: true }) reply: Reply): string | undefined {
    reply.header('etag', this.tag);
    if (!matches(headers['if-none-match'], this.tag)) return this.document;
    reply.status(304);
    return undefined;
  }
}
