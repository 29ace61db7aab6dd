import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findNode } from './find-node.js';
import { baseImage, refuseOtherNode } from './images-node.js';

const base = { image: 'node:24-bookworm-slim', major: 24 };

describe('the Node of a benchmark', () => {
  let folder: string;
  const script = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\n${text}\n`);
    await chmod(file, 0o755);
    return file;
  };
  /** A client of Docker that has an image with this version in it, and notes what it is asked. */
  const dockerWith = async (version: string) => {
    const inside = await script('inside', `echo v${version}`);
    return script(
      'docker',
      `echo "$1" >> ${folder}/asked
       case "$1" in
         image) echo sha256:0123456789abcdef0123 ;;
         create) echo a-container ;;
         cp) [ "$2" = a-container:/usr/local/bin/node ] && cp ${inside} "$3" ;;
       esac`,
    );
  };
  const asked = async () => (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-node-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is this one when nothing is recorded, or when it is that of the images', async () => {
    expect(await findNode({ recording: false, base, own: '20.1.0' })).toBeUndefined();
    expect(await findNode({ recording: true, base, own: '24.1.0' })).toBeUndefined();
  });

  it('is the one that is named', async () => {
    const given = await script('node', 'echo v24.9.0');
    expect(await findNode({ given, recording: true, base, own: '24.1.0' })).toBe(given);
  });

  it('is not another one than that of the images when the result is recorded', async () => {
    const given = await script('node', 'echo v22.9.0');
    await expect(findNode({ given, recording: true, base })).rejects.toThrow('is Node 22.9.0');
    expect(await findNode({ given, recording: false, base })).toBe(given);
  });

  it('is not a program that does not run', async () => {
    const given = join(folder, 'missing');
    await expect(findNode({ given, recording: false, base })).rejects.toThrow('does not run as Node');
  });

  it('comes out of the image, once, and leaves no container', async () => {
    const quest = {
      recording: true,
      base,
      own: '20.1.0',
      cacheFolder: join(folder, 'cache'),
      docker: await dockerWith('24.5.0'),
    };
    const program = await findNode(quest);
    expect(program).toBe(join(folder, 'cache/0123456789abcdef/node'));
    expect(await asked()).toEqual(['image', 'create', 'cp', 'rm']);
    expect(await findNode(quest)).toBe(program);
    expect(await asked()).toEqual(['image', 'create', 'cp', 'rm', 'image']);
    expect(await readdir(join(folder, 'cache/0123456789abcdef'))).toEqual(['node']);
  });

  it('has to be named where there is no Docker', async () => {
    const quest = { recording: true, base, own: '20.1.0', docker: join(folder, 'missing') };
    await expect(findNode(quest)).rejects.toThrow('Name one with --node <path>');
  });

  it("is that of the Dockerfile's base", () => {
    const { image, major } = baseImage();
    expect(image).toMatch(new RegExp(`^node:${major}-`));
    expect(() => refuseOtherNode(`${major}.2.0`)).not.toThrow();
    expect(() => refuseOtherNode(`${major - 4}.2.0`)).toThrow(`recorded on Node ${major}`);
  });
});
