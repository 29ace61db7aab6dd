import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { publicKeysOf, readPrivateKeys } from '@parley/contracts';
import { namesRedis, REDIS_USERS, type RedisUser } from '@parley/redis';
import { freePort } from './free-port.js';
import { MetricsPages } from './metrics-pages.js';
import { untilReady } from './readiness-probe.js';
import { type OwnRedisPlan, planOwnRedis, reachGivenRedis } from './redis-in-use.js';
import { keepSecrets, type Secrets } from './secrets.js';
import { nodeOptions, type SealKeys, serviceEnvironment } from './service-environment.js';
import { launchService } from './service-process.js';
import type { StackSettings } from './settings.js';
import type { GatewayAddress, Stack, StackOptions } from './stack.js';
import { StartError } from './start-error.js';
import { Supervised } from './supervised.js';

/**
 * How long after `stop` each kind may take to end in order, in ms, not counting the gateways' draining. SIGKILL
 * follows.
 */
const stopBy = { gateway: 3_500, service: 6_000, redis: 8_000 };

/** The module that `npm start` runs for a service. */
function builtEntry(service: RedisUser): string {
  return fileURLToPath(new URL(`../../../apps/${service}/dist/main.js`, import.meta.url));
}

/** Starts them all at once. If some refuse, rejects with what each kind says, once for all of its replicas. */
async function startAll(processes: Supervised[]): Promise<void> {
  const results = await Promise.allSettled(processes.map((each) => each.start()));
  const faults = results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as Error);
  const stranger = faults.find((fault) => !(fault instanceof StartError));
  if (stranger) throw stranger;
  const lines = new Set(faults.map(({ message }) => message.replace(/^(\w+)-\d+: /, '$1: ')));
  if (lines.size > 0) throw new StartError([...lines].join('; '));
}

/** An address of this machine at which it reaches what listens on `host`. */
const reachable = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

/** A stack that is starting, running or stopping. */
export class RunningStack implements Stack {
  private redis: OwnRedisPlan | undefined;
  private redisProcess: Supervised | undefined;
  private readonly services: Supervised[] = [];
  private readonly workers: Supervised[] = [];
  private readonly ports: number[] = [];
  private readonly pages: MetricsPages;
  private stopped: Promise<void> | undefined;
  private readonly ending = new AbortController();
  private readonly report: (line: string) => void;

  constructor(
    private readonly options: StackOptions,
    private readonly settings: StackSettings,
    private readonly port: number,
    private readonly unlock: () => void,
  ) {
    this.report = options.report ?? (() => {});
    this.pages = new MetricsPages(settings.dataFolder, reachable(settings.metrics.host));
  }

  /** An address of this machine on which the gateway listens. */
  private get host(): string {
    return reachable(this.settings.listen.host);
  }

  get gateways(): GatewayAddress[] {
    return this.ports.map((port) => ({
      url: `ws://${this.host}:${port}/ws`,
      httpUrl: `http://${this.host}:${port}`,
    }));
  }

  get url(): string {
    return this.gateways[0]!.url;
  }

  get httpUrl(): string {
    return this.gateways[0]!.httpUrl;
  }

  get metrics(): Record<string, string> {
    return this.pages.all();
  }

  get redisUrl(): string | undefined {
    return this.redis?.url('admin') ?? this.settings.REDIS_URL;
  }

  get redisUrls(): Record<RedisUser, string | undefined> {
    const url = (user: RedisUser) => this.redis?.url(user) ?? this.settings.REDIS_URL;
    return Object.fromEntries(REDIS_USERS.map((user) => [user, url(user)])) as Record<RedisUser, string>;
  }

  async start(): Promise<void> {
    const secrets = await keepSecrets(this.settings.dataFolder);
    await this.startRedis(secrets.passwords);
    const keys = this.keysFrom(secrets);
    this.report('starting auth, users and channels');
    await this.startServices(keys);
    this.report('starting the gateway');
    await this.startGateways(keys);
    this.pages.publish(this.ports, (name, url) => this.report(`${name} has its metrics at ${url}`));
    if (/^(127\.|::1$|localhost$)/.test(this.settings.listen.host))
      this.report('only this machine reaches the chat; HOST=0.0.0.0 lets others in');
  }

  processes(): { name: string; pid: number }[] {
    return this.all().flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  }

  kill(name: string, signal: NodeJS.Signals): void {
    const wanted = this.all().find((candidate) => candidate.name === name);
    if (!wanted) throw new Error(`no process ${name}: ${this.all().map((each) => each.name)}`);
    wanted.signal(signal);
  }

  stop(): Promise<void> {
    this.ending.abort(new StartError('stopped'));
    this.stopped ??= this.stopInOrder();
    return this.stopped;
  }

  private async stopInOrder(): Promise<void> {
    const began = performance.now();
    const drainMs = this.settings.drainSeconds * 1_000;
    const left = (by: number) => by + drainMs - (performance.now() - began);
    await Promise.all(this.workers.map((worker) => worker.stop(left(stopBy.gateway))));
    await Promise.all(this.services.map((service) => service.stop(left(stopBy.service))));
    await this.redisProcess?.stop(left(stopBy.redis));
    this.pages.withdraw();
    this.unlock();
  }

  private keysFrom({ authPrivateKeys }: Secrets): SealKeys {
    const privateKeys = this.settings.authPrivateKeys ?? authPrivateKeys;
    const publicKeys = publicKeysOf(readPrivateKeys(privateKeys));
    return { privateKeys, publicKeys, sealingKey: this.settings.sealingKey };
  }

  private all(): Supervised[] {
    return [...(this.redisProcess ? [this.redisProcess] : []), ...this.services, ...this.workers];
  }

  private async startRedis(passwords: Secrets['passwords']): Promise<void> {
    if (namesRedis(this.settings)) return reachGivenRedis(this.settings);
    this.redis = await planOwnRedis(this.settings, passwords, this.report);
    this.ending.signal.throwIfAborted();
    this.report(`starting Redis (${this.redis.origin}), data in ${this.settings.dataFolder}`);
    const { launch } = this.redis;
    this.redisProcess = new Supervised('redis', () => launch(this.outputOf('redis')), this.report);
    await this.redisProcess.start();
  }

  private async startServices(keys: SealKeys): Promise<void> {
    for (const service of REDIS_USERS.filter((user) => user !== 'gateway')) {
      for (let number = 1; number <= this.settings.replicas[service]; number += 1) {
        this.services.push(this.supervise(service, number, keys, 0));
      }
    }
    this.ending.signal.throwIfAborted();
    await startAll(this.services);
  }

  private async startGateways(keys: SealKeys): Promise<void> {
    const { gateway: workers } = this.settings.replicas;
    const separate = this.options.gatewayPorts === 'separate';
    for (let number = 1; number <= workers; number += 1) {
      const port = separate ? await freePort() : this.port;
      if (separate || number === 1) this.ports.push(port);
      this.workers.push(this.supervise('gateway', number, keys, port));
    }
    this.ending.signal.throwIfAborted();
    await startAll(this.workers);
    // Connections to a shared port go to the workers in rotation, so this many ready answers in a row cover each of
    // them once.
    if (!separate) await untilReady({ host: this.host, port: this.port }, this.ending.signal, workers);
  }

  /** Gateway workers first: they are the ones that a Prometheus outside is most often pointed at. */
  private metricsPort(service: RedisUser, number: number): number {
    const { metrics, replicas } = this.settings;
    if (metrics.port === 0) return 0;
    const order: RedisUser[] = ['gateway', 'auth', 'users', 'channels'];
    const before = order.slice(0, order.indexOf(service)).reduce((sum, each) => sum + replicas[each], 0);
    return metrics.port + before + number - 1;
  }

  private outputOf(name: string): (bytes: Buffer) => void {
    return (bytes) => this.options.output?.(name, bytes);
  }

  private supervise(service: RedisUser, number: number, keys: SealKeys, port: number): Supervised {
    const name = `${service}-${number}`;
    const { settings, options } = this;
    const entryNow = () => (options.entry ?? builtEntry)(service, name);
    const entry = entryNow();
    if (!existsSync(entry)) throw new StartError(`${name}: ${entry} is missing: npm run build`);
    const redisUrl = this.redis?.url(service);
    const metricsPort = this.metricsPort(service, number);
    const stack = { settings, redisUrl, keys, port, metricsPort };
    const recipe = {
      nodeOptions: nodeOptions[service],
      environment: {
        ...serviceEnvironment(service, stack, options.settings),
        ...options.environmentOf?.(name),
      },
      host: service === 'gateway' ? this.host : '127.0.0.1',
      sharesPort: service === 'gateway' && options.gatewayPorts !== 'separate',
      output: this.outputOf(name),
      onMetrics: (pagePort: number) => this.pages.set(name, pagePort),
      show: (line: string) => this.report(`${name} ${line}`),
      verbose: settings.logLevel === 'debug' || settings.logLevel === 'trace',
    };
    return new Supervised(name, () => launchService({ ...recipe, entry: entryNow() }), this.report);
  }
}
