import type { Check } from './check.js';
import type { Compose, Topology } from './compose.js';
import { inTraffic } from './in-traffic.js';
import { signedUp } from './writer.js';

const BACK_UP =
  '$COMPOSE exec -T redis /usr/local/etc/redis/cli.sh --user admin --rdb - > "$FOLDER/chat.rdb"';
const RESTORE = '$COMPOSE run --rm -T --no-deps redis /usr/local/etc/redis/restore.sh < "$FOLDER/chat.rdb"';
const ROTATE = 'node deploy/make-env.mjs --rotate --file "$FOLDER/.env"';
/** The upgrade without downtime, to the same image: the services, then the gateways. */
const BEGIN_UPGRADE = '$COMPOSE up -d --no-deps --no-recreate';
const UPGRADED = [
  {
    services: ['auth', 'users', 'channels'],
    begin: `${BEGIN_UPGRADE} --scale auth=2 --scale users=2 --scale channels=2 auth users channels`,
    end: 'docker stop -t 15 $OLD && docker rm $OLD',
    gateways: 3,
  },
  {
    services: ['gateway'],
    begin: `${BEGIN_UPGRADE} --scale gateway=6 gateway`,
    end: 'docker stop -t 35 $OLD && docker rm $OLD',
    gateways: 6,
  },
] as const;

const restores: Check = {
  title: 'has what was there when it was backed up, after a restore',
  run: async (compose) => {
    const writer = await signedUp(compose);
    await writer.post(20);
    await compose.shell(BACK_UP);
    await writer.post(10);
    await compose.down();
    await compose.shell(RESTORE);
    await compose.up();
    await writer.expectStored(20);
    return '20 of 30 messages';
  },
};

const keepsServing: readonly Check[] = [
  {
    title: 'loses nothing when its secrets are rotated',
    run: (compose) =>
      inTraffic(compose, async (traffic) => {
        const writer = await signedUp(compose);
        await compose.shell(ROTATE);
        await compose.up();
        await traffic.wellAgain();
        await writer.post(1);
        return 'all well';
      }),
  },
  {
    title: 'loses nothing when services and gateways are replaced one set beside the other',
    run: (compose) =>
      inTraffic(compose, async (traffic) => {
        for (const { services, begin, end, gateways } of UPGRADED) {
          const old = await idsOf(compose, services);
          await compose.shell(begin);
          await compose.healthy(gateways);
          await compose.shell(end, { OLD: old.join(' ') });
          if (gateways > 3) await compose.up();
          const kept = (await idsOf(compose, services)).filter((id) => old.includes(id));
          if (kept.length > 0)
            throw new Error(`of the old ${services.join(', ')}, ${kept.length} are still there`);
          await traffic.wellAgain();
        }
        return 'three new services, three new gateways';
      }),
  },
];

/** The operator's tasks of docs/operations.md, by the same commands. The backups of a Cluster, one for each master, are not tried. */
export const upkeepOf = (topology: Topology): readonly Check[] =>
  topology === 'cluster' ? keepsServing : [restores, ...keepsServing];

async function idsOf(compose: Compose, services: readonly string[]): Promise<string[]> {
  const containers = await Promise.all(services.map((service) => compose.containers(service)));
  return containers.flat().map(({ id }) => id);
}
