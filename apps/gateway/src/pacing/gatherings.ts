import { Gathering, type GatheringOptions } from './gathering.js';

/** Gathers apart what must not share a request: one {@link Gathering} for each place that items go to. */
export class Gatherings<Item, Result> {
  private readonly byPlace = new Map<string | number, Gathering<Item, Result>>();

  /** @param placeOf one of few places: none is ever forgotten. */
  constructor(
    private readonly placeOf: (item: Item) => string | number,
    private readonly options: GatheringOptions<Item, Result>,
  ) {}

  /** As that of {@link Gathering}. */
  request(item: Item): Promise<Result> {
    const place = this.placeOf(item);
    const gathering = this.byPlace.get(place) ?? new Gathering(this.options);
    this.byPlace.set(place, gathering);
    return gathering.request(item);
  }
}
