import {
  applyDecorators,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  HttpCode,
  RequestMapping,
  RequestMethod,
  UseInterceptors,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { REST_ROOT, type RestOperationId, restOperation } from '@parley/protocol/rest';
import { AnswerInterceptor } from './answer.interceptor.js';
import { Caller } from './caller.js';
import { decodeAsked } from './decode-asked.js';
import { NeedsScope } from './needs-scope.decorator.js';
import type { RestRequest } from './rest-request.js';
import { operationOf } from './route.js';

/** A controller of the API. Its methods are operations. */
export const RestController = (): ClassDecorator =>
  applyDecorators(Controller(REST_ROOT), UseInterceptors(AnswerInterceptor));

/** The method that an operation of the table calls. */
export function Operation(id: RestOperationId): MethodDecorator {
  const { method, path, status, scope } = restOperation(id);
  return applyDecorators(
    RequestMapping({ method: RequestMethod[method], path: path.replaceAll(/\{(\w+)\}/g, ':$1') }),
    HttpCode(status),
    RouteConfig({ operation: id }),
    ...(scope === undefined ? [] : [NeedsScope(scope)]),
  );
}

const requestIn = (context: ExecutionContext): RestRequest =>
  context.switchToHttp().getRequest<RestRequest>();

/** What the caller asks, checked by the schemas of the operation. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = requestIn(context);
  const asked = decodeAsked(operationOf(request)!, request);
  // As objects, a deeply nested body takes many times its bytes: it is not kept while the request is answered.
  request.body = undefined;
  return asked;
});

/** Who asks, and the keys of what is written. */
export const By = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = requestIn(context);
  return new Caller(operationOf(request)!, request);
});
