import { isRecord, Kept, type KeyValues } from '../storage.js';

type Texts = Readonly<Record<string, string>>;

/** The most conversations whose unsent texts are kept: the oldest go first. */
const MOST = 100;

/** What the user has begun to write, by the key of the conversation. It outlives a reload. */
export class Drafts {
  private readonly kept: Kept<Texts>;

  constructor(storage: KeyValues | undefined, me: string) {
    this.kept = new Kept(storage, `parley.drafts.${me}`, isTexts);
  }

  of(key: string): string {
    return this.kept.read()?.[key] ?? '';
  }

  keep(key: string, text: string): void {
    const { [key]: _, ...others } = this.kept.read() ?? {};
    const texts = Object.entries(text === '' ? others : { ...others, [key]: text });
    this.kept.write(Object.fromEntries(texts.slice(-MOST)));
  }
}

const isTexts = (value: unknown): value is Texts =>
  isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
