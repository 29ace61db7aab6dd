import { describe, expect, it } from '@jest/globals';
import { confusablesModule } from '../confusables.mjs';

const file = (lines) => `# confusables.txt\n# Version: 16.0.0\n#\n${lines.join('\n')}\n`;

describe('confusablesModule', () => {
  it('holds the version, and for each prototype what looks like it', () => {
    const text = confusablesModule(
      file([
        '0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t# ',
        '1D41A ;\t0061 ;\tMA\t# ( 𝐚 → a )\t# ',
        '006D ;\t0072 006E ;\tMA\t# ( m → rn )\t# ',
      ]),
    );
    expect(text).toContain("CONFUSABLES_VERSION = '16.0.0'");
    expect(text).toContain('\n61:430,1d41a 72+6e:6d\n');
  });

  it('refuses a file that does not say its version', () => {
    expect(() => confusablesModule('0430 ; 0061 ; MA')).toThrow('with its version');
  });
});
