import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { type RestOperationId, restOperation } from '@parley/protocol/rest';
import { inRequest } from '@parley/service-kit';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { AnswerBudget } from '../frames/answer-budget.js';
import { Created } from './created.js';
import { etagOf, matches } from './etag.js';
import { expectedBytes } from './expected-bytes.js';
import type { RestRequest } from './rest-request.js';
import { operationOf } from './route.js';

/** The part of Fastify's reply that is used here. */
interface Reply {
  header(name: string, value: string): Reply;
  status(status: number): Reply;
}

/**
 * Answers operations: holds what reads while the user, or the gateway, has answered too many bytes, as frames are held; and names the
 * state of an answer in its ETag.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(private readonly budget: AnswerBudget) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<string | undefined> {
    const http = context.switchToHttp();
    const request = http.getRequest<RestRequest>();
    const operation = operationOf(request)!;
    // The gate has seen to that. A request that has come past it is not to be answered all the same.
    const notes = restOperation(operation).isOpen || request.rest?.asker ? request.rest : undefined;
    if (notes === undefined) throw new AppError('NOT_SIGNED_IN');
    const work = async () => {
      const text = await this.answer(operation, request, http.getResponse<Reply>(), next);
      notes.isDone = true;
      notes.ended?.();
      return text;
    };
    return defer(() => inRequest(operation, request.rest?.id ?? '', work));
  }

  private async answer(
    operation: RestOperationId,
    request: RestRequest,
    reply: Reply,
    next: CallHandler,
  ): Promise<string | undefined> {
    const expected = expectedBytes(operation, request.query);
    const user = request.rest?.asker?.user?.UUID;
    if (expected === undefined) return send(operation, request, reply, await lastValueFrom(next.handle()));
    const reserved = await this.budget.reserve(expected, user);
    let answered = 0;
    try {
      const text = send(operation, request, reply, await lastValueFrom(next.handle()));
      answered = Buffer.byteLength(text ?? '');
      return text;
    } finally {
      this.budget.settle(reserved, user, answered);
    }
  }
}

function send(
  operation: RestOperationId,
  { headers }: RestRequest,
  reply: Reply,
  answer: unknown,
): string | undefined {
  reply.header('cache-control', 'no-store');
  const { status, hasETag } = restOperation(operation);
  if (status === 204) return undefined;
  if (answer instanceof Created) reply.header('location', answer.location);
  const text = JSON.stringify(answer instanceof Created ? answer.what : answer);
  if (hasETag) {
    const tag = etagOf(text);
    reply.header('etag', tag).header('cache-control', 'private, no-cache');
    if (matches(headers['if-none-match'], tag)) {
      reply.status(304);
      return undefined;
    }
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return text;
}
