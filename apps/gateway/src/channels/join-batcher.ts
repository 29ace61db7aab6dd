import { Inject, Injectable } from '@nestjs/common';
import {
  type Apart,
  type ChannelsContract,
  channelIdOf,
  isApart,
  type JoinReply,
  type JoinRequest,
  type LeaveRequest,
  type MayGoApart,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { clientOf, isReplyLost, type ServiceClient, smaller } from '@parley/service-kit';
import { GatewayId } from '../gateway-id.js';
import { Gatherings } from '../pacing/gatherings.js';

/** Most messages that the joins of one request ask for: their answer is kept in case the request is repeated. */
const MESSAGES_PER_REQUEST = 256;

interface JoinsToAsk extends MayGoApart {
  readonly joins: readonly JoinRequest[];
  /** What they wait behind, if not what joins wait behind. */
  readonly lane?: 'now';
}

type Settle = (place: number, joined: JoinReply | Apart | AppError) => void;

/** Sends the joins and leaves of this gateway's connections to the channels service, many in one request. */
@Injectable()
export class JoinBatcher {
  private readonly joins: Gatherings<JoinRequest, JoinReply | Apart>;
  private readonly leaves: Gatherings<LeaveRequest, number | null>;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly gateway: GatewayId,
  ) {
    const { deadlineMs } = channels;
    this.joins = new Gatherings((join) => channels.partitionOf(() => channelOf(join)), {
      deadlineMs,
      ask: (joins, leftMs, settle) => this.joinAll({ joins, apart: true }, leftMs, settle),
      sizeOf: ({ limit }) => limit,
      sizePerRequest: MESSAGES_PER_REQUEST,
      delays: true,
    });
    this.leaves = new Gatherings(({ channel }) => channels.partitionOf(() => channel.channelUUID), {
      ...{ deadlineMs, delays: true },
      ask: (...asked) => this.leaveAll(...asked),
    });
  }

  /** @throws AppError as the channels service does. */
  async join(request: JoinRequest): Promise<JoinReply> {
    const until = performance.now() + this.channels.deadlineMs;
    const joined = await this.joins.request(request);
    return isApart(joined) ? this.joinApart(request, until) : joined;
  }

  /**
   * @returns how many connections of the user are still joined; undefined if this one was not.
   * @throws AppError as the channels service does.
   */
  async leave(request: LeaveRequest): Promise<number | undefined> {
    return (await this.leaves.request(request)) ?? undefined;
  }

  /**
   * A join that waits for a hook is a request of its own, so that no other waits with it. Nor does it take one of the few handlers of what
   * can wait: as many as may wait for hooks would take them all.
   */
  private joinApart(request: JoinRequest, until: number): Promise<JoinReply> {
    const deadlineMs = Math.max(1, Math.ceil(until - performance.now()));
    return new Promise((resolve, reject) => {
      const settle: Settle = (_, joined) =>
        joined instanceof AppError || isApart(joined) ? reject(joined) : resolve(joined);
      this.joinAll({ joins: [request], lane: 'now' }, deadlineMs, settle).catch(reject);
    });
  }

  /** Joins whose answer was lost with its connection join again in smaller requests: see `ServiceClient.askPage`. */
  private async joinAll({ joins, ...how }: JoinsToAsk, deadlineMs: number, settle: Settle): Promise<void> {
    const until = performance.now() + deadlineMs;
    const left = new Set(joins.keys());
    try {
      await this.joinTogether({ joins, ...how }, deadlineMs, (place, joined) => {
        left.delete(place);
        settle(place, joined);
      });
    } catch (error) {
      const places = [...left];
      const again = places.map((place) => joins[place]!);
      const [first] = again;
      if (!isReplyLost(error) || first === undefined || (again.length === 1 && first.limit === 1))
        throw error;
      const parts = again.length === 1 ? [[{ ...first, limit: smaller(first.limit) }]] : halves(again);
      let start = 0;
      for (const part of parts) {
        const begin = start;
        start += part.length;
        const leftMs = Math.max(1, Math.ceil(until - performance.now()));
        await this.joinAll({ joins: part, ...how }, leftMs, (n, joined) =>
          settle(places[begin + n]!, joined),
        );
      }
    }
  }

  private joinTogether(
    { joins, apart, lane }: JoinsToAsk,
    deadlineMs: number,
    settle: Settle,
  ): Promise<void> {
    const idempotencyKey = this.gateway.nextKey();
    return this.channels.askEach(
      'channels.joinAll',
      { joins, apart },
      {
        ...{ deadlineMs, idempotencyKey, failsWhenReplyIsLost: true, count: joins.length },
        partitionBy: channelOf(joins[0]!),
        ...(lane && { lane }),
        take: (place, outcome) => settle(place, 'joined' in outcome ? outcome.joined : outcome),
      },
    );
  }

  private leaveAll(
    leaves: readonly LeaveRequest[],
    deadlineMs: number,
    settle: (place: number, left: number | null | AppError) => void,
  ): Promise<void> {
    return this.channels.askEach(
      'channels.leaveAll',
      { leaves },
      {
        ...{ deadlineMs, idempotencyKey: this.gateway.nextKey(), count: leaves.length },
        partitionBy: leaves[0]!.channel.channelUUID,
        take: (place, outcome) => settle(place, 'left' in outcome ? outcome.left : outcome),
        whole: () => leaves.map(() => ({ left: null })),
      },
    );
  }
}

const channelOf = ({ user, target }: JoinRequest): string => channelIdOf(user.UUID, target);

/** The items in two requests, in their order. */
function halves<Item>(items: readonly Item[]): [Item[], Item[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
