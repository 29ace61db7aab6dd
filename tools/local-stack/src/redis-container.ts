import { randomBytes } from 'node:crypto';
import type { RedisCommand, RedisLaunch, RedisProgram } from './redis-program.js';
import { runCommand } from './run-command.js';

/** The image to use where there is no Redis program. */
export const redisImage = 'redis:7.4-bookworm';

/** A Redis server in a container. Pulls the image when it is missing. Throws when no Docker engine answers. */
export async function containerProgram(progress: (line: string) => void): Promise<RedisProgram> {
  await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 }).catch(
    () => {
      throw new Error('no Docker engine answers');
    },
  );
  const present = await runCommand('docker', ['image', 'inspect', redisImage], { timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );
  if (!present) {
    progress(`pulling ${redisImage}`);
    await runCommand('docker', ['pull', '-q', redisImage], { timeoutMs: 300_000 });
  }
  return { origin: `a container of ${redisImage}`, command: containerCommand };
}

function containerCommand({ folder, port, args }: RedisLaunch): RedisCommand {
  const name = `parley-redis-${randomBytes(6).toString('hex')}`;
  const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const options = ['--rm', '--name', name, '--user', owner, '--publish', `127.0.0.1:${port}:${port}`];
  const mount = ['--volume', `${folder}:${folder}`, '--workdir', folder];
  // Inside, 127.0.0.1 is the container alone. The published port above keeps it local.
  const inside = [...args, '--bind', '0.0.0.0', '--protected-mode', 'no'];
  return {
    file: 'docker',
    args: ['run', ...options, ...mount, redisImage, 'redis-server', ...inside],
    env: process.env,
    forceStop: async () => {
      await runCommand('docker', ['rm', '--force', name], { timeoutMs: 10_000 });
    },
  };
}
