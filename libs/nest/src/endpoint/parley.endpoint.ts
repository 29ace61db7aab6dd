import {
  BadRequestException,
  Controller,
  Injectable,
  Post,
  Req,
  Res,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HookDesk, type HookRequest } from '../handlers/hook-desk.js';
import { WebhookDesk } from '../handlers/webhook-desk.js';
import type { WebhookEvent } from '../handlers/webhook-event.js';
import type { HttpRequest } from './http-request.js';
import { SignatureGuard } from './signature.guard.js';
import { WebhookGuard } from './webhook.guard.js';

/**
 * Where Parley's hooks and webhooks come in. What is read is what was signed. Answers are sent here, so that an interceptor that wraps
 * the answers of the app does not wrap those that Parley reads.
 */
@Injectable()
export abstract class ParleyEndpoint {
  constructor(
    private readonly hooks: HookDesk,
    private readonly webhooks: WebhookDesk,
    private readonly host: HttpAdapterHost,
  ) {}

  @Post('hooks')
  @UseGuards(SignatureGuard)
  async hook(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
    const { id } = request.parley!;
    const answer = await this.hooks.answer(id, jsonIn<HookRequest>(request));
    await this.host.httpAdapter.reply(response, answer, 200);
  }

  @Post('webhooks')
  @UseGuards(WebhookGuard)
  async webhook(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
    const { id } = request.parley!;
    await this.webhooks.tell({ ...jsonIn<WebhookEvent>(request), id });
    await this.host.httpAdapter.reply(response, undefined, 204);
  }
}

/** The controller of a path. */
export function endpointAt(path: string, decorators: readonly ClassDecorator[] = []): Type<ParleyEndpoint> {
  @Controller(path)
  class ParleyEndpointAtPath extends ParleyEndpoint {}
  for (const decorate of decorators) decorate(ParleyEndpointAtPath);
  return ParleyEndpointAtPath;
}

/** @throws BadRequestException for what is no object with a `type` and `data`. */
function jsonIn<T extends { readonly type: string; readonly data: object }>({ rawBody }: HttpRequest): T {
  try {
    const value = JSON.parse(Buffer.from(rawBody ?? []).toString()) as Partial<T> | null;
    if (typeof value?.type === 'string' && typeof value.data === 'object' && value.data !== null)
      return value as T;
  } catch {
    // Told below.
  }
  throw new BadRequestException('expected JSON with type and data');
}
