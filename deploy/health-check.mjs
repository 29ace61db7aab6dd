// The health check of the image: exits with 0 when the app of this container is ready.
const port = process.env.PORT || process.env.HEALTH_PORT || '3001';
const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(4_000) });
if (!answer.ok) console.error(await answer.text());
process.exit(answer.ok ? 0 : 1);
