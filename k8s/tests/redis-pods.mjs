import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findRedisProgram } from '../../tools/local-stack/dist/find-redis.js';
import { makeSecrets } from '../secrets.mjs';
import { folder as k8s } from './manifests.mjs';

const run = promisify(execFile);
const components = join(k8s, 'components');
const read = (path) => readFileSync(join(components, path), 'utf8');

/** How to run the server of this machine, with the folder of its programs on PATH. */
let server;

/** Why the scripts of Redis's pods cannot be tested on this machine; empty if they can. */
export const redisIsMissing = await whyNot();

async function whyNot() {
  if (process.platform !== 'linux') return 'only Linux gives a process any address of 127.0.0.0/8';
  const program = await findRedisProgram();
  const { file, args, env } = program.command({ folder: '/', port: 0, args: [] });
  const path = [file, ...args].find((word) => /\/(redis|valkey)-server$/.test(word));
  if (path === undefined || !existsSync(join(dirname(path), 'redis-cli')))
    return `there is no redis-cli beside ${program.origin}`;
  server = {
    file,
    args,
    env: { ...process.env, ...env, PATH: `${dirname(path)}${delimiter}${process.env.PATH}` },
  };
  return '';
}

/** Resolves when the condition holds. @throws Error that says what it waited for, after `seconds`. */
export async function until(what, condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await pause(50)) {
    if (await condition()) return;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

/**
 * Pods of Redis as processes of this machine: real Redis servers and Sentinels under the scripts and files of the
 * components, on their ports. In place of its name, each pod has an address of its own.
 */
export class RedisPods {
  #started = new Set();
  #place = mkdtempSync(join(tmpdir(), 'redis-pods-'));

  /** @param {number} count */
  static async of(count) {
    const pods = new RedisPods();
    await makeSecrets(join(pods.#place, 'users'), 'chat');
    const net = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
    pods.names = Array.from({ length: count }, (_, number) => `${net}.${number + 1}`);
    for (const number of pods.names.keys()) pods.#configure(number);
    return pods;
  }

  folder(number, ...more) {
    return join(this.#place, `pod-${number}`, ...more);
  }

  /** The file by which a Redis knows its master, or undefined if it was not written. */
  follow(number) {
    const file = this.folder(number, 'run', 'follow.conf');
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  /** Gives the pod data, as a Redis that ran has. */
  fill(number) {
    mkdirSync(this.folder(number, 'data', 'appendonlydir'), { recursive: true });
  }

  /** Takes away what a new volume lacks. */
  loseVolume(number) {
    rmSync(this.folder(number, 'data'), { recursive: true });
    mkdirSync(this.folder(number, 'data'));
  }

  /** Takes away what a new pod lacks. */
  renew(number) {
    rmSync(this.folder(number, 'run'), { recursive: true });
    mkdirSync(this.folder(number, 'run'));
  }

  /** Starts a Sentinel that watches no master yet. */
  async bareSentinel(number) {
    const folder = this.folder(number, 'bare');
    mkdirSync(folder);
    const text = readFileSync(this.folder(number, 'config', 'sentinel.conf'), 'utf8');
    writeFileSync(join(folder, 'sentinel.conf'), text.replace(/^dir .*/m, `dir ${folder}`));
    const sentinel = this.#server([join(folder, 'sentinel.conf'), '--sentinel']);
    await this.#answers(number, 26379);
    return sentinel;
  }

  /** Starts the pod's Sentinel, as the manifest does, if need be with another pause between two fail-overs. */
  async sentinel(number, failoverMs) {
    await run('sh', [join(components, 'redis-ha/sentinel-config.sh')], { env: this.#env(number) });
    const file = this.folder(number, 'data/sentinel/sentinel.conf');
    if (failoverMs) {
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(/(failover-timeout parley) .*/, `$1 ${failoverMs}`));
    }
    const sentinel = this.#server([file, '--sentinel']);
    await this.#answers(number, 26379);
    return sentinel;
  }

  /** Runs find-master.sh in front of a command. */
  find(number, command) {
    return this.#start('sh', [join(components, 'redis-ha/find-master.sh'), ...command], this.#env(number));
  }

  /** Starts the pod's Redis, as the manifest does. */
  redis(number, ...more) {
    const files = [this.folder(number, 'redis.conf'), '--include', this.folder(number, 'ha.conf')];
    return this.find(number, [server.file, ...server.args, ...files, ...more]);
  }

  /** Starts a Redis without a Sentinel, with these arguments more. */
  bareRedis(number, ...more) {
    return this.#server([this.folder(number, 'redis.conf'), ...more]);
  }

  /** Starts the container that joins a node of a Cluster. */
  join(number) {
    const env = { ORDINAL: String(number), NODES: this.names.join(' '), PAUSE: '1' };
    const [, password] = /REDISCLI_AUTH=(.*)/.exec(readFileSync(this.file('cluster.env')));
    const script = join(components, 'redis-cluster/join.sh');
    return this.#start('sh', [script], { ...this.#env(number), ...env, REDISCLI_AUTH: password });
  }

  /** Whether the readiness probe of the pod's Redis passes. */
  async isReady(number) {
    const env = { ...this.#env(number), HOST: this.names[number] };
    return run('sh', [join(components, 'redis/ready.sh')], { env }).then(
      () => true,
      () => false,
    );
  }

  /** Asks the pod's Redis, as the admin. @returns what redis-cli prints. */
  ask(number, ...words) {
    const [, password] = /REDISCLI_AUTH=(.*)/.exec(readFileSync(this.file('admin.env')));
    return this.#cli(number, 6379, ['--user', 'admin', '--pass', password, '--no-auth-warning', ...words]);
  }

  /** Asks the pod's Sentinel, as a client; one without users takes it for nobody in particular. */
  askSentinel(number, ...words) {
    return this.#cli(number, 26379, [...this.#client(), 'sentinel', ...words]);
  }

  #client() {
    const password = readFileSync(this.file('sentinel-client'), 'utf8');
    return ['--user', 'client', '--pass', password, '--no-auth-warning'];
  }

  /** The path of a file of the secrets. */
  file(name) {
    return join(this.#place, 'users', name);
  }

  async remove() {
    await Promise.all([...this.#started].map((each) => each.end('SIGKILL')));
    rmSync(this.#place, { recursive: true });
  }

  #configure(number) {
    for (const each of ['data', 'run', 'config']) mkdirSync(this.folder(number, each), { recursive: true });
    const here = (text) =>
      text
        .replaceAll('/etc/redis/users', join(this.#place, 'users'))
        .replaceAll('/run/redis', this.folder(number, 'run'))
        .replaceAll('/data', this.folder(number, 'data'));
    const bind = `bind ${this.names[number]}\n`;
    // Without this, the first copy of the data to a replica begins 5 s late.
    const soon = 'repl-diskless-sync-delay 0\n';
    writeFileSync(this.folder(number, 'redis.conf'), here(read('redis/redis.conf')) + bind + soon);
    writeFileSync(this.folder(number, 'ha.conf'), here(read('redis-ha/ha.conf')));
    writeFileSync(this.folder(number, 'cluster.conf'), here(read('redis-cluster/cluster.conf')));
    writeFileSync(
      this.folder(number, 'config', 'sentinel.conf'),
      here(read('redis-ha/sentinel.conf')) + bind,
    );
  }

  #env(number) {
    return {
      ...server.env,
      NAME: this.names[number],
      PEERS: this.names.join(' '),
      DATA: this.folder(number, 'data'),
      RUN: this.folder(number, 'run'),
      CONFIG: this.folder(number, 'config'),
      USERS: join(this.#place, 'users'),
    };
  }

  async #cli(number, port, words) {
    const { stdout } = await run('redis-cli', ['-h', this.names[number], '-p', String(port), ...words], {
      env: server.env,
    });
    return stdout.trim();
  }

  async #answers(number, port) {
    await until(`port ${port} of pod ${number} answers`, () =>
      this.#cli(number, port, ['--user', 'probe', '--pass', 'none', '--no-auth-warning', 'ping']).then(
        (answer) => answer === 'PONG',
        () => false,
      ),
    );
  }

  #server(args) {
    return this.#start(server.file, [...server.args, ...args], server.env);
  }

  /** Starts a process of a pod. */
  #start(file, args, env) {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const process = { output: '', code: undefined };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        process.output += text;
      });
    }
    const ended = once(child, 'exit').then(([code]) => {
      process.code = code;
      // What a script had started may hold them open for longer.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      this.#started.delete(process);
    });
    process.end = async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
      return process.code;
    };
    this.#started.add(process);
    return process;
  }
}
