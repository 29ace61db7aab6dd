import { setImmediate as immediate } from 'node:timers/promises';

interface Group<Item, Result> {
  readonly items: Item[];
  readonly results: Promise<readonly Result[]>;
}

/**
 * Collects the items of one turn of the event loop, and handles them together and in order: one run for each key. A single
 * item waits only for the end of its turn.
 */
export class TurnBatch<Item, Result> {
  private groups = new Map<string, Group<Item, Result>>();
  private turnEnd: Promise<void> | undefined;

  /**
   * @param run handles the items of one key, and resolves with a result for each.
   * @param most the most items of one run; further items of the turn are another run, which begins after the first.
   */
  constructor(
    private readonly run: (key: string, items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly most: number,
  ) {}

  /** Resolves with the item's own result; rejects as the item's run does. */
  async add(key: string, item: Item): Promise<Result> {
    let group = this.groups.get(key);
    if (group === undefined || group.items.length >= this.most) group = this.open(key);
    const place = group.items.push(item) - 1;
    return (await group.results)[place]!;
  }

  private open(key: string): Group<Item, Result> {
    const items: Item[] = [];
    this.turnEnd ??= this.endTurn();
    const group = { items, results: this.turnEnd.then(() => this.run(key, items)) };
    this.groups.set(key, group);
    return group;
  }

  private async endTurn(): Promise<void> {
    await immediate();
    this.turnEnd = undefined;
    this.groups = new Map();
  }
}
