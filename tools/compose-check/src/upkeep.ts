import type { Check } from './check.js';
import { inTraffic } from './in-traffic.js';
import { signedUp } from './writer.js';

const BACK_UP = '$COMPOSE exec -T redis redis-cli --user admin --rdb - > "$FOLDER/chat.rdb"';
const RESTORE = '$COMPOSE run --rm -T --no-deps redis /usr/local/etc/redis/restore.sh < "$FOLDER/chat.rdb"';
const ROTATE = 'node deploy/make-env.mjs --rotate --file "$FOLDER/.env"';
/** The upgrade without downtime, to the same image. */
const BEGIN_UPGRADE = '$COMPOSE up -d --no-deps --no-recreate --scale gateway=6 gateway';
const END_UPGRADE = 'docker stop -t 35 $OLD && docker rm $OLD';

/** The operator's tasks of docs/operations.md, by the same commands. */
export const UPKEEP: readonly Check[] = [
  {
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
  },
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
    title: 'loses nothing when its gateways are replaced one set beside the other',
    run: (compose) =>
      inTraffic(compose, async (traffic) => {
        const old = (await compose.containers('gateway')).map(({ id }) => id);
        await compose.shell(BEGIN_UPGRADE);
        await compose.healthy(6);
        await compose.shell(END_UPGRADE, { OLD: old.join(' ') });
        await compose.up();
        const kept = (await compose.containers('gateway')).filter(({ id }) => old.includes(id));
        if (kept.length > 0) throw new Error('an old gateway is still there');
        await traffic.wellAgain();
        return 'three new gateways';
      }),
  },
];
