/** The label of what a run of the check made; its value is the run. */
export const MARK = 'parley.check/run';
/** A namespace with its pods and volumes is gone within this time, in s. */
const GONE_S = 300;

const named = ({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`;

/** A namespace of the check's own, and what it made of the cluster's own objects. It touches nothing that it did not create. */
export class OwnNamespace {
  /** Kinds and names of the cluster's objects that this run creates. */
  created = [];

  constructor(kubectl, name, runId) {
    Object.assign(this, { kubectl, name, runId });
  }

  /** @throws KubectlError when there is a namespace of this name */
  async create(labels) {
    const metadata = { name: this.name, labels: { ...labels, [MARK]: this.runId } };
    await this.make({ apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  /** Creates those of the cluster's objects that are not there. */
  async complete(objects) {
    for (const object of objects) {
      const there = await this.kubectl.run(['get', named(object), '--ignore-not-found', '-o', 'name']);
      if (there.trim() !== '') continue;
      this.created.push(named(object));
      await this.make(object);
    }
  }

  /** A call that is cut off may still take effect, after the clean-up has looked. So this one ends before that. */
  async make(object) {
    await this.kubectl.unstoppable.run(['create', '-f', '-'], { input: JSON.stringify(object) });
    this.kubectl.throwIfEnded();
  }

  /**
   * Deletes what this run created, also when it is not known whether a creation succeeded.
   * @returns what it did, for people
   * @throws KubectlError when something is left
   */
  async remove() {
    const { kubectl } = this;
    const done = [];
    let failure;
    for (const delete_ of [
      () => this.removeNamespace(kubectl.unstoppable),
      () => this.removeOthers(kubectl.unstoppable),
    ]) {
      try {
        done.push(await delete_());
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return done.filter(Boolean).join(', ');
  }

  async removeNamespace(kubectl) {
    const found = await kubectl.json(['get', 'namespace', this.name, '--ignore-not-found']);
    if (found === undefined) return `there is no namespace ${this.name}`;
    if (found.metadata.labels?.[MARK] !== this.runId)
      return `the namespace ${this.name} is not this run's, and stays`;
    await kubectl.run(['delete', 'namespace', this.name, `--timeout=${GONE_S}s`], {
      timeoutMs: (GONE_S + 30) * 1_000,
    });
    return `the namespace ${this.name} is gone`;
  }

  async removeOthers(kubectl) {
    for (const name of this.created) {
      const [kind] = name.split('/');
      await kubectl.run(['delete', kind, '-l', `${MARK}=${this.runId}`, '--ignore-not-found']);
    }
    return this.created.length === 0 ? '' : `${this.created.join(', ')} too`;
  }
}
