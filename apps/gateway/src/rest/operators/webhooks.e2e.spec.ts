import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { Endpoint, eventually, type Received, runAdmin, withJson } from '@parley/testing';
import { TwoGateways } from '../../lifecycle/fixtures/two-gateways.js';
import { newUser, problem, RestClient, type RestUser } from '../fixtures/rest-client.js';
import { TrafficChecker } from '../fixtures/traffic-checker.js';

jest.setTimeout(240_000);

const TEXT = 'nobody else may read this';
const idOf = ({ headers }: Received) => headers['webhook-id'];

describe('webhooks for operators, over two gateways', () => {
  const traffic = new TrafficChecker();
  let endpoint: Endpoint;
  let gateways: TwoGateways;
  let rest: RestClient[];
  let ada: RestUser;
  let bob: RestUser;

  beforeAll(async () => {
    endpoint = await Endpoint.open(withJson({}, 503));
    gateways = await TwoGateways.start({
      WEBHOOKS: JSON.stringify([
        { name: 'crm', url: `${endpoint.url.href}?token=hidden`, events: ['message', 'account'] },
      ]),
      HOOK_KEYS: `a:whsec_${Buffer.alloc(32, 3).toString('base64')}`,
      HOOK_PRIVATE_ADDRESSES: 'allow',
      WEBHOOK_RETRY_MS: '20',
      KEY_REQUESTS_BURST: '500',
    });
    rest = gateways.stack.gateways.map(({ httpUrl }) => new RestClient(httpUrl, undefined, traffic.witness));
    [ada, bob] = [await newUser(rest[0]!), await newUser(rest[1]!)];
  });
  afterAll(async () => {
    await gateways?.stop();
    endpoint?.close();
    expect(traffic.faults).toEqual([]);
  });

  const keyWith = async (scope: string): Promise<string> => {
    const { out } = await runAdmin(gateways.folder, 'keys-create', '--name', scope, '--scopes', scope);
    return out.split('\n')[0]!;
  };

  it('show how far each has come, its deliveries without any text, and send again what they are asked to', async () => {
    const by = rest[0]!.as(await keyWith('webhooks'));
    expect((await ada.rest.post(`/users/${bob.UUID}/messages`, { message: TEXT })).status).toBe(201);
    const failing = await eventually(async () => {
      const { body } = await by.get('/admin/webhooks/crm/deliveries?outcome=waiting');
      // The accounts of both are told of, too.
      const ofMessage = body.deliveries?.find(({ type }: { type: string }) => type === 'message.created');
      return ofMessage?.attempts > 1 && ofMessage;
    });
    expect(failing).toMatchObject({
      type: 'message.created',
      outcome: 'waiting',
      status: 503,
      error: 'status',
      seq: 1,
    });
    const { body } = await by.get('/admin/webhooks');
    expect(body.webhooks).toMatchObject([
      {
        ...{ name: 'crm', origin: endpoint.url.origin, events: ['message', 'account'], setAside: 0 },
        ...{ channelsWaiting: 1, failingSince: expect.any(String) },
      },
    ]);
    expect(body.webhooks[0].failingSince <= failing.firstAt).toBe(true);
    endpoint.answering = withJson({});
    const taken = await eventually(async () => {
      const page = await by.get('/admin/webhooks/crm/deliveries?outcome=taken');
      return page.body.deliveries.find(({ id }: { id: string }) => id === failing.id) ?? false;
    });
    expect(JSON.stringify([body, failing, taken])).not.toMatch(/nobody else|hidden/);
    const before = endpoint.received.length;
    expect((await by.post(`/admin/webhooks/crm/deliveries/${taken.id}/replay`)).status).toBe(204);
    await eventually(() => endpoint.received.slice(before).map(idOf).includes(taken.id));
    expect((await by.post('/admin/webhooks/crm/replay')).body).toEqual({ replayed: 0 });
  });

  it('are shown to nobody without the scope, and name what is unknown', async () => {
    const [by, other] = [rest[1]!.as(await keyWith('webhooks')), rest[1]!.as(await keyWith('status'))];
    for (const client of [other, ada.rest])
      expect(await client.get('/admin/webhooks')).toMatchObject(problem('FORBIDDEN', 403));
    expect(await by.get('/admin/webhooks/no/deliveries')).toMatchObject(problem('INVALID_FIELD', 400));
    expect(await by.post('/admin/webhooks/crm/deliveries/evt_no/replay')).toMatchObject(
      problem('INVALID_FIELD', 400),
    );
    expect(await by.get('/admin/webhooks/crm/deliveries?cursor=x')).toMatchObject(
      problem('INVALID_FIELD', 400),
    );
  });

  it('have every operation done with success', () => {
    const own = REST_OPERATION_IDS.filter((id) => restOperation(id).scope === 'webhooks');
    expect(own.filter((id) => !traffic.succeeded.has(id))).toEqual([]);
  });
});
