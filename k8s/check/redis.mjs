/** Whether a Redis is a master. The password goes through standard input, so that it is in no list of processes. */
const ASK_ROLE =
  'IFS= read -r REDISCLI_AUTH; export REDISCLI_AUTH; exec redis-cli --user admin --no-auth-warning role';

/** The name of a pod whose Redis is a master; the first, where there are several. */
export async function masterOf({ kubectl, adminPassword }) {
  const { items } = await kubectl.json(['get', 'pods', '-l', 'app.kubernetes.io/name=redis']);
  for (const { metadata } of items) {
    const role = await kubectl.run(['exec', '-i', metadata.name, '-c', 'redis', '--', 'sh', '-c', ASK_ROLE], {
      input: `${adminPassword}\n`,
    });
    if (role.startsWith('master')) return metadata.name;
  }
  throw new Error(`none of ${items.length} Redis is a master`);
}
