import { readFileSync } from 'node:fs';
import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';

/** The page lies beside `src` and `dist`. */
const FOLDER = new URL('../../rest-docs/public/', import.meta.url);

/** The page may use its own script and style, ask this host, and nothing else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const file = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

/** The pages, of the REST API and of the frames, for people. Everything that they load is served here. */
@Controller('api/docs')
export class DocsController {
  private readonly pages = { rest: file('index.html'), frames: file('frames.html') };
  private readonly style = file('page.css');
  private readonly scripts = new Map(
    ['document.js', 'page.js', 'frames.js'].map((name) => [name, file(name)] as const),
  );

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('cache-control', 'no-cache')
  rest(): string {
    return this.pages.rest;
  }

  @Get('frames')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('cache-control', 'no-cache')
  frames(): string {
    return this.pages.frames;
  }

  @Get('page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'no-cache')
  css(): string {
    return this.style;
  }

  @Get(':script')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'no-cache')
  script(@Param('script') name: string): string {
    const script = this.scripts.get(name);
    if (script === undefined) throw new NotFoundException();
    return script;
  }
}
