import { seconds, type Traffic } from '@parley/faults';
import { eventually, TestClient } from '@parley/testing';
import type { Check } from './check.js';
import { CLI, type Compose, type Topology } from './compose.js';
import { failsOver } from './fail-over.js';
import { inTraffic, STEADY_POSTS } from './in-traffic.js';
import { ONE_CONTAINER } from './one-container.js';
import { ROOT, run } from './program.js';
import { signedUp } from './writer.js';

const healthy: Check = {
  title: 'is healthy with three gateways',
  run: async (compose) => `${await compose.up()} containers`,
};

/** A forwarded port gives all clients one address, and buffers megabytes: two checks cannot pass there. */
const THROUGH_A_FORWARDED_PORT = '^(?!4\\.(6\\.1|8\\.1)\\b)';

const conforms: Check = {
  title: 'passes the conformance suite through HAProxy',
  run: async (compose) => {
    const suite = `${ROOT}tools/conformance/dist/main.js`;
    const args = compose.isEncrypted
      ? ['--url', compose.url, '--only', THROUGH_A_FORWARDED_PORT]
      : ['--url', await compose.directUrl()];
    const output = await run(process.execPath, [suite, ...args]);
    return output.trim().split('\n').at(-1)!;
  },
};

const refuses: Check = {
  title: "Redis refuses who has no password, and a service that reaches for another's keys",
  run: async (compose) => {
    const nobody = await compose.exec('redis', 'env', '-u', 'REDISCLI_AUTH', CLI, 'ping');
    expectText(nobody, 'NOAUTH');
    const dryRun = ['acl', 'dryrun', 'auth', 'get', 'chat:users:{x}'];
    expectText(await compose.redis('redis', ...dryRun), 'no permissions');
    return 'NOAUTH, NOPERM';
  },
};

const operated: Check = {
  title: 'does what an operator says: a ban closes open connections with 4503, and an unban lets in',
  run: async (compose) => {
    const account = { username: `banned-${Date.now()}`, password: 'a password of the check' };
    const signIn = async () => {
      const client = await TestClient.connect(compose.url, { timeoutMs: 20_000 });
      return { client, answer: await client.ask({ type: 'signIn', signIn: account }) };
    };
    const { client } = await signIn();
    expectText(await compose.admin('ban', account.username), '1 session ended');
    await eventually(() => client.socket.readyState === client.socket.CLOSED);
    const { code } = await client.closed;
    if (code !== 4503) throw new Error(`the connection was closed with ${code}`);
    const refused = await signIn();
    expectText(JSON.stringify(refused.answer), 'This account is banned.');
    await refused.client.close();
    await compose.admin('unban', account.username);
    const back = await signIn();
    expectText(back.answer.type, 'authorized');
    await back.client.close();
    const unknown = await compose.admin('ban', 'nobody').catch(String);
    expectText(unknown, 'USER_NOT_FOUND');
    return 'banned, 4503, FORBIDDEN, unbanned, signed in';
  },
};

const gatewayKilled: Check = {
  title: 'loses nothing when a gateway is killed',
  run: (compose) =>
    inTraffic(compose, async (traffic) => {
      const resumed = countResumed(traffic);
      const began = performance.now();
      await compose.kill('gateway');
      await traffic.wellAgain();
      const all = `all well ${since(began)} after the command, ${resumed()}`;
      await compose.up();
      return all;
    }),
};

const scaled: Check = {
  title: 'loses nothing when it is scaled from five gateways to three, and to five again',
  run: async (compose) => {
    // Scales up before the clients connect, so that some of them are on the gateways that go.
    await scaleTo(compose, 5);
    return inTraffic(compose, async (traffic) => {
      const resumed = countResumed(traffic);
      for (const gateways of [3, 5, 3]) {
        await scaleTo(compose, gateways);
        await traffic.more(STEADY_POSTS);
      }
      return `HAProxy used three, five, then three, ${resumed()}`;
    });
  },
};

const LOAD = [
  '--scenario',
  'rooms',
  '--connections',
  '200',
  '--rate',
  '100',
  '--duration',
  '20s',
  '--resume',
];

const loaded: Check = {
  title: 'loses nothing under the load test when a gateway is killed',
  run: async (compose) => {
    const report = compose.loadTest(...LOAD);
    // A test that fails before it loads ends the wait too.
    await Promise.race([report, compose.loads()]);
    await compose.kill('gateway');
    await compose.up();
    const account = await report;
    if (!/[1-9][\d,]* came back/.test(account)) throw new Error(`nobody was on it: ${account}`);
    return account;
  },
};

const keeps: Check = {
  title: 'has its history after down and up',
  run: async (compose) => {
    const writer = await signedUp(compose);
    await writer.post(20);
    await compose.down();
    await compose.up();
    await writer.expectStored(20);
    return '20 messages';
  },
};

/** In order. Each check leaves the stack as it found it, except for which Redis is the master. */
export const CHECKS: Record<Topology, readonly Check[]> = {
  single: [ONE_CONTAINER, healthy, conforms, refuses, operated, gatewayKilled, scaled, loaded, keeps],
  ha: [healthy, conforms, operated, ...failsOver('ha'), keeps],
  cluster: [healthy, conforms, operated, ...failsOver('cluster'), keeps],
};

/** Resolves when HAProxy gives connections to this many gateways. */
async function scaleTo(compose: Compose, gateways: number): Promise<void> {
  await compose.up(gateways);
  await eventually(async () => (await gatewaysInUse(compose)) === gateways, { timeoutMs: 30_000 });
}

/** How many gateways HAProxy gives connections to. */
async function gatewaysInUse(compose: Compose): Promise<number> {
  const ask = "exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
  const metrics = await compose.exec('haproxy', 'bash', '-c', ask);
  return Number(/haproxy_backend_active_servers\{proxy="gateways"\} (\d+)/.exec(metrics)?.[1]);
}

function expectText(text: string, wanted: string): void {
  if (!text.includes(wanted)) throw new Error(`expected ${wanted}: ${text.trim()}`);
}

/** Counts the connections that are lost from now on. At least one must be, or the check shows nothing. */
function countResumed({ members }: Traffic): () => string {
  let lost = 0;
  for (const { client } of members) {
    client.on('state', ({ state }) => {
      if (state === 'connecting') lost += 1;
    });
  }
  return () => {
    if (lost === 0) throw new Error('no client was on it');
    return `${lost} connections resumed`;
  };
}

const since = (began: number) => seconds(performance.now() - began);
