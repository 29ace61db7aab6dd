// The health check of the image: exits with 0 when the app of this container is ready.
const port = process.env.PORT || process.env.HEALTH_PORT || '3001';
const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(3_000) });
if (!answer.ok) console.error(await details());
process.exit(answer.ok ? 0 : 1);

/** What it lacks, for `docker inspect`: only the metrics port tells. */
async function details() {
  const { METRICS_PORT = '9464' } = process.env;
  const url = `http://127.0.0.1:${METRICS_PORT}/health/ready`;
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (page) => page.text(),
    () => answer.text(),
  );
}
