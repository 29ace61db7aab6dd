import { Inject, Injectable } from '@nestjs/common';
import type { ChannelsContract, JoinOutcome, JoinReply, JoinRequest, LeaveRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { GatewayId } from '../gateway-id.js';
import { Gathering } from '../pacing/gathering.js';

/** Most messages that the joins of one request ask for: their answer is kept in case the request is repeated. */
const MESSAGES_PER_REQUEST = 256;

/** Sends the joins and leaves of this gateway's connections to the channels service, many in one request. */
@Injectable()
export class JoinBatcher {
  private readonly joins: Gathering<JoinRequest, JoinOutcome>;
  private readonly leaves: Gathering<LeaveRequest, number | null>;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly gateway: GatewayId,
  ) {
    const { deadlineMs } = channels;
    this.joins = new Gathering({
      deadlineMs,
      ask: (...asked) => this.joinAll(...asked),
      sizeOf: ({ limit }) => limit,
      sizePerRequest: MESSAGES_PER_REQUEST,
      delays: true,
    });
    this.leaves = new Gathering({ deadlineMs, ask: (...asked) => this.leaveAll(...asked), delays: true });
  }

  /** @throws AppError as the channels service does. */
  async join(request: JoinRequest): Promise<JoinReply> {
    const outcome = await this.joins.request(request);
    if ('joined' in outcome) return outcome.joined;
    throw new AppError(outcome.error.name, outcome.error);
  }

  /**
   * @returns how many connections of the user are still joined; undefined if this one was not.
   * @throws AppError as the channels service does.
   */
  async leave(request: LeaveRequest): Promise<number | undefined> {
    return (await this.leaves.request(request)) ?? undefined;
  }

  private async joinAll(joins: readonly JoinRequest[], deadlineMs: number): Promise<readonly JoinOutcome[]> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    return (await this.channels.ask('channels.joinAll', { joins }, options)).outcomes;
  }

  private async leaveAll(leaves: readonly LeaveRequest[], deadlineMs: number): Promise<(number | null)[]> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    const { connections } = await this.channels.ask('channels.leaveAll', { leaves }, options);
    return leaves.map((_, n) => connections?.[n] ?? null);
  }
}
