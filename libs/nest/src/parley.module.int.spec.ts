import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  HttpCode,
  Injectable,
  Module,
  Post,
  Scope,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { map } from 'rxjs';
import { keysOf, PLATFORMS, RunningApp } from './fixtures/nest-app.js';
import {
  type AuthoriseAnswer,
  type AuthoriseQuestion,
  type BeforeSendQuestion,
  type HookAnswer,
  OnAuthorise,
  OnBeforeSend,
  OnWebhook,
  ParleyClient,
  ParleyModule,
  type ParleyModuleOptions,
  refuse,
  rewrite,
  type WebhookEvent,
  WebhookGuard,
} from './index.js';

const question = (message: string, action = 'send') => ({
  type: 'beforeSend',
  timestamp: '2026-01-01T12:00:00.000Z',
  data: {
    action,
    user: { UUID: 'u', Username: 'ada' },
    channel: { kind: 'group', channelUUID: 'c' },
    message,
  },
});
const authorise = (action: string, more: object = {}) => ({
  type: 'authorise',
  data: {
    action,
    user: { UUID: 'u', Username: 'ada' },
    channel: { kind: 'group', channelUUID: 'c' },
    ...more,
  },
});
const event = (type: string, text = 'hello') => ({
  type,
  timestamp: '2026-01-01T12:00:00.000Z',
  data: { seq: 1, frame: { type: 'channelMessage', channelMessage: { Message: text } } },
});

/** What the handlers of an app were told. */
@Injectable()
class Told {
  readonly questions: BeforeSendQuestion[] = [];
  readonly events: string[] = [];
  /** Awaited by the handler of `message.edited`. */
  gate: Promise<void> = Promise.resolve();
}

@Injectable()
class Rules {
  private readonly secret = 'darn';
  constructor(private readonly told: Told) {}

  @OnBeforeSend()
  first(asked: BeforeSendQuestion): HookAnswer | undefined {
    this.told.questions.push(asked);
    if (asked.message === 'fail') throw new Error('broken');
    if (asked.message.includes('casino')) return refuse('No\nadvertising.');
    return asked.message.includes(this.secret)
      ? rewrite(asked.message.replaceAll('darn', '****'))
      : undefined;
  }

  @OnAuthorise('join', 'create')
  async may(asked: AuthoriseQuestion<'join' | 'create'>): Promise<AuthoriseAnswer | undefined> {
    return asked.action === 'create' && asked.name === 'staff' ? refuse() : undefined;
  }
}

@Injectable()
class Shouting {
  @OnBeforeSend()
  second({ message }: BeforeSendQuestion): HookAnswer | undefined {
    return message.endsWith('!') ? rewrite(message.toUpperCase()) : undefined;
  }
}

@Injectable()
class Audience {
  private failures = 1;
  constructor(private readonly told: Told) {}

  @OnWebhook('message.created', 'membership.*')
  created({ id, type }: WebhookEvent<'message.created' | 'membership.*'>): void {
    this.told.events.push(`${type} ${id}`);
  }

  @OnWebhook('account.*')
  account({ id, data }: WebhookEvent<'account.*'>): void {
    this.told.events.push(`${data.user.UUID} ${id}`);
  }

  @OnWebhook('message.deleted')
  deleted({ id }: WebhookEvent<'message.deleted'>): void {
    if (this.failures-- > 0) throw new Error('broken');
    this.told.events.push(id);
  }

  @OnWebhook('message.edited')
  async edited({ id }: WebhookEvent<'message.edited'>): Promise<void> {
    this.told.events.push(id);
    await this.told.gate;
  }
}

@Controller('own')
class OwnController {
  @Post()
  @HttpCode(200)
  @UseGuards(WebhookGuard)
  take(): { taken: boolean } {
    return { taken: true };
  }
}

/** Wraps what the app answers, as many do. */
const wrapping = {
  provide: APP_INTERCEPTOR,
  useValue: { intercept: (_: unknown, next: CallHandler) => next.handle().pipe(map((data) => ({ data }))) },
};

function moduleOf(options: ParleyModuleOptions, providers: Type[] = [Told, Rules, Shouting, Audience]): Type {
  @Module({
    imports: [ParleyModule.forRoot({ path: 'chat', ...options })],
    controllers: [OwnController],
    providers: [...providers, wrapping],
  })
  class TestModule {}
  return TestModule;
}

describe.each(PLATFORMS)('ParleyModule on %s', (platform) => {
  const running: RunningApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.stop();
  });
  const started = async (module = moduleOf({ signingKeys: keysOf(1) }), options: object = {}) => {
    const app = await RunningApp.start(module, platform, options);
    running.push(app);
    return app;
  };
  const ask = (app: RunningApp, value: object) => app.send('chat/hooks', value, { id: 'hook_1' });

  it('asks handlers what a hook asks, and answers as they do', async () => {
    const app = await started();
    expect(await ask(app, question('hello'))).toEqual({ status: 200, body: { action: 'allow' } });
    expect(await ask(app, question('darn it'))).toMatchObject({
      body: { action: 'rewrite', message: '**** it' },
    });
    expect(await ask(app, question('a casino'))).toMatchObject({
      body: { action: 'refuse', reason: 'No advertising.' },
    });
    expect(await ask(app, question('darn!', 'edit'))).toMatchObject({
      body: { action: 'rewrite', message: '****!' },
    });
    expect(await ask(app, question('stop!'))).toMatchObject({ body: { message: 'STOP!' } });
    expect(app.get(Told).questions[0]).toMatchObject({ id: 'hook_1', action: 'send', message: 'hello' });
  });

  it('asks about the actions that a handler names, and allows the others', async () => {
    const app = await started();
    expect(await ask(app, authorise('create', { name: 'staff' }))).toMatchObject({
      body: { action: 'refuse' },
    });
    for (const action of ['join', 'invite', 'another'])
      expect(await ask(app, authorise(action, { name: 'staff' }))).toMatchObject({
        body: { action: 'allow' },
      });
    expect(await ask(app, { type: 'another', data: {} })).toMatchObject({ body: { action: 'allow' } });
  });

  it('fails where a handler fails, so that Parley does as it is set', async () => {
    expect(await ask(await started(), question('fail'))).toMatchObject({ status: 500 });
  });

  it('answers a question again that comes again', async () => {
    const app = await started();
    for (let times = 0; times < 2; times += 1)
      expect(await ask(app, question('darn'))).toMatchObject({ body: { action: 'rewrite' } });
  });

  it('tells of an event once, however often it is sent', async () => {
    const app = await started();
    const send = (age: number, type = 'message.created') => app.send('chat/webhooks', event(type), { age });
    expect(await send(3)).toEqual({ status: 204, body: undefined });
    expect(await send(2)).toEqual({ status: 204, body: undefined });
    expect(await app.send('chat/webhooks', event('membership.channelKick'), { id: 'evt_2' })).toMatchObject({
      status: 204,
    });
    const created = { type: 'account.created', data: { user: { UUID: 'u-1' }, at: 'now' } };
    expect(await app.send('chat/webhooks', created, { id: 'evt_3' })).toMatchObject({ status: 204 });
    expect(await app.send('chat/webhooks', event('another.kind'), { id: 'evt_4' })).toMatchObject({
      status: 204,
    });
    expect(app.get(Told).events).toEqual([
      'message.created evt_1',
      'membership.channelKick evt_2',
      'u-1 evt_3',
    ]);
  });

  it('tells again of an event whose handler failed', async () => {
    const app = await started();
    const statuses: number[] = [];
    for (const age of [3, 2, 1])
      statuses.push((await app.send('chat/webhooks', event('message.deleted'), { age })).status);
    expect(statuses).toEqual([500, 204, 204]);
    expect(app.get(Told).events).toEqual(['evt_1']);
  });

  it('takes no event while it is being handled, so that it comes again should that fail', async () => {
    const app = await started();
    const told = app.get(Told);
    let open = () => {};
    told.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = app.send('chat/webhooks', event('message.edited'), { age: 3 });
    while (told.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await app.send('chat/webhooks', event('message.edited'), { age: 2 })).toMatchObject({
      status: 409,
    });
    open();
    expect(await first).toMatchObject({ status: 204 });
    expect(told.events).toEqual(['evt_1']);
  });

  it.each(['chat/hooks', 'chat/webhooks', 'own'])(
    'lets nothing into %s that Parley has not signed',
    async (path) => {
      const app = await started();
      const value = path === 'chat/hooks' ? question('casino') : event('message.created');
      const refused = { status: 401 };
      expect(await app.post(path, JSON.stringify(value))).toMatchObject(refused);
      expect(await app.send(path, value, { keys: keysOf(2) })).toMatchObject(refused);
      expect(await app.send(path, value, { tampered: JSON.stringify(question('x')) })).toMatchObject(refused);
      expect(await app.send(path, value, { age: 301 })).toMatchObject(refused);
      expect(await app.send(path, value, { age: -301 })).toMatchObject(refused);
      expect(await app.post(path, 'text', { 'content-type': 'text/plain' })).toMatchObject(refused);
      const { questions, events } = app.get(Told);
      expect([questions, events]).toEqual([[], []]);
      expect((await app.send(path, value)).status).toBeLessThan(300);
    },
  );

  it.each(['chat/webhooks', 'own'])('refuses a copy of a request to %s', async (path) => {
    const app = await started();
    const send = () => app.send(path, event('message.created'), { age: 2 });
    // Both within one second: the time that is signed is the same, or the request is another one.
    const statuses: number[] = [];
    while (!statuses.includes(409) && statuses.length < 3) statuses.push((await send()).status);
    expect(statuses).toContain(409);
    expect((await app.send(path, event('message.created'), { age: 1, id: 'evt_9' })).status).toBeLessThan(
      300,
    );
  });

  it('reads keys that are being replaced', async () => {
    const app = await started(moduleOf({ signingKeys: `${keysOf(2)},${keysOf(1)}` }));
    for (const keys of [keysOf(1), keysOf(2)])
      expect(await app.send('chat/hooks', question('hello'), { keys })).toMatchObject({ status: 200 });
  });

  it('keeps to the prefix of the app', async () => {
    const app = await started(undefined, { prefix: 'api' });
    expect(await app.send('api/chat/hooks', question('hello'))).toMatchObject({ status: 200 });
  });

  it('says what is missing where the app keeps no raw bodies', async () => {
    const app = await started(undefined, { rawBody: false });
    expect(await app.send('chat/hooks', question('hello'))).toMatchObject({ status: 500 });
  });
});

describe('ParleyModule', () => {
  const start = (module: Type) => RunningApp.start(module, 'express');

  it('does not start with handlers and without keys, or with keys that are none', async () => {
    await expect(start(moduleOf({}))).rejects.toThrow(
      /^signingKeys: expected Parley's HOOK_KEYS, because Rules\./,
    );
    await expect(start(moduleOf({ signingKeys: 'secret' }))).rejects.toThrow(
      /^signingKeys: expected 1 to 4 keys/,
    );
    const app = await start(moduleOf({}, []));
    expect(await app.send('chat/hooks', question('hello'))).toMatchObject({ status: 401 });
    await app.stop();
  });

  it('does not start where a handler is scoped to requests', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnWebhook()
      any(): void {}
    }
    await expect(start(moduleOf({ signingKeys: keysOf(1) }, [Told, Scoped]))).rejects.toThrow(
      /^Scoped\.any handles/,
    );
  });

  it.each([
    [
      'useFactory',
      () => ({ useFactory: (told: Told) => optionsFor(told), inject: [Told], imports: [ToldModule] }),
    ],
    ['useClass', () => ({ useClass: OptionsFactory })],
    ['useExisting', () => ({ useExisting: OptionsFactory, imports: [ToldModule] })],
  ])('takes its options from %s', async (_, options) => {
    @Module({ imports: [ParleyModule.forRootAsync({ path: false, ...options() })] })
    class TestModule {}
    const app = await start(TestModule);
    expect(app.get(ParleyClient).options).toMatchObject({ url: 'https://chat.test' });
    expect(await app.send('parley/hooks', question('hello'))).toMatchObject({ status: 404 });
    await app.stop();
  });
});

const optionsFor = (_: Told): ParleyModuleOptions => ({ url: 'https://chat.test' });

@Injectable()
class OptionsFactory {
  createParleyOptions(): ParleyModuleOptions {
    return { url: 'https://chat.test' };
  }
}

@Module({ providers: [Told, OptionsFactory], exports: [Told, OptionsFactory] })
class ToldModule {}
