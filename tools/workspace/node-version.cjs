// Refuses a Node that is too old. With `pinned`: requires the Node that the devDependency `node` installs, which is missing
// after an install without scripts. Plain JavaScript, because an old Node has to run it.
const [major, minor] = process.versions.node.split('.').map(Number);
const pinned = process.argv[2] === 'pinned';
const enough = pinned ? major >= 24 : major > 20 || (major === 20 && minor >= 19);
if (!enough) {
  console.error(
    pinned
      ? 'Node ' +
          process.versions.node +
          ' is running instead of the Node 24 of this workspace: run npm ci, without --ignore-scripts'
      : 'Node ' + process.versions.node + ' is too old: Fourfold needs Node 20.19 or later',
  );
  process.exit(1);
}
