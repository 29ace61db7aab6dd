import { describe, expect, it } from '@jest/globals';
import { generate } from './generate.js';

const TABLE = { file: 'a.md', name: 'fruit', rows: () => [{ fruit: '`apple`', weight: '120' }] };
const WRITTEN = `# Fruit

<!-- generated: fruit -->

| fruit   | weight |
| ------- | -----: |
| \`apple\` |    120 |

<!-- /generated -->

| typed | by hand |
| ----- | ------- |
`;

async function generated(text: string, table = TABLE) {
  const texts = new Map([['a.md', text]]);
  const changed = await generate(texts, [table]);
  return { text: texts.get('a.md'), changed };
}

describe('generate', () => {
  it('leaves a document that shows what the code has', async () => {
    expect(await generated(WRITTEN)).toEqual({ text: WRITTEN, changed: [] });
  });

  it.each([
    ['a cell that differs', WRITTEN.replace('120', '121')],
    ['a row too many', WRITTEN.replace(/(\| `apple`.*\n)/, '$1$1')],
    ['no table at all', WRITTEN.replace(/\n\| fruit[\s\S]*?(?=\n<!-- \/gen)/, '')],
  ])('mends %s, names the table, and touches nothing else', async (_, text) => {
    expect(await generated(text)).toEqual({ text: WRITTEN, changed: ['a.md: the table "fruit"'] });
  });

  it.each([
    ['no mark', WRITTEN.replace('<!-- generated: fruit -->', '')],
    ['a mark twice', `${WRITTEN}<!-- generated: fruit -->\n<!-- /generated -->\n`],
    ['no end', WRITTEN.replace('<!-- /generated -->', '')],
    [
      'the end of another part',
      WRITTEN.replace('<!-- /generated -->', '<!-- generated: b -->\n<!-- /generated -->'),
    ],
  ])('refuses a document with %s', async (_, text) => {
    await expect(generated(text)).rejects.toThrow(/^a\.md, the table "fruit": expected <!-- /);
  });

  it('keeps a bar in a cell from ending it', async () => {
    const table = { ...TABLE, rows: () => [{ fruit: 'apple | pear', weight: '120' }] };
    expect((await generated(WRITTEN, table)).text).toContain('| apple \\| pear |    120 |');
  });

  it('refuses a table without rows, or with rows of different columns', async () => {
    for (const rows of [[], [{ fruit: 'apple', weight: '1' }, { fruit: 'pear' }]]) {
      const table = { ...TABLE, rows: () => rows as ReturnType<typeof TABLE.rows> };
      await expect(generated(WRITTEN, table)).rejects.toThrow(/expected/);
    }
  });
});
