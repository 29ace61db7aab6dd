import { type ArgumentsHost, Catch, HttpException, Inject, Injectable } from '@nestjs/common';
import { AppError, type ErrorName } from '@parley/protocol';
import { PROBLEM_TYPE, problemOf } from '@parley/protocol/rest';
import { LOGGER, type Logger, RpcErrorFilter, toKnownError } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import type { RestRequest } from './rest-request.js';
import { isOfApi } from './route.js';

/** The part of Fastify's reply that is used here. */
interface Reply {
  readonly sent: boolean;
  status(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: string): unknown;
}

/** What Nest and Fastify refuse on their own, by HTTP status. */
const REFUSED: Readonly<Record<number, readonly [name: ErrorName, message: string]>> = {
  400: ['BAD_JSON', 'The body is not a JSON object.'],
  404: ['UNKNOWN_TYPE', 'There is no such operation.'],
  408: ['INVALID_FIELD', 'The request took too long to arrive.'],
  413: ['INVALID_FIELD', 'body: expected fewer bytes (MAX_FRAME_BYTES)'],
  414: ['INVALID_FIELD', 'The URL is too long.'],
  415: ['INVALID_FIELD', 'Content-Type: expected application/json'],
};

/** An error whose HTTP status says more than that of its name. */
export class RefusedRequest extends HttpException {
  constructor(status: 415) {
    super('', status);
  }
}

/**
 * Answers what fails in the API with problem details (RFC 9457), also what no controller has seen: an unknown route, a body that is no
 * JSON. What fails elsewhere is answered as in every service.
 */
@Catch()
@Injectable()
export class ProblemFilter extends RpcErrorFilter {
  constructor(@Inject(LOGGER) private readonly log: Logger) {
    super(log);
  }

  override catch(thrown: unknown, host: ArgumentsHost): Observable<never> | undefined {
    const request = host.getType() === 'http' ? host.switchToHttp().getRequest<RestRequest>() : undefined;
    if (request === undefined || !isOfApi(request)) return super.catch(thrown, host);
    this.answer(thrown, request, host.switchToHttp().getResponse<Reply>());
    return undefined;
  }

  private answer(thrown: unknown, request: RestRequest, reply: Reply): void {
    const status = thrown instanceof HttpException ? thrown.getStatus() : undefined;
    const known = toKnownError(refusalOf(thrown), this.log);
    if (request.rest !== undefined) {
      request.rest.failedWith = known.name;
      request.rest.ended?.();
    }
    const isOwn = status !== undefined && REFUSED[status] !== undefined;
    const problem = problemOf(known, { ...(isOwn && { status }), requestId: request.rest?.id });
    if (problem.status === 401) reply.header('www-authenticate', challenge(known));
    if (known.retryAfterMs !== undefined)
      reply.header('retry-after', String(Math.ceil(known.retryAfterMs / 1_000)));
    reply.status(problem.status).header('content-type', PROBLEM_TYPE);
    reply.header('cache-control', 'no-store').send(JSON.stringify(problem));
  }
}

function refusalOf(thrown: unknown): unknown {
  if (!(thrown instanceof HttpException)) return thrown;
  const [name, message] = REFUSED[thrown.getStatus()] ?? [];
  return name === undefined ? thrown : new AppError(name, { message: message! });
}

/** As RFC 6750 has it: a key or token that is not valid is told apart from none. */
const challenge = ({ name }: AppError): string =>
  name === 'SESSION_EXPIRED' || name === 'WRONG_TOKEN'
    ? 'Bearer realm="parley", error="invalid_token"'
    : 'Bearer realm="parley"';
