import client from './vite.config.mjs';

/** How the operator's page is built: as the client, into a folder of its own, because it is served elsewhere. */
export default {
  ...client,
  build: {
    ...client.build,
    outDir: 'dist/admin',
    rolldownOptions: { ...client.build.rolldownOptions, input: 'admin.html' },
  },
};
