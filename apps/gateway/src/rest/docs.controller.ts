import { readFileSync } from 'node:fs';
import { Controller, Get, Header } from '@nestjs/common';

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

/** The page of the API, for people. Everything that it loads is served here. */
@Controller('api/docs')
export class DocsController {
  private readonly files = { page: file('index.html'), style: file('page.css'), script: file('page.js') };

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('cache-control', 'no-cache')
  page(): string {
    return this.files.page;
  }

  @Get('page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('cache-control', 'no-cache')
  style(): string {
    return this.files.style;
  }

  @Get('page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'no-cache')
  script(): string {
    return this.files.script;
  }
}
