import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { redisImage } from '../../tools/local-stack/dist/index.js';
import { environmentFile, withValues } from '../environment-file.mjs';
import { IMAGE_FILES, imagesIn, kustomizeImages, pinned, withoutDigest } from '../image-digests.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (file) => readFileSync(`${root}/${file}`, 'utf8');
const images = imagesIn(IMAGE_FILES.map(text));
const digest = (letter) => `sha256:${letter.repeat(64)}`;

describe('the images of others', () => {
  it.each(IMAGE_FILES)('are named in %s by a variable, each', (file) => {
    const { services } = parse(text(file), { merge: true });
    const named = Object.values(services).flatMap(({ image }) => image ?? []);
    for (const image of named) expect(image).toMatch(/^\$\{[A-Z]+_IMAGE:-[^}]+:(?!latest)[\w.-]+\}$/);
  });

  it('are the same everywhere', () => {
    const [, node] = /^ARG NODE_IMAGE=(.+)$/m.exec(text('Dockerfile'));
    expect(images).toMatchObject({ NODE_IMAGE: node, REDIS_IMAGE: redisImage });
    const components = readdirSync(`${root}/k8s/components`, { recursive: true });
    const manifests = components.filter((name) => name.endsWith('.yaml'));
    const named = manifests.flatMap((name) => [
      ...text(`k8s/components/${name}`).matchAll(/^ *image: (.+)$/gm),
    ]);
    expect(new Set(named.map(([, image]) => image))).toEqual(new Set([redisImage]));
  });

  it('are the base of every stage of the Dockerfile that builds on none of its own', () => {
    const [first, ...others] = [...text('Dockerfile').matchAll(/^FROM (.+)$/gm)].map(([, from]) => from);
    expect(first).toMatch(/^\$\{NODE_IMAGE\} AS base$/);
    for (const from of others) expect(from).toMatch(/^base\b/);
  });
});

describe('our own image', () => {
  it('keeps the files that licences ask to be passed on, and no other texts', () => {
    const [, command] = /&& (find \. -path .* -delete)$/m.exec(
      text('Dockerfile').replaceAll(/\\\n\s*/g, ' '),
    );
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      const installed = join(folder, 'node_modules/a');
      mkdirSync(installed, { recursive: true });
      const kept = ['COPYING.md', 'LICENSE', 'NOTICE.md', 'index.js', 'license.md', 'package.json'];
      for (const name of [...kept, 'README.md', 'index.d.ts', 'index.js.map'])
        writeFileSync(join(installed, name), '');
      execFileSync('sh', ['-c', command], { cwd: folder });
      expect(readdirSync(installed).sort()).toEqual(kept);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('npm run pin-images', () => {
  it('adds to the tag the digest that the engine got, and replaces an older one', () => {
    const now = pinned('redis:7.4-bookworm', [`redis@${digest('a')}`]);
    expect(now).toBe(`redis:7.4-bookworm@${digest('a')}`);
    expect(pinned(now, [`redis@${digest('b')}`])).toBe(`redis:7.4-bookworm@${digest('b')}`);
    expect(withoutDigest(now)).toBe('redis:7.4-bookworm');
  });

  it('takes the digest of the registry that is named, where the engine has the same image from several', () => {
    const mirror = 'mirror.example:5000/redis';
    const reported = [`${mirror}@${digest('a')}`, `redis@${digest('b')}`];
    expect(pinned('redis:7.4-bookworm', reported)).toBe(`redis:7.4-bookworm@${digest('b')}`);
    expect(pinned(`${mirror}:7.4`, reported)).toBe(`${mirror}:7.4@${digest('a')}`);
    const long = [`docker.io/library/redis@${digest('c')}`];
    expect(pinned('redis:7.4-bookworm', long)).toBe(`redis:7.4-bookworm@${digest('c')}`);
  });

  it('refuses an image that came from no registry, or from another one', () => {
    const fault = 'redis:7.4-bookworm has no digest';
    expect(() => pinned('redis:7.4-bookworm', [])).toThrow(fault);
    expect(() => pinned('redis:7.4-bookworm', [`mirror.example/redis@${digest('a')}`])).toThrow(fault);
  });

  it('writes them into .env, where compose reads them, and leaves the rest', () => {
    const before = environmentFile('single');
    const after = withValues(before, { REDIS_IMAGE: `redis:7.4-bookworm@${digest('a')}` });
    expect(after).toBe(`${before}REDIS_IMAGE=redis:7.4-bookworm@${digest('a')}\n`);
    const again = withValues(after, { REDIS_IMAGE: `redis:7.4-bookworm@${digest('b')}` });
    expect(again).toBe(after.replace(digest('a'), digest('b')));
  });

  it('names those of the manifests for an overlay', () => {
    const pinnedImages = {
      REDIS_IMAGE: `redis:7.4-bookworm@${digest('a')}`,
      HAPROXY_IMAGE: `haproxy:3.0@${digest('b')}`,
    };
    expect(parse(kustomizeImages(pinnedImages, ['redis']))).toEqual({
      images: [{ name: 'redis', digest: digest('a') }],
    });
  });
});
