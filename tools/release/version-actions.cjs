// For `nx release`, by nx.json: the version in each package.json. @nx/js has this too, for ten times the packages.
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { VersionActions } = require('nx/release');

module.exports = class PackageVersion extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const manifestPath = join(this.projectGraphNode.data.root, 'package.json');
    return { currentVersion: JSON.parse(tree.read(manifestPath, 'utf8')).version, manifestPath };
  }

  /** Nothing is published. */
  async readCurrentVersionFromRegistry() {
    return null;
  }

  /** Packages ask for each other as "*". */
  async readCurrentVersionOfDependency() {
    return { currentVersion: null, dependencyCollection: null };
  }

  async updateProjectVersion(tree, newVersion) {
    for (const { manifestPath } of this.manifestsToUpdate) {
      const manifest = JSON.parse(tree.read(manifestPath, 'utf8'));
      tree.write(manifestPath, `${JSON.stringify({ ...manifest, version: newVersion }, null, 2)}\n`);
    }
    return [];
  }

  async updateProjectDependencies() {
    return [];
  }
};

/** package-lock.json repeats the versions. */
module.exports.afterAllProjectsVersioned = async (cwd, { dryRun }) => {
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--loglevel=error'];
  if (!dryRun) execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return { changedFiles: ['package-lock.json'], deletedFiles: [] };
};
