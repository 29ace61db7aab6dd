import { MessagePattern } from '@nestjs/microservices';
import { RedisTransportServer } from '@parley/redis-transport';

/** The transport's id of {@link OperatorServer}. */
const OPERATORS = Symbol('operators');
/** Marks a handler that {@link OperatorServer} serves. */
const MARK = 'forOperators';

/**
 * Answers the requests of operators with this pattern, and of nobody else: the handler is not bound to the service's own
 * request stream, which gateways may write to.
 */
export const OperatorPattern = (pattern: string): MethodDecorator =>
  MessagePattern(pattern, OPERATORS, { [MARK]: true });

/**
 * Serves the handlers marked with {@link OperatorPattern}, over a request stream of their own. Nest binds handlers without a
 * transport to every server. This one leaves them out: operators need none of them, and each event would be handled twice.
 */
export class OperatorServer extends RedisTransportServer {
  override transportId = OPERATORS;

  /**
   * As the transport's. A Redis that still has the users of the release before lets the service start: without operators,
   * until its ACL rules are those of this release.
   */
  override listen(callback: (error?: unknown) => void): Promise<void> {
    return super.listen((error) => {
      if (!isRefusedByAcl(error)) return callback(error);
      this.logger.warn('Redis refuses the stream of operators: its ACL rules are not those of this release');
      callback();
    });
  }

  override addHandler(...handler: Parameters<RedisTransportServer['addHandler']>): void {
    const [, , , extras] = handler;
    if (extras?.[MARK] === true) super.addHandler(...handler);
  }
}

const isRefusedByAcl = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('NOPERM');
