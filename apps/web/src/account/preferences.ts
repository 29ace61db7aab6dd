import { isRecord, Kept, type KeyValues } from '../storage.js';
import { Store } from '../store.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What the user has chosen for this browser. */
export interface Chosen {
  readonly theme: Theme;
  /** Whether messages are announced while the page is not looked at. The browser asks the user as well. */
  readonly notifies: boolean;
}

const DEFAULT: Chosen = { theme: 'system', notifies: false };

const isChosen = (value: unknown): value is Chosen =>
  isRecord(value) && THEMES.includes(value['theme'] as Theme) && typeof value['notifies'] === 'boolean';

/** The user's choices, kept in this browser. */
export class Preferences {
  readonly chosen: Store<Chosen>;

  constructor(storage: KeyValues | undefined) {
    const kept = new Kept(storage, 'parley.preferences', isChosen);
    this.chosen = new Store(kept.read() ?? DEFAULT);
    this.chosen.subscribe(() => kept.write(this.chosen.get()));
  }

  choose(change: Partial<Chosen>): void {
    this.chosen.update((now) => ({ ...now, ...change }));
  }

  /** Shows the theme, now and after each choice. */
  applyTo(root: HTMLElement): void {
    const apply = () => {
      root.dataset['theme'] = this.chosen.get().theme;
    };
    this.chosen.subscribe(apply);
    apply();
  }
}
