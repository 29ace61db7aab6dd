import { applyDecorators, type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';
import { AppError, type KeyScope } from '@parley/protocol';
import type { RestRequest } from './rest-request.js';

/**
 * Lets in nobody but operators' keys with a scope. Operations whose row in the table names a scope have this already, and are refused
 * before their body is read.
 */
export const NeedsScope = (scope: KeyScope): MethodDecorator & ClassDecorator =>
  applyDecorators(UseGuards(guardOf(scope)));

/** @throws AppError FORBIDDEN for a caller without the scope. */
export function requireScope(scope: KeyScope, { rest }: Pick<RestRequest, 'rest'>): void {
  if (!rest?.asker?.key?.scopes.includes(scope))
    throw new AppError('FORBIDDEN', { message: `This needs a key with the scope ${scope}.` });
}

const guardOf = (scope: KeyScope): CanActivate => ({
  canActivate(context: ExecutionContext): boolean {
    requireScope(scope, context.switchToHttp().getRequest<RestRequest>());
    return true;
  },
});
