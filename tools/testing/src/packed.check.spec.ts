import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '@parley/local-stack';
import { EmptyProject, type PackedPackage, pack } from './empty-project.js';
import { type OwnRedis, startRedis } from './own-redis.js';

// Installs from npm's registry.
jest.setTimeout(600_000);

const LIBS = fileURLToPath(new URL('../../../libs', import.meta.url));
const NAMES = ['protocol', 'client', 'react', 'redis-transport', 'signed-http', 'nest'] as const;
const NODE_TYPES = '@types/node@20';

let folder: string;
let redis: OwnRedis;
const packed = {} as Record<(typeof NAMES)[number], PackedPackage>;
const projects: EmptyProject[] = [];

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), 'packed-'));
  for (const name of NAMES) packed[name] = await pack(`@parley/${name}`, folder);
});
afterAll(async () => {
  for (const project of projects) await project.remove();
  await rm(folder, { recursive: true, force: true });
  await redis.remove();
});

async function emptyProject(type: 'module' | 'commonjs', ...packages: string[]): Promise<EmptyProject> {
  const project = await EmptyProject.create(type);
  projects.push(project);
  await project.install(NODE_TYPES, ...packages);
  return project;
}

/** The examples of a README that begin with the path of their file. */
function examples(name: string): Map<string, string> {
  const text = readFileSync(join(LIBS, name, 'README.md'), 'utf8');
  return new Map(
    [...text.matchAll(/^```ts\n\/\/ (src\/\S+\.ts)\n(.*?)^```$/gms)].map(([, file, code]) => [file!, code!]),
  );
}

describe('what is packed', () => {
  it.each(NAMES)('of %s is what its sources make, and nothing else', (name) => {
    const sources = readdirSync(join(LIBS, name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|lua)$/.test(file) && !/\.spec\.ts$|(^|\/)fixtures\//.test(file))
      .flatMap((file) =>
        file.endsWith('.lua')
          ? [`${file}.js`]
          : ['.js', '.js.map', '.d.ts'].map((end) => file.replace(/\.ts$/, end)),
      );
    const wanted = ['LICENSE', 'README.md', 'package.json', ...sources.map((file) => `dist/${file}`)];
    expect(packed[name].files).toEqual(wanted.sort());
  });
});

describe.each([
  { nest: 11, ioredis: 5, type: 'commonjs' },
  { nest: 12, ioredis: 6, type: 'module' },
] as const)('the transport with Nest $nest and ioredis $ioredis, in a project of type $type', (given) => {
  const env = () => ({ REDIS_URL: redis.url });
  let project: EmptyProject;

  beforeAll(async () => {
    const nest = ['common', 'core', 'microservices'].map((part) => `@nestjs/${part}@${given.nest}`);
    const peers = [`ioredis@${given.ioredis}`, 'rxjs@7', 'reflect-metadata@0.2'];
    project = await emptyProject(given.type, packed['redis-transport'].archive, ...nest, ...peers);
  });

  it("runs the README's example: two replicas and a caller, and one replica when the other is gone", async () => {
    const { 'src/orders.ts': orders, 'src/shop.ts': shop } = Object.fromEntries(examples('redis-transport'));
    await project.write('src/orders.ts', orders!);
    await project.write('src/shop.ts', shop!);
    await project.compile();
    const replicas = [project.start('dist/orders.js', env()), project.start('dist/orders.js', env())];
    for (const replica of replicas) await replica.line(/^ready$/);
    const buy = async () => {
      const caller = project.start('dist/shop.js', env());
      const receipt = JSON.parse(await caller.line(/^\{/));
      for (const replica of running) await replica.line(/^a piece costs 6$/);
      const lines = running.map((replica) => replica.line(RegExp(`^paid ${receipt.id}$`)));
      await Promise.any(lines);
      return receipt;
    };
    let running = replicas;
    expect(await buy()).toMatchObject({ price: expect.any(Number) });
    expect(await replicas[0]!.end()).toBe('SIGTERM');
    running = replicas.slice(1);
    expect(await buy()).toMatchObject({ price: 12 });
    expect(await replicas[1]!.end()).toBe('SIGTERM');
  });

  it('offers health, metrics and tracing to those who install what they need', async () => {
    const parts = ['health', 'metrics', 'tracing'];
    for (const part of parts) {
      await project.write(`${part}.mjs`, `await import('@parley/redis-transport/${part}');`);
      await expect(project.start(`${part}.mjs`).line(/ERR_MODULE_NOT_FOUND/)).resolves.toBeDefined();
    }
    await project.install('@nestjs/terminus@12', 'prom-client@15', '@opentelemetry/api@1.9');
    await project.write('src/observed.ts', examples('redis-transport').get('src/observed.ts')!);
    await project.compile();
    await project.write('observed.mjs', "await import('./dist/observed.js'); console.log('loaded');");
    await project.start('observed.mjs').line(/^loaded$/);
  });
});

it('a bundle of a service has the scripts in it', async () => {
  const peers = ['common', 'core', 'microservices'].map((part) => `@nestjs/${part}@12`);
  const archive = packed['redis-transport'].archive;
  const project = await emptyProject('module', archive, ...peers, 'ioredis@6', 'rxjs@7', 'esbuild@0.25');
  const ask = `
    import { createRequire } from 'node:module';
    import { RedisTransportClient, RedisTransportServer } from '@parley/redis-transport';
    import { Redis } from 'ioredis';
    import { firstValueFrom } from 'rxjs';
    const place = { service: 'bundled', clientName: 'test', connect: () => new Redis(process.env.REDIS_URL) };
    const server = new RedisTransportServer(place);
    server.addHandler('double', async (n) => 2 * n);
    await new Promise((resolve) => server.listen(resolve));
    const client = new RedisTransportClient(place);
    console.log('answer', await firstValueFrom(client.send('double', 21)));
    await client.close();
    await server.close();`;
  await project.write('ask.mjs', ask);
  await project.write(
    'bundle.mjs',
    `import { build } from 'esbuild';
     const external = ['@nestjs/*', 'ioredis', 'rxjs'];
     await build({ entryPoints: ['ask.mjs'], outfile: 'out/ask.mjs', bundle: true, platform: 'node', format: 'esm', external });
     console.log('bundled');`,
  );
  await project.start('bundle.mjs').line(/^bundled$/);
  await rm(join(project.folder, 'node_modules/@parley'), { recursive: true });
  expect(existsSync(join(project.folder, 'node_modules/ioredis'))).toBe(true);
  await project.start('out/ask.mjs', { REDIS_URL: redis.url }).line(/^answer 42$/);
});

it('the client and the protocol are usable in an empty project', async () => {
  const project = await emptyProject('module', packed.protocol.archive, packed.client.archive);
  const use = `
    import { ChatClient } from '@parley/client';
    import { ERRORS } from '@parley/protocol/constants';
    const client = new ChatClient({ url: 'ws://127.0.0.1:1/ws', webSocket: () => { throw new Error('no network'); } });
    client.close();
    console.log('codes', Object.keys(ERRORS).length > 0);`;
  await project.write('src/use.ts', use);
  await project.compile();
  await project.start('dist/use.js').line(/^codes true$/);
});

it.each([11, 12])(
  "the NestJS module runs its README's example in an empty project with Nest %i",
  async (nest) => {
    const own = ['protocol', 'signed-http', 'nest'] as const;
    const archives = own.map((name) => packed[name].archive);
    const peers = ['common', 'core', 'platform-express'].map((part) => `@nestjs/${part}@${nest}`);
    const project = await emptyProject('module', ...archives, ...peers, 'rxjs@7', 'reflect-metadata@0.2');
    await project.write('src/main.ts', examples('nest').get('src/main.ts')!);
    await project.compile();
    const HOOK_KEYS = `k1:whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const port = await freePort();
    await project.start('dist/main.js', { PORT: String(port), HOOK_KEYS }).line(/^ready$/);
    const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    expect((await fetch(`http://127.0.0.1:${port}/parley/hooks`, asked)).status).toBe(401);
  },
);
