import { Inject, Injectable } from '@nestjs/common';
import { AppError, decodeRequest, OPEN_REQUESTS, type Request, type RequestType } from '@parley/protocol';
import { inRequest, LOGGER, type Logger, toKnownError } from '@parley/service-kit';
import { answeredFrames } from '../metrics.js';
import type { Connection } from '../socket/connection.js';
import { AnswerBudget } from './answer-budget.js';
import { toAppError } from './to-app-error.js';

/** Injection token of the {@link Doorkeeper}. */
export const DOORKEEPER = Symbol('doorkeeper');

/** Signs a connection in by the pair that a frame may carry beside its payload. */
export interface Doorkeeper {
  admit(connection: Connection, request: Request): Promise<void>;
}

/** Frames that sign in: a pair beside them would be replaced at once. */
const SIGNS_IN: ReadonlySet<RequestType> = new Set(['signUp', 'signIn', 'resume']);

/**
 * Routes a frame: decodes it, signs the connection in if the frame carries a session, refuses it if a session is missing,
 * and hands it to Nest's handler of its type. Each frame ends in an answer or an error; nothing is thrown.
 */
@Injectable()
export class FrameRouter {
  constructor(
    @Inject(DOORKEEPER) private readonly doorkeeper: Doorkeeper,
    private readonly budget: AnswerBudget,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers one text frame; resolves when the next may be answered. */
  async route(connection: Connection, text: string): Promise<void> {
    const read = begin(connection, text);
    const type = read instanceof AppError ? 'invalid' : read.type;
    await inRequest(type, connection.nextKey(), async () => {
      const started = performance.now();
      await this.answer(connection, read);
      // Nest's filter has answered what a handler threw.
      const outcome = connection.failure ?? 'ok';
      const seconds = (performance.now() - started) / 1_000;
      answeredFrames.observe({ type, outcome }, seconds);
      this.logger.debug({ type, outcome, seconds }, 'frame answered');
      await connection.finish();
    });
  }

  private async answer(connection: Connection, read: Request | AppError): Promise<void> {
    try {
      connection.checkRate();
      if (read instanceof AppError) throw read;
      await this.admit(connection, read);
      await this.handle(connection, read);
    } catch (error) {
      connection.fail(toKnownError(toAppError(error), this.logger));
    }
  }

  /** Holds the frame while what was answered before is not paid off. */
  private async handle(connection: Connection, request: Request): Promise<void> {
    const reserved = await this.budget.admit(request, connection.session?.userUUID);
    if (reserved === undefined) return handle(connection, request);
    const answered = () => connection.session?.userUUID;
    connection.whileAnswering((bytes) => this.budget.charge(reserved, answered(), bytes));
    try {
      // Nothing is read for a client that went away while its frame was held.
      if (connection.isOpen) await handle(connection, request);
    } finally {
      connection.whileAnswering(undefined);
      this.budget.settle(reserved, answered(), connection.answeredBytes);
    }
  }

  private async admit(connection: Connection, request: Request): Promise<void> {
    if (connection.session !== undefined || SIGNS_IN.has(request.type)) return;
    await this.doorkeeper.admit(connection, request);
    if (connection.session === undefined && !OPEN_REQUESTS.has(request.type))
      throw new AppError('NOT_SIGNED_IN');
  }
}

/** Reads a frame. What was parsed and is not part of the request is not kept while it is answered. */
function begin(connection: Connection, text: string): Request | AppError {
  const decoded = decodeRequest(text);
  connection.begin(decoded, text);
  return decoded.request ?? decoded.error;
}

/** Sends every frame that the handler returns, in order; resolves after the last. */
async function handle(connection: Connection, request: Request): Promise<void> {
  const handled = connection.handle(request.type, request, (answer) => {
    if (answer !== undefined && answer !== null) connection.answer(answer);
  });
  if (handled === undefined) throw new AppError('UNKNOWN_TYPE');
  await handled;
}
