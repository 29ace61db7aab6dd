import { describe, expect, it } from '@jest/globals';
import { chromiumObstacle } from './chromium.js';
import { webTable } from './table.js';

const FIGURES = {
  chromium: 156,
  ...{ scriptGzBytes: 102_400, scriptBrBytes: 92_160, composerMs: 1_999.6, messagesMs: 2_500 },
  ...{ frames: 1_200, frameP99Ms: 33.4, frameLongestMs: 150.1, pagesRead: 14 },
  ...{ heapFirstBytes: 10e6, heapLastBytes: 10.5e6 },
};

describe('the table of the web client', () => {
  const rowOf = (what: string) => {
    const table = webTable([{ contestant: 'parley', label: 'Parley', rounds: [FIGURES] }]);
    const row = table.split('\n').find((line) => line.startsWith(`| ${what}`))!;
    return row
      .split('|')
      .map((cell) => cell.trim())
      .slice(2, -1);
  };

  it('sets each figure beside its bound, and says whether it holds', () => {
    expect(rowOf('script, gzip')).toEqual(['100.0', '150', 'yes']);
    expect(rowOf('until one can write')).toEqual(['2,000', '2,000', 'yes']);
    expect(rowOf('longest frame')).toEqual(['150.1', '150', 'no']);
    expect(rowOf('growth of the heap')).toEqual(['5.0', '10', 'yes']);
  });

  it('judges nothing that has no bound', () => {
    expect(rowOf('script, Brotli')).toEqual(['90.0', '–', '']);
  });
});

describe('a machine without Chromium', () => {
  it('is told what is missing', () => {
    expect(chromiumObstacle('/nowhere/chromium')).toMatch(/^there is no \/nowhere\/chromium/);
    expect(chromiumObstacle(process.execPath)).toBeUndefined();
  });
});
