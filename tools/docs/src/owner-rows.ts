import { CHANNEL_CATALOGUE } from '@parley/contracts';
import { OWNED } from '@parley/redis';
import { code, codes, type Row } from './table.js';
import { built } from './workspace.js';

/** What each service owns, and the name spaces of its keys. */
export const ownerRows = (): Row[] =>
  Object.entries(OWNED).map(([service, { what, spaces }]) => ({
    service,
    owns: what,
    keys: codes(spaces.map((space) => `${space}:*`)),
  }));

interface Keys {
  readonly TransportKeys: new (prefix: string, service: string) => { reply(clientId: string): string };
}

/** The pub/sub channels: who publishes on them and who listens. */
export async function channelRows(): Promise<Row[]> {
  const { TransportKeys } = await built<Keys>('libs/redis-transport/dist/redis/keys.js');
  const reply = {
    pattern: new TransportKeys('rpc', '<service>').reply('<client>.<id>'),
    publisher: 'the service that is asked',
    subscribers: 'the process that asked',
    carries: 'replies',
  };
  return [...CHANNEL_CATALOGUE, reply].map(({ pattern, publisher, subscribers, carries }) => ({
    channel: code(pattern),
    publisher,
    subscribers,
    carries,
  }));
}
