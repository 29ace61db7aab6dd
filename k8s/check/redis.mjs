/** Whether a Redis is a master. The password goes through standard input, so that it is in no list of processes. */
const ASK_ROLE =
  'IFS= read -r REDISCLI_AUTH; export REDISCLI_AUTH; exec redis-cli --user admin --no-auth-warning role';

const podsOf = async (kubectl) =>
  (await kubectl.json(['get', 'pods', '-l', 'app.kubernetes.io/name=redis'])).items;

/**
 * Waits until a Redis is a master. One that is not running, or cannot be asked, is none.
 * @returns its pod; the first, where there are several masters
 */
export async function masterOf({ kubectl, adminPassword, wait }) {
  let master;
  let failure;
  const found = async () => {
    for (const pod of await podsOf(kubectl)) {
      const args = ['exec', '-i', pod.metadata.name, '-c', 'redis', '--', 'sh', '-c', ASK_ROLE];
      const role = await kubectl.run(args, { input: `${adminPassword}\n` }).catch((error) => {
        kubectl.throwIfEnded();
        failure = error;
        return '';
      });
      if (role.startsWith('master')) master = pod;
      if (master !== undefined) return true;
    }
    return false;
  };
  await wait(() => `a master of Redis${failure === undefined ? '' : ` (${failure.message})`}`, found);
  return master;
}

/** Waits until a pod of the same name is ready in place of this one: until then the StatefulSet's own status may be old. */
export async function replaced({ kubectl, wait }, { metadata: { name, uid } }) {
  await wait(`another pod ${name}`, async () => {
    const pod = (await podsOf(kubectl)).find(
      ({ metadata }) => metadata.name === name && metadata.uid !== uid,
    );
    return pod?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  });
}
