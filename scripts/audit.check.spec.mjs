import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { auditedPackages } from './audited-packages.mjs';

/** More than npm may take, also on a busy machine. */
const PATIENCE_MS = 150_000;
const NO_ANSWER = { failed: 0, isAnswered: false };

describe('npm run audit', () => {
  const servers = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A registry that answers requests so. @returns its address */
  async function registry(answer) {
    const server = createServer(answer);
    servers.push(server);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${server.address().port}/`;
  }

  /** Answers audits with these advisories, by package, and knows nothing else. */
  const withAdvisories = (advisories) => (request, response) => {
    request.resume().on('end', () => {
      if (!request.url.endsWith('/advisories/bulk')) return response.writeHead(404).end('{}');
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(advisories));
    });
  };

  it(
    'gives up on a registry that does not answer',
    async () => {
      expect(await auditedPackages(await registry(() => undefined))).toMatchObject(NO_ANSWER);
    },
    PATIENCE_MS,
  );

  it(
    'takes a registry without audits, and none at all, as no answer',
    async () => {
      const without = await registry((_, response) => response.writeHead(404).end('{}'));
      expect(await auditedPackages(without)).toMatchObject(NO_ANSWER);
      expect(await auditedPackages('http://127.0.0.1:9/')).toMatchObject(NO_ANSWER);
    },
    PATIENCE_MS,
  );

  it(
    'fails for what is serious in the image, and not for tools',
    async () => {
      const advisory = { id: 1, url: 'https://example.org/1', title: 'a fault', severity: 'high' };
      const advisories = (name) => ({ [name]: [{ ...advisory, vulnerable_versions: '*' }] });
      const inTool = await auditedPackages(await registry(withAdvisories(advisories('nx'))));
      expect(inTool).toMatchObject({ failed: 0, isAnswered: true });
      expect(inTool.lines).toEqual([expect.stringMatching(/^0 vulnerable packages, 0 seriously; [1-9]/)]);
      const inImage = await auditedPackages(await registry(withAdvisories(advisories('ws'))));
      expect(inImage.lines).toContainEqual(expect.stringMatching(/^high: ws /));
      expect(inImage.failed).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});
