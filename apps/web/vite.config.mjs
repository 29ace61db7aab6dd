/** How the client is built. TypeScript is checked by `tsc -b`; here its types are only taken away. */
export default {
  // Relative, so that a proxy may serve the client below a path.
  base: './',
  build: {
    outDir: 'dist/client',
    emptyOutDir: true,
    // What every browser has had for two and a half years. `light-dark()` is older, and stays as it is.
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The policy of the page allows no `data:` but images, and small files are as well cached.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" is for servers that render: there is none here.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
};
