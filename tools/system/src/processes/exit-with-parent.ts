/**
 * Preloaded (`--import`) into each app: when the parent is gone, however it went, stdin ends and the app stops as if by SIGTERM.
 * The app itself knows nothing of it.
 */
const KILL_AFTER = 20_000;

process.stdin.on('end', stop).on('error', stop).resume();
(process.stdin as unknown as { unref?(): void }).unref?.(); // watching must not keep the app alive
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // nobody reads on: still stop in good order

function stop(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER).unref();
}
