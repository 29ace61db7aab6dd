import { setImmediate as immediate } from 'node:timers/promises';

interface Group<Item, Result> {
  readonly items: Item[];
  readonly results: Promise<readonly Result[]>;
}

/**
 * Gathers what is asked for in one turn of the event loop and does it at once, in the order in which it was asked for:
 * one run for each key. What is asked for alone waits for the end of its turn and nothing else.
 */
export class TurnBatch<Item, Result> {
  private groups = new Map<string, Group<Item, Result>>();
  private turnEnd: Promise<void> | undefined;

  /**
   * @param run does it for one key, and resolves with a result for each item.
   * @param most items of one run; more of one turn are another run, begun behind the first.
   */
  constructor(
    private readonly run: (key: string, items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly most: number,
  ) {}

  /** Resolves with the item's own result; rejects as the run does that it was part of. */
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
