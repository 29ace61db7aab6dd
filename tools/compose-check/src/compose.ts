import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@parley/local-stack';
import { eventually } from '@parley/testing';
import { ROOT, run, runToEnd } from './program.js';
import { Prometheus } from './prometheus.js';

/** How Redis runs: `npm run env -- --redis <topology>`. */
export const TOPOLOGIES = ['single', 'ha', 'cluster'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** All containers are healthy within this time, in ms; most of it is for a slow machine. */
const HEALTHY_DEADLINE_MS = 180_000;
/** The image of the checked version. Its layers stay, so that the next build is quick. */
export const IMAGE = 'parley:compose-check';
/** redis-cli in a container of Redis, with TLS where Redis speaks it. */
export const CLI = '/usr/local/etc/redis/cli.sh';
/** A short drain, so that a check does not take minutes. */
const SETTINGS = { DRAIN_SECONDS: '3', PARLEY_IMAGE: IMAGE, LOG_LEVEL: 'warn' };

/** Docker-compose 1.29 otherwise builds with BuildKit's command line, which may be missing. */
const ENGINE = { COMPOSE_DOCKER_CLI_BUILD: '0' };

/** No engine answers, or there is no docker compose. */
export class NoEngineError extends Error {}

export interface ComposeOptions {
  readonly topology: Topology;
  /** The folder of `npm run certificates`: everything speaks TLS. */
  readonly certificates?: string | undefined;
}

/** A container, as the engine lists it. */
export interface Container {
  readonly id: string;
  readonly service: string;
  /** Such as "Up 3 seconds (healthy)". */
  readonly status: string;
}

/** A separate project of docker compose, with its own names, port and secrets. */
export class Compose {
  private readonly name = `parley-check-${randomBytes(4).toString('hex')}`;

  private constructor(
    private readonly command: readonly string[],
    private readonly folder: string,
    private readonly ports: { readonly chat: number; readonly tls: number; readonly prometheus: number },
    readonly isEncrypted: boolean,
  ) {}

  /**
   * Makes the secrets and builds the image. Nothing runs yet.
   * @throws NoEngineError
   */
  static async prepare({ topology, certificates }: ComposeOptions): Promise<Compose> {
    const command = await composeCommand();
    const folder = await mkdtemp(join(tmpdir(), 'compose-check-'));
    const ports = { chat: await freePort(), tls: await freePort(), prometheus: await freePort() };
    const compose = new Compose(command, folder, ports, certificates !== undefined);
    const tls = certificates === undefined ? [] : ['--tls'];
    const args = ['--redis', topology, ...tls, '--file', compose.environment];
    await run(process.execPath, ['deploy/make-env.mjs', ...args]);
    const settings = {
      ...SETTINGS,
      CHAT_PORT: `127.0.0.1:${ports.chat}`,
      // Clients are sent to it, so it is a number alone.
      CHAT_TLS_PORT: ports.tls,
      CERTIFICATES: certificates ?? '',
      PROMETHEUS_PORT: `127.0.0.1:${ports.prometheus}`,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await appendFile(compose.environment, lines.join(''));
    await compose.do('build', 'redis-files');
    return compose;
  }

  get url(): string {
    return this.isEncrypted ? `wss://localhost:${this.ports.tls}/ws` : `ws://127.0.0.1:${this.ports.chat}/ws`;
  }

  /** The port for clients without TLS. */
  get plainUrl(): string {
    return `http://127.0.0.1:${this.ports.chat}/`;
  }

  /**
   * HAProxy's address in its network, without the published port. The engine's port forwarding gives all clients one address,
   * and buffers megabytes that a client does not read.
   */
  async directUrl(): Promise<string> {
    const [haproxy] = await this.containers('haproxy');
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const address = await run('docker', ['inspect', '--format', format, haproxy!.id]);
    return `ws://${address.trim()}:8080/ws`;
  }

  /** Starts what is not running. Resolves with the number of containers when all are healthy. */
  async up(gateways = 3): Promise<number> {
    await this.do('up', '-d', '--no-build', '--scale', `gateway=${gateways}`);
    await this.healthy(gateways);
    return (await this.containers()).length;
  }

  /** Resolves when there are this many gateways and all containers are healthy. */
  async healthy(gateways: number): Promise<void> {
    await eventually(() => this.isHealthy(gateways), { timeoutMs: HEALTHY_DEADLINE_MS, everyMs: 500 });
  }

  /** Whether the image of a service that is not built here is present or can be pulled. */
  async hasImage(service: string): Promise<boolean> {
    const file = await readFile(`${ROOT}docker-compose.yml`, 'utf8');
    const image = new RegExp(`^  ${service}:\n(?: {4}.*\n)*? {4}image: (\\S+)$`, 'm').exec(file)![1]!;
    for (const how of [
      ['image', 'inspect'],
      ['pull', '-q'],
    ]) {
      if ((await runToEnd('docker', [...how, image])).code === 0) return true;
    }
    return false;
  }

  /** Starts Prometheus unless it runs. Resolves when it is ready. */
  async prometheus(): Promise<Prometheus> {
    await this.do('up', '-d', '--no-deps', 'prometheus');
    const prometheus = new Prometheus(`http://127.0.0.1:${this.ports.prometheus}`);
    await eventually(() => prometheus.isReady(), { timeoutMs: HEALTHY_DEADLINE_MS, everyMs: 500 });
    return prometheus;
  }

  /** Runs the load test through HAProxy. @returns its account. @throws Error with the end of its report when it fails. */
  async loadTest(...options: readonly string[]): Promise<string> {
    const report = await this.do('run', '--rm', '-T', 'load-test', ...options);
    return report
      .trim()
      .split('\n')
      .filter((line) => /^in all |^\d+ lost|^[\d,]+ came back/.test(line))
      .join(', ');
  }

  /** Resolves when a load test measures, with all of its connections open. */
  async loads(): Promise<void> {
    const measures = async () => {
      const [test] = await this.containers('load-test');
      if (test === undefined) return false;
      return /^3 of /m.test((await runToEnd('docker', ['logs', test.id])).output);
    };
    await eventually(measures, { timeoutMs: HEALTHY_DEADLINE_MS, everyMs: 500 });
  }

  /** Runs the operator's command. @returns what it prints. @throws Error when it is refused. */
  admin(...line: readonly string[]): Promise<string> {
    return this.do('run', '--rm', '-T', 'admin', ...line);
  }

  /** Runs shell commands with this project's docker compose as $COMPOSE and its folder as $FOLDER. */
  async shell(commands: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const composed = [...this.command, ...this.project].join(' ');
    await run('sh', ['-c', commands], { ...ENGINE, COMPOSE: composed, FOLDER: this.folder, ...env });
  }

  /** Stops and removes all containers; their data stays. */
  async down(): Promise<void> {
    await this.do('down');
  }

  async remove(): Promise<void> {
    await this.do('down', '--volumes', '--remove-orphans');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The containers of one service, or all. */
  async containers(service?: string): Promise<Container[]> {
    const label = 'com.docker.compose';
    const format = `{{.ID}}\t{{.Label "${label}.service"}}\t{{.Status}}`;
    const filters = ['--filter', `label=${label}.project=${this.name}`];
    if (service !== undefined) filters.push('--filter', `label=${label}.service=${service}`);
    const lines = (await run('docker', ['ps', ...filters, '--format', format])).trim().split('\n');
    return lines.filter(Boolean).map((line) => {
      const [id, name, status] = line.split('\t');
      return { id: id!, service: name!, status: status! };
    });
  }

  /** Pauses the first container of a service during the work. */
  async frozen<T>(service: string, work: () => Promise<T>): Promise<T> {
    const [first] = await this.containers(service);
    await run('docker', ['pause', first!.id]);
    try {
      return await work();
    } finally {
      await run('docker', ['unpause', first!.id]);
    }
  }

  /** Sends SIGKILL to the first container of a service. It stays down until the next {@link up}. */
  async kill(service: string): Promise<void> {
    const [first] = await this.containers(service);
    await run('docker', ['kill', first!.id]);
  }

  /** Runs a program in the first container of a service. @returns its output, even when it fails. */
  async exec(service: string, ...command: readonly string[]): Promise<string> {
    const [first] = await this.containers(service);
    return (await runToEnd('docker', ['exec', first!.id, ...command])).output;
  }

  /** Sends a command to the Redis of a service as admin. @returns the reply, even an error. */
  redis(service: string, ...command: readonly string[]): Promise<string> {
    return this.exec(service, CLI, '--user', 'admin', ...command);
  }

  /** The last lines of all containers. */
  async logs(): Promise<string> {
    return this.do('logs', '--no-color', '--tail', '15');
  }

  private async isHealthy(gateways: number): Promise<boolean> {
    const containers = await this.containers();
    const running = containers.filter(({ service }) => service === 'gateway').length;
    // A container without a health check counts as soon as it runs.
    return (
      running === gateways && containers.every(({ status }) => !/unhealthy|starting|Restarting/.test(status))
    );
  }

  private get environment(): string {
    return join(this.folder, '.env');
  }

  private do(...args: readonly string[]): Promise<string> {
    const [file, ...first] = this.command;
    return run(file!, [...first, ...this.project, ...args], ENGINE);
  }

  private get project(): readonly string[] {
    return ['--env-file', this.environment, '-p', this.name];
  }
}

/** `docker compose`, or `docker-compose` of version 1.29. */
async function composeCommand(): Promise<readonly string[]> {
  const { code, output } = await runToEnd('docker', ['version']);
  if (code !== 0) throw new NoEngineError(`no Docker engine answers: ${output.trim().split('\n').at(-1)}`);
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [file, ...args] = command;
    if ((await runToEnd(file!, [...args, 'version'])).code === 0) return command;
  }
  throw new NoEngineError('there is no docker compose');
}
