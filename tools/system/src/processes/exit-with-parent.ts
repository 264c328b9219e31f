/**
 * Preloaded (`--import`) into each app: stdin ends as soon as the parent process is gone, even by `kill -9`, and the app then
 * stops as on SIGTERM. The app's own code knows nothing of it.
 */
const KILL_AFTER = 20_000;

process.stdin.on('end', stop).on('error', stop).resume();
(process.stdin as unknown as { unref?(): void }).unref?.(); // this must not keep the app alive
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // nothing reads the output any longer, and the app must still stop in order

function stop(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER).unref();
}
