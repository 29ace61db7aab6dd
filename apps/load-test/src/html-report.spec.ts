import { describe, expect, it } from '@jest/globals';
import { sampleReport } from './fixtures/sample-report.js';
import { htmlReport } from './html-report.js';
import { evenMarks, lineChart, short } from './line-chart.js';

describe('the HTML report', () => {
  const html = htmlReport(sampleReport({ urls: ['ws://one/ws', 'ws://two/ws'] }));

  it('is one file that loads nothing', () => {
    expect(html).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(html).not.toMatch(/<script|<link|src=|url\(|@import/);
  });

  it.each([
    'Latency distribution',
    'Latency over time',
    'Deliveries',
    'CPU',
    'Resident memory',
    'Event-loop delay',
  ])('has a chart of %s', (title) => {
    const [, chart = ''] = new RegExp(`<figure><figcaption>${title}([\\s\\S]*?)</figure>`).exec(html) ?? [];
    expect(chart).toContain('<polyline');
    expect(chart).not.toMatch(/NaN|Infinity/);
  });

  it('has a line for each URL in the distribution', () => {
    for (const host of ['one', 'two']) expect(html).toMatch(new RegExp(`class="key c\\d">${host}</span>`));
  });

  it('shows the rates that were tried, when the limit was looked for', () => {
    expect(htmlReport({ ...sampleReport(), limit: 100 })).toContain('Latency by rate');
    expect(html).not.toContain('Latency by rate');
  });

  it('shows no names as markup', () => {
    expect(htmlReport({ ...sampleReport(), scenario: '<b>' })).not.toContain('<b>');
  });
});

describe('a chart', () => {
  it('is left out when there is nothing to show', () => {
    expect(lineChart({ title: 't', unit: 'u', series: [{ name: 'n', points: [] }] })).toBe('');
  });

  it.each([{ logarithmic: true }, { logarithmic: false }])('shows zeros and single points, %j', (form) => {
    const svg = lineChart({ title: 't', unit: 'u', series: [{ name: 'n', points: [[0, 0]] }], ...form });
    expect(svg).toContain('<circle');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('has round marks that cover the highest value', () => {
    expect(evenMarks(7)).toEqual([0, 2, 4, 6, 8]);
    expect(evenMarks(1_000_000).at(-1)).toBeGreaterThanOrEqual(1_000_000);
    expect([999, 12_345, 2_000_000].map(short)).toEqual(['999', '12.3 k', '2 M']);
  });
});
