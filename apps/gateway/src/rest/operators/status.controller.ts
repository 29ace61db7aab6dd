import { Inject } from '@nestjs/common';
import type { ChannelSize, StatusRecord, UsersContract } from '@parley/contracts';
import { STATUS_CHANNELS } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient, StatusBoard } from '@parley/service-kit';
import { Asked, Operation, RestController } from '../operation.decorator.js';
import { timeOf } from './shown-account.js';

/** What the operator's page asks: how the chat is, and who a user is. */
@RestController()
export class StatusController {
  constructor(
    private readonly board: StatusBoard,
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
  ) {}

  @Operation('getStatus')
  async status(): Promise<RestAnswer<'getStatus'>> {
    const records = await this.board.read();
    return {
      at: timeOf(Date.now()),
      replicas: records.map(shownReplica),
      channels: largest(records.flatMap(({ gateway }) => gateway?.channels ?? [])),
    };
  }

  @Operation('findAccounts')
  async find(
    @Asked() { query: { prefix, cursor, limit = LIMITS.usersPerPage } }: RestAsked<'findAccounts'>,
  ): Promise<RestAnswer<'findAccounts'>> {
    const page = await this.users.askPage('users.search', limit, (size) => ({
      ...{ prefix, cursor, limit: size, dated: true },
    }));
    return { users: [...page.users], cursor: page.cursor };
  }
}

function shownReplica({ gateway, at, startedAt, ...record }: StatusRecord) {
  const { service, id, version, host, memoryBytes, cpu, failing, setAside, queueDepth } = record;
  return {
    ...{ service, id, version, host, startedAt: timeOf(startedAt), at: timeOf(at) },
    ...{ memoryBytes, cpu, failing: [...failing], setAside, queueDepth },
    ...(gateway && { gateway: shownGateway(gateway) }),
  };
}

function shownGateway(gateway: NonNullable<StatusRecord['gateway']>) {
  const { connections, unsigned, logs, postedPerSecond, deliveredPerSecond } = gateway;
  const { fanOutLagMs, bufferedBytes, slowClients } = gateway;
  return {
    ...{ connections, unsigned, logs, postedPerSecond, deliveredPerSecond, bufferedBytes, slowClients },
    ...(fanOutLagMs !== undefined && { fanOutLagMs }),
  };
}

/** The largest channels, each with its connections to all gateways that name it. */
export function largest(sizes: readonly ChannelSize[]): ChannelSize[] {
  const sums = new Map<string, number>();
  for (const { channelUUID, connections } of sizes)
    sums.set(channelUUID, (sums.get(channelUUID) ?? 0) + connections);
  return [...sums]
    .map(([channelUUID, connections]) => ({ channelUUID, connections }))
    .sort((a, b) => b.connections - a.connections)
    .slice(0, STATUS_CHANNELS);
}
