import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, runAdmin } from '@parley/testing';
import { newUser, problem, RestClient } from '../rest/fixtures/rest-client.js';
import { TrafficChecker } from '../rest/fixtures/traffic-checker.js';
import { ask, post, TwoGateways } from './fixtures/two-gateways.js';

jest.setTimeout(240_000);

describe("the operator's page, over two gateways", () => {
  const traffic = new TrafficChecker();
  let gateways: TwoGateways;
  let clients: RestClient;
  let operators: RestClient;
  let origin: string;

  beforeAll(async () => {
    const open: Record<string, string> = { ADMIN_ON: 'public' };
    gateways = await TwoGateways.start({ ALLOWED_ORIGINS: 'https://chat.example' }, (name) =>
      name === 'gateway-2' ? open : {},
    );
    origin = new URL(gateways.stack.metrics['gateway-1']!).origin;
    clients = new RestClient(gateways.stack.gateways[1]!.httpUrl, undefined, traffic.witness);
    operators = new RestClient(origin, await keyWith('status', 'users:read', 'announce'), traffic.witness);
  });
  afterAll(async () => {
    await gateways?.stop();
    expect(traffic.faults).toEqual([]);
  });

  const keyWith = async (...scopes: string[]): Promise<string> => {
    const asked = ['--name', 'page', '--scopes', scopes.join(',')];
    return (await runAdmin(gateways.folder, 'keys-create', ...asked)).out.split('\n')[0]!;
  };

  it('is served on the port of metrics alone, or on both, under a policy', async () => {
    const page = await fetch(`${origin}/admin`);
    expect(page).toMatchObject({ status: 200, url: `${origin}/admin/` });
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/);
    const parts = [...(await page.text()).matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)];
    expect(parts.length).toBeGreaterThan(1);
    for (const [, part] of parts) expect((await fetch(`${origin}/admin/${part}`)).status).toBe(200);
    const [first, second] = gateways.stack.gateways.map(({ httpUrl }) => httpUrl);
    expect((await fetch(`${first}/admin/`)).status).toBe(404);
    expect((await fetch(`${second}/admin/`)).status).toBe(200);
    expect((await fetch(`${origin}/admin/..%2f..%2fpackage.json`)).status).toBe(404);
  });

  it('is told how all replicas are, and which channels are large', async () => {
    const members = [await gateways.signUp(0), await gateways.signUp(1), await gateways.signUp(1)];
    for (const { client } of members) await ask(client, 'channelJoin', { recipientUUID: '' });
    await post(members[0]!.client, 'hello', { recipientUUID: '' });
    const status = await eventually(
      async () => {
        const { body } = await operators.get('/admin/status');
        return body.channels?.[0]?.connections === 3 && body;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const services = status.replicas.map(({ service }: { service: string }) => service);
    expect(services.sort()).toEqual(['auth', 'channels', 'gateway', 'gateway', 'users']);
    const connections = status.replicas.map((replica: { gateway?: { connections: number } }) =>
      replica.gateway ? replica.gateway.connections : 0,
    );
    expect(Math.max(...connections)).toBe(2);
    expect(JSON.stringify(status)).not.toMatch(/hello|user-1/);
  });

  it('passes on what is asked for with a key, also from its own page, and nothing of users', async () => {
    const ada = await newUser(clients);
    const own = { origin };
    const found = await operators.get(`/admin/users?prefix=${ada.Username}`);
    expect(found.body.users).toMatchObject([{ UUID: ada.UUID }]);
    expect((await operators.post('/admin/announcements', { text: 'Hi' }, own)).status).toBe(201);
    const foreign = await operators.post(
      '/admin/announcements',
      { text: 'Hi' },
      { origin: 'https://evil.example' },
    );
    expect(foreign).toMatchObject(problem('FORBIDDEN', 403));
    expect(await operators.as(undefined).get('/admin/status')).toMatchObject({ status: 401 });
    expect(await operators.as(await keyWith('announce')).get('/admin/status')).toMatchObject(
      problem('FORBIDDEN', 403),
    );
    const headers = { authorization: `Bearer ${ada.rest.accessKey}` };
    expect((await fetch(`${origin}/api/v1/users/me`, { headers })).status).toBe(404);
  });

  it('is not noted in the audit each time that it looks', async () => {
    const { body } = await operators.as(await keyWith('keys')).get('/admin/audit?kind=operations');
    const noted = body.entries.filter(({ outcome }: { outcome: string }) => outcome === 'OK');
    const operations = new Set(noted.map(({ operation }: { operation: string }) => operation));
    expect(operations).toContain('findAccounts');
    expect(operations).not.toContain('getStatus');
  });

  it('is no longer told of a replica that has ended', async () => {
    process.kill(gateways.pidOf('gateway-2')!, 'SIGTERM');
    await eventually(
      async () => {
        const { body } = await operators.get('/admin/status');
        return body.replicas.filter(({ service }: { service: string }) => service === 'gateway').length < 2;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
  });
});
