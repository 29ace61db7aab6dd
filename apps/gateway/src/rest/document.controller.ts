import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { asyncApiDocument } from '@parley/protocol/asyncapi';
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

/** A document as it is served. */
class Served {
  private readonly text: string;
  private readonly tag: string;

  constructor(document: object) {
    this.text = JSON.stringify(document);
    this.tag = etagOf(this.text);
  }

  /** The document, or nothing to a client that has it. */
  answer({ headers }: RestRequest, reply: Reply): string | undefined {
    reply.header('etag', this.tag);
    if (!matches(headers['if-none-match'], this.tag)) return this.text;
    reply.status(304);
    return undefined;
  }
}

/** The documents of the REST API and of the WebSocket. Anyone may read them. */
@Controller('api')
export class DocumentController {
  private readonly rest = new Served(openApiDocument(version));
  private readonly frames = new Served(asyncApiDocument(version));

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-cache')
  openApi(@Req() request: RestRequest, @Res({ passthrough: true }) reply: Reply): string | undefined {
    return this.rest.answer(request, reply);
  }

  @Get('asyncapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'no-cache')
  asyncApi(@Req() request: RestRequest, @Res({ passthrough: true }) reply: Reply): string | undefined {
    return this.frames.answer(request, reply);
  }
}
