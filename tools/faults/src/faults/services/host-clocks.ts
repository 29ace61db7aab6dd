import type { Claim, Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { chatClient } from '../../traffic/chat-client.js';
import type { Fault } from '../fault.js';

const SHIFT_MS = 5 * 60_000;
/** Less than the clocks differ by: if a session's expiry depended on a host's clock, one replica would take it for expired. */
const SESSION_SECONDS = 240;
/** Sign-ins by key. A request goes to either replica, so twenty reach both. */
const SIGN_INS = 20;

const PRELOAD = new URL('../../../fixtures/shifted-clock.mjs', import.meta.url).href;

/** The clocks of all second replicas are five minutes ahead of the first ones'. */
export const hostClocks: Fault = {
  name: 'host-clocks',
  ownStage: true,
  isLong: true,
  run: async ({ short }) => {
    const shifted = { NODE_OPTIONS: `--import ${PRELOAD}`, CLOCK_SHIFT_MS: String(SHIFT_MS) };
    return await Scene.playOn(
      {
        settings: { SESSION_TTL_SECONDS: String(SESSION_SECONDS) },
        environmentOf: (name) => (name.endsWith('-2') ? shifted : {}),
      },
      (scene) => liveIn(scene, short ? 200 : 6_000),
    );
  },
};

async function liveIn(scene: Scene, messages: number): Promise<Row[]> {
  const offline: string[] = [];
  for (const { client } of scene.traffic.members) {
    client.on('sys', ({ sys }) => {
      if (sys.type === 'signOut') offline.push(sys.signOut.username);
    });
  }
  await scene.traffic.more(messages);
  const claims = [await sessionsLive(scene), await timesAreRedis(scene)];
  claims.push({ text: `taken for gone: ${offline.join() || 'nobody'}`, holds: offline.length === 0 });
  const account = await scene.settle();
  return [{ fault: 'host clocks 5 minutes apart', times: 1, account, wellMs: [], claims }];
}

/** A key signs in at both gateways, whichever replica answers. */
async function sessionsLive({ traffic, stage }: Scene): Promise<Claim> {
  const { accessKey } = traffic.members[0]!.client.session!;
  for (let time = 0; time < SIGN_INS; time += 1) {
    const url = stage.urls[time % stage.urls.length]!;
    const client = chatClient(url);
    await client.signInByKey(accessKey);
    client.close();
  }
  return { text: `${SIGN_INS} sign-ins by key, across both clocks`, holds: true };
}

/** The newest messages are as old as their timestamps say, by the clock of this process, which Redis shares. */
async function timesAreRedis({ traffic }: Scene): Promise<Claim> {
  const { messages } = await traffic.members[0]!.client.history({}, { limit: 100 });
  const ages = messages.map(({ CreatedAt }) => Math.abs(Date.now() - Date.parse(CreatedAt)));
  const oldest = Math.max(...ages);
  return {
    text: `stamps of the newest messages within ${oldest} ms of Redis's clock`,
    holds: oldest < SHIFT_MS / 5,
  };
}
