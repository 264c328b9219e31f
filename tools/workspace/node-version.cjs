// Plain JavaScript for the oldest Node that may call it: says in one line which Node is needed. With `pinned`: that the Node
// which the clone brings (devDependency `node`) is the one that runs, which it is not after an install without its scripts.
const [major, minor] = process.versions.node.split('.').map(Number);
const pinned = process.argv[2] === 'pinned';
const enough = pinned ? major >= 24 : major > 20 || (major === 20 && minor >= 19);
if (!enough) {
  console.error(
    pinned
      ? 'This runs on Node ' +
          process.versions.node +
          ', not on the Node 24 that the clone brings: run npm ci, without --ignore-scripts'
      : 'Node ' + process.versions.node + ' is too old: Fourfold needs Node 20.19 or later',
  );
  process.exit(1);
}
